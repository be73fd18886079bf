// teleport/connect_answer.h: what a proxy answers to CONNECT, and what is made of it.
#include "teleport/connect_answer.h"

#include <catch2/catch.hpp>

#include "base/status.h"
#include "world.h"

namespace oktasync::teleport {
namespace {

using absl::StatusCode;

// Gives `text` to `answer` until it is whole or refused; how many bytes that took.
size_t Give(ConnectAnswer& answer, std::string_view text, absl::Status& status) {
  size_t taken = 0;
  while (taken < text.size() && !answer.whole() && status.ok()) status = answer.Take(text[taken++]);
  return taken;
}

absl::Status Judge(std::string_view text, bool with_credentials = false) {
  ConnectAnswer answer;
  absl::Status status;
  Give(answer, text, status);
  REQUIRE(status.ok());
  REQUIRE(answer.whole());
  return answer.Judge("auth.example.com:3025", with_credentials);
}

TEST_CASE("connect answer: whole with the empty line, and not a byte more is taken") {
  ConnectAnswer answer;
  absl::Status status;
  CHECK_FALSE(answer.whole());
  const std::string header = "HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n";
  CHECK(Give(answer, header + "\r\n\r\n\x16\x03\x01", status) == header.size());
  CHECK(status.ok());
  CHECK(answer.whole());
  CHECK(answer.Judge("auth.example.com:3025", false).ok());
}

TEST_CASE("connect answer: who does not speak HTTP/1 is found out by the first byte that shows it") {
  for (const auto& [text, at] : {std::pair<std::string_view, size_t>{"SSH-2.0-OpenSSH_9.2\r\n", 1},
                                 {"\x15\x03\x01", 1},
                                 {"HTTP/2 200\r\n\r\n", 6},
                                 {"HTTP/1,1 200\r\n\r\n", 7}}) {
    ConnectAnswer answer;
    absl::Status status;
    CHECK(Give(answer, text, status) == at);
    CHECK(status.code() == StatusCode::kFailedPrecondition);
    CHECK(Lacks(status, {"does not speak HTTP/1.1"}) == "");
  }
}

TEST_CASE("connect answer: a header may have 16 KiB and no more") {
  const std::string begin = "HTTP/1.1 200 OK\r\nX: ", end = "\r\n\r\n";
  const std::string most(16 * 1024 - begin.size() - end.size(), 'x');
  CHECK(Judge(begin + most + end).ok());
  ConnectAnswer answer;
  absl::Status status;
  CHECK(Give(answer, begin + most + "x" + end, status) == 16 * 1024);
  CHECK(status.code() == StatusCode::kFailedPrecondition);
  CHECK(Lacks(status, {"more than 16 KiB"}) == "");
}

TEST_CASE("connect answer: any 2xx makes the tunnel, nothing else does") {
  CHECK(Judge("HTTP/1.0 200 OK\r\n\r\n").ok());
  CHECK(Judge("HTTP/1.1 299 \r\n\r\n").ok());
  CHECK(Judge("HTTP/1.1 200\r\n\r\n").ok());
  for (const char* line : {"100 Continue", "199 x", "300 x", "302 Found", "20", "2", "", "-20 x", "x200 OK",
                           "+20 x", "2000 x", "200x", "200\tOK"}) {
    INFO(line);
    CHECK(Judge(std::string("HTTP/1.1 ") + line + "\r\n\r\n").code() == StatusCode::kFailedPrecondition);
  }
  CHECK(Judge("HTTP/1.\r\n\r\n").code() == StatusCode::kFailedPrecondition);
  CHECK(Judge("HTTP/1.1200 OK\r\n\r\n").code() == StatusCode::kFailedPrecondition);
}

TEST_CASE("connect answer: each refusal says what to do") {
  CHECK(Lacks(Judge("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
              {"407", "https_proxy=http://name:password@host:port"}) == "");
  CHECK(Lacks(Judge("HTTP/1.1 407 x\r\n\r\n", true), {"does not accept the name and password"}) == "");
  CHECK(Lacks(Judge("HTTP/1.1 403 Forbidden\r\n\r\n"),
              {"\"HTTP/1.1 403 Forbidden\"", "no_proxy", "auth.example.com:3025"}) == "");
  const absl::Status status = Judge("HTTP/1.1 503 x\r\n\r\n");
  CHECK(status.code() == StatusCode::kUnavailable);
  CHECK(Lacks(status, {"cannot reach auth.example.com:3025"}) == "");
}

TEST_CASE("connect answer: its first line is quoted escaped and cut, the others not at all") {
  const absl::Status status =
      Judge("HTTP/1.1 403 \x1b[2J\xff" + std::string(1000, 'x') + "\r\nSecret: hunter2\r\n\r\n");
  CHECK(Lacks(status, {"403 \\x1b[2J\\xff", "x…\""}) == "");
  CHECK(Message(status).find("hunter2") == std::string::npos);
  CHECK(Message(status).size() < 400);
}

}  // namespace
}  // namespace oktasync::teleport
