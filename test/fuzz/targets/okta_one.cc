// The single reads that a removal cites: a user, and an assignment with its user. Both read the same bytes, with
// different parsers, and must not see different people in them.
#include <string>

#include "check.h"
#include "okta/app_user_decoder.h"
#include "okta/documents.h"
#include "okta/ids.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using oktasync::fuzz::CheckWords;
  static oktasync::okta::AppUserDecoder& decoder = *new oktasync::okta::AppUserDecoder();
  const std::string text(oktasync::fuzz::View(data, size));
  const std::string id = "00u1fuzz";
  const auto assignment = decoder.DecodeOne(text, id);
  CheckWords(assignment.status());
  const auto user = oktasync::okta::ParseUser(text);
  CheckWords(user.status());
  if (user.ok()) FUZZ_CHECK(oktasync::okta::IsOktaId(user->id) && !user->status_text.empty());
  if (assignment.ok()) {
    FUZZ_CHECK(assignment->user.id == id);
    if (user.ok()) {
      FUZZ_CHECK(user->id == id);
      FUZZ_CHECK(user->status_text == assignment->user.assignment_text);
    }
  }
  return 0;
}
