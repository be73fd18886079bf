// The edge of the plugin: errors into the host's struct, exceptions that stop at the border, documents.
#include <catch2/catch.hpp>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>

#include "api.h"
#include "barrier.h"
#include "base/status.h"
#include "buffers.h"
#include "documents.h"
#include "nlohmann/json.hpp"

namespace oktasync::plugin {
namespace {

oktasync_error FreshError() { return OKTASYNC_ERROR_INIT; }

TEST_CASE("no exception crosses the border, whatever its type") {
  oktasync_error err = FreshError();
  CHECK(Guarded("f", &err, []() -> CallResult { throw std::runtime_error("token=hunter2"); }) ==
        OKTASYNC_INTERNAL);
  CHECK(err.code == OKTASYNC_INTERNAL);
  CHECK_THAT(err.message, Catch::Contains("in f") && Catch::Contains("runtime_error"));
  CHECK_THAT(err.message, !Catch::Contains("hunter2"));  // what() may quote what was being parsed

  CHECK(Guarded("f", &err, []() -> CallResult { throw 42; }) == OKTASYNC_INTERNAL);
  CHECK(Guarded("f", &err, []() -> CallResult { throw std::bad_alloc(); }) == OKTASYNC_RESOURCE_EXHAUSTED);
  CHECK_THAT(err.message, Catch::Contains("out of memory"));
  CHECK(Guarded("f", nullptr, []() -> CallResult { throw 42; }) == OKTASYNC_INTERNAL);
}

TEST_CASE("an error says its code, its flags and its words") {
  oktasync_error err = FreshError();
  const auto fail = [&](absl::StatusCode code, uint32_t flags) {
    return Guarded("f", &err, [&]() -> CallResult { return {MakeStatus(code, "why"), flags}; });
  };
  CHECK(fail(absl::StatusCode::kUnavailable, 0) == OKTASYNC_UNAVAILABLE);
  CHECK(err.flags == OKTASYNC_ERROR_RETRYABLE);
  CHECK(std::string(err.message) == "why");
  CHECK(fail(absl::StatusCode::kPermissionDenied, 0) == OKTASYNC_PERMISSION_DENIED);
  CHECK(err.flags == OKTASYNC_ERROR_AUTH);
  CHECK(fail(absl::StatusCode::kInvalidArgument, OKTASYNC_ERROR_CONFIG) == OKTASYNC_INVALID_ARGUMENT);
  CHECK(err.flags == OKTASYNC_ERROR_CONFIG);
}

TEST_CASE("an error is written no further than the host's struct goes, and cut between characters") {
  std::string message;
  while (message.size() < 3000) message += "ä";
  struct {
    oktasync_error err;
    char guard[16];
  } memory;

  std::memset(&memory, 0x55, sizeof(memory));
  memory.err.struct_size = sizeof(oktasync_error);
  FillError(OKTASYNC_INTERNAL, 0, message, &memory.err);
  CHECK(memory.guard[0] == 0x55);
  CHECK(std::strlen(memory.err.message) <= sizeof(memory.err.message) - 1);
  CHECK_THAT(memory.err.message, Catch::EndsWith("ä…"));

  // An older or a careless host: room for ten bytes of message, then for none, then for no flags.
  std::memset(&memory, 0x55, sizeof(memory));
  memory.err.struct_size = offsetof(oktasync_error, message) + 10;
  FillError(OKTASYNC_INTERNAL, 0, message, &memory.err);
  CHECK(std::string(memory.err.message) == "äää…");
  CHECK(memory.err.message[10] == 0x55);

  std::memset(&memory, 0x55, sizeof(memory));
  memory.err.struct_size = offsetof(oktasync_error, message);
  FillError(OKTASYNC_INTERNAL, 0, message, &memory.err);
  CHECK(memory.err.message[0] == 0x55);
  CHECK(memory.err.code == OKTASYNC_INTERNAL);

  std::memset(&memory, 0x55, sizeof(memory));
  memory.err.struct_size = offsetof(oktasync_error, flags);
  FillError(OKTASYNC_UNAVAILABLE, 0, message, &memory.err);
  CHECK(memory.err.code == OKTASYNC_UNAVAILABLE);
  CHECK(memory.err.flags == 0x55555555u);
}

TEST_CASE("success leaves the caller's error alone") {
  oktasync_error err = FreshError();
  err.code = 99;
  CHECK(Guarded("f", &err, []() -> CallResult { return absl::OkStatus(); }) == OKTASYNC_OK);
  CHECK(err.code == 99);
}

TEST_CASE("what a host's callback answers becomes words, escaped, whatever it is") {
  oktasync_error err = FreshError();
  std::strcpy(err.message, "no \x1b[2Jluck");
  absl::Status status = FromHost("dial", OKTASYNC_UNAVAILABLE, err);
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK(Message(status) == "the host's dial failed: no \\x1b[2Jluck");

  CHECK(FromHost("dial", -7, err).code() == absl::StatusCode::kUnknown);
  CHECK(FromHost("dial", 4711, err).code() == absl::StatusCode::kUnknown);
  std::memset(err.message, 'x', sizeof(err.message));  // no NUL
  CHECK(Message(FromHost("sign", OKTASYNC_INTERNAL, err)).size() < 2000);
  err.message[0] = '\0';
  CHECK_THAT(Message(FromHost("sign", 13, err)), Catch::Contains("code 13") && Catch::Contains("no reason"));
}

TEST_CASE("buffers share one document and are given back in any order") {
  auto text = std::make_shared<const std::string>("0123456789");
  oktasync_buf a = MakeBuf(text, std::string_view(*text).substr(0, 4));
  oktasync_buf b = MakeBuf(text, std::string_view(*text).substr(4));
  const std::weak_ptr<const std::string> watch = text;
  text.reset();
  ReleaseBuf(&a);
  CHECK(View({b.data, b.len}) == "456789");
  ReleaseBuf(&b);
  CHECK(watch.expired());
  ReleaseBuf(&b);
  ReleaseBuf(nullptr);
}

TEST_CASE("the status document has its fields, and null for what is not known") {
  reconcile::LoopStatus loop;
  InstanceFacts facts;
  facts.state = "created";
  const auto fresh = nlohmann::json::parse(StatusDocument(loop, facts));
  CHECK(fresh.at("state") == "created");
  for (const char* key : {"progress", "last_run", "last_whole_walk", "next_run"})
    CHECK(fresh.at(key).is_null());

  loop.last_run_id = 7;
  loop.last_ended = absl::FromUnixSeconds(1'700'000'000);
  loop.last_outcome = MakeStatus(absl::StatusCode::kUnavailable, "Okta is down");
  loop.last_whole_walk = absl::FromUnixSeconds(1'700'000'000);
  loop.next_run = absl::FromUnixSeconds(1'700'001'800);
  loop.progress = {8, reconcile::RunKind::kPlan, "walk", 10, 20, 3};
  loop.runs = 7;
  facts.state = "running";
  auto status = nlohmann::json::parse(StatusDocument(loop, facts));
  CHECK(status.at("last_run").at("ended") == "2023-11-14T22:13:20.000Z");
  CHECK(status.at("last_run").at("ok") == false);
  CHECK(status.at("last_run").at("error").at("code") == "UNAVAILABLE");
  CHECK(status.at("next_run") == "2023-11-14T22:43:20.000Z");
  CHECK(status.at("progress").at("kind") == "plan");
  CHECK(status.at("progress").at("expected") == 20);

  facts.on_request = true;  // then no run is planned, whatever the loop's timer says
  CHECK(nlohmann::json::parse(StatusDocument(loop, facts)).at("next_run").is_null());
  loop.failed = true;
  loop.last_error = "bad luck";
  status = nlohmann::json::parse(StatusDocument(loop, facts));
  CHECK(status.at("state") == "failed");
  CHECK(status.at("last_error") == "bad luck");
}

TEST_CASE("the audit event has the names and codes of Teleport's own") {
  reconcile::Report report;
  report.ended = absl::FromUnixSeconds(1'700'000'000);
  report.app_id = "0oa1";
  report.counts = {{"created", 3}, {"removed", 2}, {"updated", 1}, {"present", 9}};
  auto event = nlohmann::json::parse(UserSyncDocument(report));
  CHECK(event.at("event") == "okta.user.sync");
  CHECK(event.at("code") == "TOK007I");
  CHECK(event.at("num_users_created") == 3);
  CHECK(event.at("num_users_deleted") == 2);
  CHECK(event.at("num_users_modified") == 1);
  CHECK(event.at("num_users_total") == 9);
  CHECK_FALSE(event.contains("error"));
  report.outcome = MakeStatus(absl::StatusCode::kUnavailable, "Okta is down");
  event = nlohmann::json::parse(UserSyncDocument(report));
  CHECK(event.at("code") == "TOK007E");
  CHECK(event.at("success") == false);
  CHECK_THAT(event.at("error").get<std::string>(), Catch::Contains("Okta is down"));
}

TEST_CASE("a null instance or out parameter is refused in words by every slot") {
  const oktasync_api& api = *Api();
  oktasync_error err = FreshError();
  uint64_t number = 0;
  oktasync_buf buf{};
  CHECK(api.create(nullptr, nullptr, &err) == OKTASYNC_INVALID_ARGUMENT);
  CHECK(api.start(nullptr, &err) == OKTASYNC_INVALID_ARGUMENT);
  CHECK(api.stop(nullptr, 0, &err) == OKTASYNC_INVALID_ARGUMENT);
  CHECK(api.destroy(nullptr, &err) == OKTASYNC_INVALID_ARGUMENT);
  CHECK(api.sync_now(nullptr, &number, &err) == OKTASYNC_INVALID_ARGUMENT);
  CHECK(api.plan(nullptr, &number, &err) == OKTASYNC_INVALID_ARGUMENT);
  CHECK(api.status(nullptr, &buf, &err) == OKTASYNC_INVALID_ARGUMENT);
  CHECK(api.report(nullptr, 1, 0, 0, &buf, &number, &err) == OKTASYNC_INVALID_ARGUMENT);
  CHECK(api.identity_changed(nullptr, &err) == OKTASYNC_INVALID_ARGUMENT);
  CHECK_THAT(err.message, Catch::Contains("instance is NULL"));
}

}  // namespace
}  // namespace oktasync::plugin
