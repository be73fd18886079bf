// A status and an explanation, as a daemon answers them and the program shows them.
#include <string>
#include <string_view>

#include "check.h"
#include "render.h"
#include "status_view.h"

namespace {

void CheckLines(std::string_view text) {
  while (!text.empty()) FUZZ_CHECK(oktasync::fuzz::IsPlain(oktasync::fuzz::TakeUntil(text, '\n')));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace host = oktasync::host;
  const std::string_view text = oktasync::fuzz::View(data, size);
  host::RenderOptions options;
  options.approve = "oktasync approve ";
  options.report = "oktasync report ";
  if (const auto status = host::ParseStatus(text)) {
    CheckLines(host::RenderStatus(*status, options));
    host::ExitCodeOf(*status);
  }
  const auto explanation = host::RenderExplanation(text, options);
  oktasync::fuzz::CheckWords(explanation.status());
  if (explanation.ok()) CheckLines(*explanation);
  return 0;
}
