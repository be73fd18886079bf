#include <catch2/catch.hpp>

#include <string>

#include "base/status.h"
#include "traits/mapper.h"
#include "traits/people.h"

namespace oktasync::traits {
namespace {

bool Accepted(std::string_view name, const Options& options = TestOptions()) {
  return CheckName(name, options).ok();
}

TEST_CASE("R5: names that Teleport takes pass as they are") {
  for (const char* name : {"ada@example.com", "Ada.Lovelace", "a", "A+b_c:d-e@x.y", "007", "-", "...", "a..b",
                           "systems", "bots", "mybot-1", "ada@teleport.example"}) {
    INFO(name);
    CHECK(Accepted(name));
  }
  CHECK(Accepted(std::string(255, 'a')));
  CHECK(MapOrDie(Person("Ada@Example.COM"), TestOptions()).name == "Ada@Example.COM");
}

TEST_CASE("R5: every byte outside of Teleport's set is refused") {
  const std::string allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@_:.+-";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    INFO(byte);
    CHECK(Accepted(std::string("a") + c + "b") == (allowed.find(c) != std::string::npos));
  }
}

TEST_CASE("R5: names of a bad day are refused with a reason for that person") {
  const auto reason = [](std::string_view name) {
    const absl::Status status = CheckName(name, TestOptions());
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    return Message(status);
  };
  CHECK_THAT(reason(""), Catch::Contains("no user name"));
  CHECK_THAT(reason("."), Catch::Contains("refuses"));
  CHECK_THAT(reason(".."), Catch::Contains("refuses"));
  CHECK_THAT(reason("ada lovelace"), Catch::Contains("a space"));
  CHECK_THAT(reason("o'hara@example.com"), Catch::Contains("'"));
  CHECK_THAT(reason("a/b"), Catch::Contains("'/'"));
  CHECK_THAT(reason("zo\xC3\xAB@example.com"), Catch::Contains("outside of ASCII"));
  CHECK_THAT(reason("a\x1b[2J"), Catch::Contains("\\x1b"));
  CHECK_THAT(reason(std::string(256, 'a')), Catch::Contains("256 bytes"));
  CHECK_THAT(reason(std::string(300, 'a')), Catch::Contains("at most 255"));
}

TEST_CASE("R5: reserved names are refused in any case of letters") {
  for (const char* name : {"system", "System", "SYSTEM", "bot-ci", "BOT-ci", "bot-", "@teleport",
                           "@Teleport-access-approval-bot"}) {
    INFO(name);
    CHECK_THAT(Message(CheckName(name, TestOptions())), Catch::Contains("reserved"));
  }
}

TEST_CASE("R5: with allowed domains set, what follows the last @ must be one of them") {
  Options options = TestOptions();
  options.allowed_domains = {"example.com", "Example.ORG"};
  CHECK(Accepted("ada@example.com", options));
  CHECK(Accepted("ada@EXAMPLE.com", options));
  CHECK(Accepted("ada@example.org", options));
  CHECK(Accepted("ada@evil.net@example.com", options));
  for (const char* name : {"ada", "ada@", "ada@evil.net", "ada@sub.example.com", "ada@example.com@evil.net",
                           "ada@example.comm", "example.com"}) {
    INFO(name);
    CHECK_THAT(Message(CheckName(name, options)), Catch::Contains("allowed domains"));
  }
}

TEST_CASE("R5: a bad name yields no user and no digest") {
  const Person person("ada lovelace");
  const Mapper mapper(TestOptions());
  CHECK(mapper.Map(*person, nullptr).status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(mapper.MapDigest(*person, nullptr).status().code() == absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace oktasync::traits
