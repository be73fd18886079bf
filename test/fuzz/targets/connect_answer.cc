// An HTTP proxy's answer to CONNECT. The first byte: 'c' when we sent credentials, 'r' when the rest is repeated
// without an end, as by somebody who never comes to the empty line.
#include "teleport/connect_answer.h"

#include <string>

#include "base/status.h"
#include "check.h"

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace teleport = oktasync::teleport;
  std::string_view rest = oktasync::fuzz::View(data, size);
  const uint8_t kind = oktasync::fuzz::TakeByte(rest);
  const bool with_credentials = kind == 'c';
  const bool repeated = kind == 'r' && !rest.empty();

  teleport::ConnectAnswer answer;
  absl::Status status;
  std::string taken;
  while (status.ok() && !answer.whole() && (repeated || taken.size() < rest.size())) {
    const char c = rest[taken.size() % rest.size()];
    taken += c;
    status = answer.Take(c);
  }
  FUZZ_CHECK(taken.size() <= 16 * 1024);
  const size_t end = taken.find("\r\n\r\n");
  // Not a byte after the empty line.
  FUZZ_CHECK(answer.whole() == (end != std::string::npos));
  FUZZ_CHECK(!answer.whole() || end + 4 == taken.size());
  FUZZ_CHECK(!repeated || answer.whole() || !status.ok());
  // Who does not speak HTTP is found out by his first byte that shows it.
  FUZZ_CHECK(std::string_view("HTTP/1.").starts_with(std::string_view(taken).substr(0, 7)) ||
             (!status.ok() && taken.size() <= 7));
  oktasync::fuzz::CheckWords(status);
  if (!status.ok() || !answer.whole()) return 0;

  const absl::Status verdict = answer.Judge("auth.example.com:3025", with_credentials);
  oktasync::fuzz::CheckWords(verdict);
  FUZZ_CHECK(verdict.message().size() <= 512);
  const bool accepts = taken.size() > 12 && taken[8] == ' ' && taken[9] == '2' && IsDigit(taken[10]) &&
                       IsDigit(taken[11]) && (taken[12] == ' ' || taken[12] == '\r');
  FUZZ_CHECK(verdict.ok() == accepts);
  return 0;
}
