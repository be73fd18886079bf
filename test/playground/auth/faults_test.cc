// The fake's faults and side doors, and its rate.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "auth/test_fixture.h"

namespace playground {
namespace {

using grpc::StatusCode;

TEST_CASE("faults answer wrongly, before or after the deed", "[auth]") {
  Fixture f;
  f.service->Control("fault",
                     {{"call", "CreateUser"}, {"kind", "code"}, {"code", "UNAVAILABLE"}, {"after", 1}});
  CHECK(f.Create(OktaUser("a")).ok());
  CHECK(f.Create(OktaUser("b")).error_code() == StatusCode::UNAVAILABLE);
  CHECK(f.Get("b").error_code() == StatusCode::NOT_FOUND);
  CHECK(f.Create(OktaUser("b")).ok());
  f.service->Control("fault", {{"kind", "do_then_code"}, {"code", "DEADLINE_EXCEEDED"}, {"name", "c"}});
  CHECK(f.Create(OktaUser("d")).ok());
  CHECK(f.Create(OktaUser("c")).error_code() == StatusCode::DEADLINE_EXCEEDED);
  CHECK(f.Get("c").ok());
  CHECK(f.service->Control("faults", {})["faults"][1]["struck"] == 1);
}

TEST_CASE("a call hangs until the caller gives up, or until the fault is cleared", "[auth]") {
  Fixture f;
  f.service->Control("fault", {{"call", "CreateUser"}, {"kind", "hang"}, {"times", 2}});
  {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(100));
    teleport::users::v1::CreateUserRequest request;
    *request.mutable_user() = OktaUser("a");
    teleport::users::v1::CreateUserResponse response;
    CHECK(f.users->CreateUser(&context, request, &response).error_code() == StatusCode::DEADLINE_EXCEEDED);
  }
  grpc::Status status;
  std::thread caller([&] { status = f.Create(OktaUser("b")); });
  while (f.service->Control("faults", {})["faults"][0]["struck"] != 2) std::this_thread::yield();
  f.service->Control("clear_faults", {});
  caller.join();
  CHECK(status.ok());
  CHECK(f.Get("a").error_code() == StatusCode::NOT_FOUND);
  CHECK(f.Get("b").ok());
}

TEST_CASE("connections are cut in the middle of a call, which was done", "[auth]") {
  Fixture f;
  f.service->Control("fault", {{"call", "CreateUser"}, {"kind", "do_then_cut"}});
  CHECK(f.Create(OktaUser("a")).error_code() == StatusCode::UNAVAILABLE);
  f.Connect("identity");
  CHECK(f.Get("a").ok());
  f.service->Control("cut_connections", {});
  proto::PingResponse response;
  CHECK(f.Ping(&response).error_code() == StatusCode::UNAVAILABLE);
}

TEST_CASE("connections are refused for a time", "[auth]") {
  Fixture f;
  f.service->Control("refuse", {{"seconds", 0.5}});
  const auto began = std::chrono::steady_clock::now();
  int refused = 0;
  for (;;) {
    TestClient client(f.With("identity"));
    if (client.error().empty()) break;
    CHECK(client.error() == "Connection refused");
    ++refused;
    REQUIRE(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
    std::this_thread::yield();
  }
  proto::PingResponse response;
  CHECK(f.Ping(&response).ok());  // the old connection lived on
  f.Connect("identity");
  CHECK(f.Ping(&response).ok());
  CHECK(refused > 0);
}

TEST_CASE("another admin's deed comes in between by a fault", "[auth]") {
  Fixture f;
  f.service->Control("fault", {{"call", "CreateUser"},
                               {"kind", "control"},
                               {"command", "put_user"},
                               {"args", {{"name", "a"}, {"roles", {"access"}}}}});
  CHECK(f.Create(OktaUser("a")).error_code() == StatusCode::ALREADY_EXISTS);
  CHECK(f.service->Control("user", {{"name", "a"}})["user"]["labels"].empty());
}

TEST_CASE("something happens in Okta in between by a fault, and a refusal there is recorded", "[auth]") {
  std::vector<std::string> asked;
  AuthOptions options;
  options.okta = [&asked](const std::string& command, const nlohmann::json&) -> nlohmann::json {
    asked.push_back(command);
    if (asked.size() > 1) throw std::invalid_argument("nobody has that id");
    return nlohmann::json::object();
  };
  Fixture f(std::move(options));
  f.service->Control("fault", {{"call", "CreateUser"},
                               {"kind", "control"},
                               {"command", "okta/unassign"},
                               {"args", {{"id", "00u1"}}},
                               {"times", 2}});
  CHECK(f.Create(OktaUser("a")).ok());
  CHECK(f.Create(OktaUser("b")).ok());
  CHECK(asked == std::vector<std::string>{"unassign", "unassign"});
  CHECK(f.record.Since(0).dump().find("nobody has that id") != std::string::npos);
}

TEST_CASE("unknown commands and wrong arguments are told", "[auth]") {
  Fixture f;
  CHECK(f.service->Control("nonsense", {}).contains("error"));
  CHECK(f.service->Control("user", {}).contains("error"));
  CHECK(f.service->Control("fault", {{"kind", "nonsense"}}).contains("error"));
  CHECK(f.service->Control("put_user", {{"name", "a"}, {"role", "typo"}}).contains("error"));
  CHECK(f.service->Control("delete_user", {{"name", "a"}}).contains("error"));
}

TEST_CASE("it sustains the rate that imports are measured at", "[.][rate]") {
  Fixture f;
  f.service->Control("record_traits", {{"on", false}});
  std::atomic<int> done{0};
  constexpr int kThreads = 16, kEach = 1000;
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        types::UserV2 user = OktaUser("u" + std::to_string(t) + "-" + std::to_string(i));
        auto& traits = *user.mutable_spec()->mutable_traits()->mutable_values();
        for (int k = 0; k < 25; ++k)
          traits["okta/attribute" + std::to_string(k)].add_values("some value of it");
        if (f.Create(user).ok()) ++done;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  CHECK(done == kThreads * kEach);
  WARN("creates a second: " << done / seconds);
  CHECK(done / seconds > 2000);
  const auto listing = std::chrono::steady_clock::now();
  CHECK(f.List(500).size() == size_t{kThreads} * kEach);
  WARN("listed in " << std::chrono::duration<double>(std::chrono::steady_clock::now() - listing).count()
                    << " s");
}

}  // namespace
}  // namespace playground
