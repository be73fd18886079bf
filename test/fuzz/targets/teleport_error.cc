// What Teleport's refusals mean. The first byte is the code, the first line why the connection ended, the rest the
// server's words.
#include <string>

#include "base/status.h"
#include "check.h"
#include "teleport/client.h"
#include "teleport/errors.h"
#include "teleport/listing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace teleport = oktasync::teleport;
  std::string_view rest = oktasync::fuzz::View(data, size);
  teleport::ServerAnswer answer;
  answer.code = 1 + oktasync::fuzz::TakeByte(rest) % 16;
  const std::string_view ended = oktasync::fuzz::TakeUntil(rest, '\n');
  if (!ended.empty()) answer.connection = absl::UnavailableError("the connection ended");
  answer.message = std::string(rest);
  const absl::Status status = teleport::AnswerInWords({"UpsertLock", "lock x", "h.c, role Okta"}, answer);
  FUZZ_CHECK(!status.ok());
  oktasync::fuzz::CheckWords(status);
  FUZZ_CHECK(!(teleport::IsMessageTooLarge(status) && teleport::IsRateLimit(status)));
  FUZZ_CHECK(!teleport::IsLeaseTaken(status) || status.code() == absl::StatusCode::kResourceExhausted);
  // What is told as missing is a name that the server said.
  const std::string role = teleport::MissingRole(status);
  FUZZ_CHECK(answer.message.find(role) != std::string::npos);
  teleport::LosesUsersAtBorders(rest);
  return 0;
}
