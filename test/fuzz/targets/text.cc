// What makes text from outside safe to print, and base64url both ways.
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "check.h"
#include "log_printer.h"
#include "nlohmann/json.hpp"
#include "text_format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using oktasync::Escape;
  using oktasync::fuzz::IsPlain;
  const std::string text(oktasync::fuzz::View(data, size));
  const std::string whole = Escape(text, 1 << 20);
  FUZZ_CHECK(IsPlain(whole));
  FUZZ_CHECK(Escape(whole, 1 << 20) == whole);  // it may be escaped on each of its ways
  const std::string cut = Escape(text, 16);
  FUZZ_CHECK(IsPlain(cut));
  FUZZ_CHECK(cut.size() <= 16 + 12 + std::string_view("…").size());
  FUZZ_CHECK(IsPlain(oktasync::host::When(text)));
  if (oktasync::IsUtf8(text)) FUZZ_CHECK(oktasync::IsUtf8(oktasync::host::CutToColumns(text, 5)));

  oktasync::host::LogEvent event;
  event.time = "2026-01-02T03:04:05.678Z";
  event.target = text;
  event.message = text;
  event.fields.emplace_back(text, text);
  FUZZ_CHECK(IsPlain(TextLine(event, false)));
  const auto line = oktasync::ParseJson(JsonLine(event));
  FUZZ_CHECK(line.ok());
  if (oktasync::IsUtf8(text)) FUZZ_CHECK(oktasync::JsonString(*line, "message") == text);

  FUZZ_CHECK(oktasync::FromBase64Url(oktasync::Base64Url(text)) == text);
  if (const auto bytes = oktasync::FromBase64Url(text)) FUZZ_CHECK(oktasync::Base64Url(*bytes) == text);
  FUZZ_CHECK(oktasync::EqualsIgnoreCase(text, oktasync::FoldCase(text)));
  return 0;
}
