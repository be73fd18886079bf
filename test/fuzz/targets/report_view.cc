// A report or plan as the program shows it, whole and with a limit: the same counts, and nothing that a terminal
// would obey.
#include <string>
#include <string_view>

#include "check.h"
#include "render.h"
#include "report_view.h"

namespace {

void CheckLines(std::string_view text) {
  while (!text.empty()) FUZZ_CHECK(oktasync::fuzz::IsPlain(oktasync::fuzz::TakeUntil(text, '\n')));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace host = oktasync::host;
  const std::string_view text = oktasync::fuzz::View(data, size);
  const auto whole = host::ParseReport(text, 0);
  const auto some = host::ParseReport(text, 2);
  oktasync::fuzz::CheckWords(whole.status());
  FUZZ_CHECK(whole.ok() == some.ok());
  if (!whole.ok()) return 0;
  FUZZ_CHECK(whole->counts == some->counts && whole->notices == some->notices);
  host::RenderOptions options;
  options.dated = true;
  options.approve = "oktasync approve ";
  options.report = "oktasync report ";
  CheckLines(host::RenderPlan(*whole, options));
  CheckLines(host::RenderSync(*whole, options));
  options.limit = 2;
  CheckLines(host::RenderSync(*some, options));
  for (const auto& set : whole->held) CheckLines(host::RenderHeldSet(set, options));
  host::ExitCodeOf(*whole, true);
  return 0;
}
