#include "base/status.h"

#include <catch2/catch.hpp>

#include <memory>
#include <string>

#include "absl/strings/cord.h"
#include "base/log.h"

namespace oktasync {
namespace {

absl::Status Broken() { return MakeStatus(absl::StatusCode::kUnavailable, "no answer"); }

TEST_CASE("context comes before the message, the code stays") {
  const absl::Status status = Annotate(Annotate(Broken(), "reading the user"), "confirming 00u1");
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK(Message(status) == "confirming 00u1: reading the user: no answer");
  CHECK(Describe(status) == "UNAVAILABLE: confirming 00u1: reading the user: no answer");
}

TEST_CASE("OK stays OK") {
  CHECK(Annotate(absl::OkStatus(), "anything").ok());
  CHECK(Describe(absl::OkStatus()) == "OK");
}

TEST_CASE("payloads survive the annotation") {
  absl::Status status = Broken();
  status.SetPayload("oktasync/test", absl::Cord("kept"));
  const auto payload = Annotate(status, "context").GetPayload("oktasync/test");
  REQUIRE(payload.has_value());
  CHECK(*payload == "kept");
}

TEST_CASE("the two kinds of string views bridge without a copy") {
  const std::string text = "abc";
  CHECK(Sv(text).data() == text.data());
  CHECK(Std(Sv(text)) == text);
  CHECK(Std(Sv(text)).data() == text.data());
}

absl::StatusOr<std::unique_ptr<int>> Number(bool ok) {
  if (!ok) return Broken();
  return std::make_unique<int>(7);
}

absl::StatusOr<int> Twice(bool first, bool second) {
  OKTASYNC_RETURN_IF_ERROR(first ? absl::OkStatus() : MakeStatus(absl::StatusCode::kNotFound, "first"));
  OKTASYNC_ASSIGN_OR_RETURN(const std::unique_ptr<int> number, Number(second));
  return *number * 2;
}

TEST_CASE("the macros return the error or go on with the value") {
  CHECK(*Twice(true, true) == 14);
  CHECK(Twice(false, true).status().code() == absl::StatusCode::kNotFound);
  CHECK(Twice(true, false).status().code() == absl::StatusCode::kUnavailable);
}

TEST_CASE("the log that goes nowhere takes everything") {
  CHECK_NOTHROW(NullLog().Write(LogLevel::kError, "base", "message", {{"key", "value"}}));
  CHECK_NOTHROW(NullLog().Write(LogLevel::kDebug, "base", "message"));
}

}  // namespace
}  // namespace oktasync
