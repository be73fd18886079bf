// The fake's locks, leases and audit events (facts/teleport-api.md 0.2, 3.2, 3.3, 3.7, 6.2).
#include <catch2/catch.hpp>

#include "auth/render.h"
#include "auth/test_fixture.h"

namespace playground {
namespace {

using grpc::StatusCode;
using Names = std::vector<std::string>;

TEST_CASE("only existing okta users can be locked, one at a time, under an okta lock", "[locks]") {
  Fixture f;
  f.service->Control("put_user", {{"name", "local"}});
  REQUIRE(f.Create(OktaUser("a")).ok());

  types::LockV2 bare = OktaLock("l", "a");
  bare.mutable_metadata()->clear_labels();
  CHECK(f.UpsertLock(bare).error_message() == "Okta service must supply \"okta\" origin");
  for (const char* user : {"local", "nobody"}) {
    const grpc::Status status = f.UpsertLock(OktaLock("l", user));
    CHECK(status.error_code() == StatusCode::PERMISSION_DENIED);
    CHECK(status.error_message() == "Okta service may only lock okta user");
  }
  types::LockV2 two = OktaLock("l", "a");
  two.mutable_spec()->mutable_target()->set_login("root");
  CHECK(f.UpsertLock(two).error_code() == StatusCode::INVALID_ARGUMENT);
  CHECK(f.UpsertLock(OktaLock("l", "")).error_code() == StatusCode::INVALID_ARGUMENT);
  CHECK(f.UpsertLock(OktaLock("a lock", "a")).error_code() == StatusCode::INVALID_ARGUMENT);
  CHECK(f.UpsertLock(OktaLock("it's", "a")).error_code() == StatusCode::INVALID_ARGUMENT);
  CHECK(f.UpsertLock(OktaLock("", "a")).error_code() == StatusCode::INVALID_ARGUMENT);

  f.service->Control("put_lock", {{"name", "admins"}, {"target", {{"user", "a"}}}});
  CHECK(f.UpsertLock(OktaLock("admins", "a")).error_message() ==
        "Okta service may only update Okta resources");
  CHECK(f.DeleteLock("admins").error_message() == "Okta service may only delete Okta resources");

  CHECK(f.UpsertLock(OktaLock("l", "a")).ok());
  CHECK(f.UpsertLock(OktaLock("l", "a")).ok());
  REQUIRE(f.Delete("a").ok());
  CHECK(f.UpsertLock(OktaLock("l", "a")).error_code() == StatusCode::PERMISSION_DENIED);
  CHECK(f.Locks("a", true) == Names{"admins", "l"});  // the lock outlives its user
  CHECK(f.DeleteLock("l").ok());
  CHECK(f.DeleteLock("l").error_message() == "lock \"l\" is not found");
}

TEST_CASE("the server fills created_at and created_by when they are left out", "[locks]") {
  Fixture f;
  REQUIRE(f.Create(OktaUser("a")).ok());
  f.service->Control("clock_offset", {{"seconds", 600}});
  REQUIRE(f.UpsertLock(OktaLock("l", "a")).ok());
  types::LockV2 lock;
  REQUIRE(f.GetLock("l", &lock).ok());
  CHECK(static_cast<double>(lock.spec().createdat().seconds()) == Approx(EpochNow() + 600).margin(5));
  CHECK(lock.spec().createdby() == f.service->host_id() + ".playground");
  CHECK(!lock.metadata().revision().empty());
  CHECK(lock.metadata().namespace_() == "default");

  lock.mutable_spec()->mutable_createdat()->set_seconds(1000);
  REQUIRE(f.UpsertLock(lock).ok());
  REQUIRE(f.GetLock("l", &lock).ok());
  CHECK(lock.spec().createdat().seconds() == 1000);
  // Go's zero time counts as left out.
  lock.mutable_spec()->mutable_createdat()->set_seconds(kGoZeroSeconds);
  REQUIRE(f.UpsertLock(lock).ok());
  REQUIRE(f.GetLock("l", &lock).ok());
  CHECK(lock.spec().createdat().seconds() > 1000);
}

TEST_CASE("spec.expires decides whether a lock is in force, metadata.expires how long it is remembered",
          "[locks]") {
  Fixture f;
  REQUIRE(f.Create(OktaUser("a")).ok());
  types::LockV2 lock = OktaLock("l", "a");
  const auto now = static_cast<int64_t>(EpochNow());
  lock.mutable_spec()->mutable_expires()->set_seconds(now - 1);
  lock.mutable_metadata()->mutable_expires()->set_seconds(now + 100);
  REQUIRE(f.UpsertLock(lock).ok());
  CHECK(f.Locks("a", true) == Names{});
  CHECK(f.Locks("a", false) == Names{"l"});
  CHECK(f.GetLock("l", &lock).ok());
  f.service->Control("clock_offset", {{"seconds", 200}});
  CHECK(f.GetLock("l", &lock).error_code() == StatusCode::NOT_FOUND);
  CHECK(f.Locks("", false) == Names{});
}

TEST_CASE("a lock is in force only after the lag, but read by name at once", "[locks]") {
  Fixture f;
  REQUIRE(f.Create(OktaUser("a")).ok());
  f.service->Control("lag", {{"seconds", 1000}});
  REQUIRE(f.UpsertLock(OktaLock("l", "a")).ok());
  types::LockV2 lock;
  CHECK(f.GetLock("l", &lock).ok());
  CHECK(f.Locks("a", true) == Names{});
  f.service->Control("lag", {{"seconds", 0}});
  CHECK(f.Locks("a", true) == Names{"l"});
}

TEST_CASE("targets are joined by or; an empty one matches nothing; none means all", "[locks]") {
  Fixture f;
  for (const char* name : {"a", "b", "c"}) {
    REQUIRE(f.Create(OktaUser(name)).ok());
    REQUIRE(f.UpsertLock(OktaLock(std::string("l-") + name, name)).ok());
  }
  f.service->Control("put_lock", {{"name", "role"}, {"target", {{"role", "x"}}}});
  proto::GetLocksRequest request;
  request.add_targets()->set_user("a");
  request.add_targets()->set_user("a");
  request.add_targets()->set_user("c");
  proto::GetLocksResponse response;
  REQUIRE(f.Call(f.auth, &proto::AuthService::Stub::GetLocks, request, &response).ok());
  CHECK(response.locks_size() == 2);
  request.mutable_targets(0)->set_login("root");
  request.mutable_targets(1)->set_login("root");
  REQUIRE(f.Call(f.auth, &proto::AuthService::Stub::GetLocks, request, &response).ok());
  CHECK(response.locks_size() == 1);
  request.clear_targets();
  request.add_targets();
  REQUIRE(f.Call(f.auth, &proto::AuthService::Stub::GetLocks, request, &response).ok());
  CHECK(response.locks_size() == 0);
  CHECK(f.Locks("", true).size() == 4);
}

TEST_CASE("a lock that is accepted but never comes into force", "[locks]") {
  Fixture f;
  REQUIRE(f.Create(OktaUser("a")).ok());
  f.service->Control("fault", {{"call", "UpsertLock"}, {"kind", "lock_not_in_force"}});
  REQUIRE(f.UpsertLock(OktaLock("l", "a")).ok());
  CHECK(f.Locks("a", true) == Names{});
  CHECK(f.Locks("a", false) == Names{"l"});
  REQUIRE(f.UpsertLock(OktaLock("l", "a")).ok());
  CHECK(f.Locks("a", true) == Names{"l"});
}

types::AcquireSemaphoreRequest Ask(const std::string& name) {
  types::AcquireSemaphoreRequest request;
  request.set_semaphorekind("oktasync");
  request.set_semaphorename(name);
  request.set_maxleases(1);
  request.mutable_expires()->set_seconds(static_cast<int64_t>(EpochNow()) + 60);
  request.set_holder("me");
  return request;
}

TEST_CASE("one lease at a time, kept alive until it is lost", "[leases]") {
  Fixture f;
  const auto acquire = [&f](const types::AcquireSemaphoreRequest& request, types::SemaphoreLease* lease) {
    return f.Call(f.auth, &proto::AuthService::Stub::AcquireSemaphore, request, lease);
  };
  google::protobuf::Empty empty;
  const auto keep = [&](const types::SemaphoreLease& lease) {
    return f.Call(f.auth, &proto::AuthService::Stub::KeepAliveSemaphoreLease, lease, &empty);
  };
  types::SemaphoreLease lease, other;
  REQUIRE(acquire(Ask("org.app"), &lease).ok());
  CHECK(!lease.leaseid().empty());
  const grpc::Status taken = acquire(Ask("org.app"), &other);
  CHECK(taken.error_code() == StatusCode::RESOURCE_EXHAUSTED);
  CHECK(taken.error_message() == "cannot acquire semaphore oktasync/org.app (err-max-leases)");
  CHECK(acquire(Ask("org.other"), &other).ok());

  lease.mutable_expires()->set_seconds(lease.expires().seconds() + 60);
  CHECK(keep(lease).ok());
  types::SemaphoreLease past = lease;
  past.mutable_expires()->set_seconds(1000);
  CHECK(keep(past).error_code() == StatusCode::INVALID_ARGUMENT);

  CHECK(f.Call(f.auth, &proto::AuthService::Stub::CancelSemaphoreLease, lease, &empty).ok());
  const grpc::Status gone = f.Call(f.auth, &proto::AuthService::Stub::CancelSemaphoreLease, lease, &empty);
  CHECK(gone.error_code() == StatusCode::NOT_FOUND);
  CHECK(gone.error_message() == "cannot cancel, lease not found: \"" + lease.leaseid() + "\"");
  const grpc::Status lost = keep(lease);
  CHECK(lost.error_code() == StatusCode::NOT_FOUND);
  CHECK(lost.error_message() == "cannot keepalive, lease not found: \"" + lease.leaseid() + "\"");

  // The server's clock decides what has expired.
  REQUIRE(acquire(Ask("org.app"), &lease).ok());
  f.service->Control("clock_offset", {{"seconds", 120}});
  lease.mutable_expires()->set_seconds(lease.expires().seconds() + 3600);
  CHECK(keep(lease).error_code() == StatusCode::NOT_FOUND);
  CHECK(acquire(Ask("org.app"), &other).error_message() == "cannot acquire expired semaphore lease");
  f.service->Control("clock_offset", {{"seconds", 0}});

  REQUIRE(acquire(Ask("org.app"), &lease).ok());
  CHECK(f.service->Control("leases", {})["leases"].size() == 2);
  CHECK(f.service->Control("drop_lease", {{"name", "org.app"}})["dropped"] == 1);
  CHECK(keep(lease).error_code() == StatusCode::NOT_FOUND);
}

TEST_CASE("what a semaphore may not be", "[leases]") {
  Fixture f;
  types::SemaphoreLease lease;
  const auto refused = [&](const types::AcquireSemaphoreRequest& request) {
    return f.Call(f.auth, &proto::AuthService::Stub::AcquireSemaphore, request, &lease).error_code() ==
           StatusCode::INVALID_ARGUMENT;
  };
  CHECK(refused(Ask("")));
  CHECK(refused(Ask("org/app")));
  CHECK(refused(Ask("org:app")));
  CHECK(refused(Ask("org app")));
  auto request = Ask("n");
  request.set_maxleases(0);
  CHECK(refused(request));
  request = Ask("n");
  request.clear_expires();
  CHECK(refused(request));
  CHECK(!refused(Ask("00o1-x_Y.0oa2")));
  proto::Semaphores semaphores;
  REQUIRE(
      f.Call(f.auth, &proto::AuthService::Stub::GetSemaphores, types::SemaphoreFilter(), &semaphores).ok());
  REQUIRE(semaphores.semaphores_size() == 1);
  CHECK(semaphores.semaphores(0).subkind() == "oktasync");
  CHECK(semaphores.semaphores(0).spec().leases(0).holder() == "me");
  CHECK(!semaphores.semaphores(0).metadata().revision().empty());
  CHECK(semaphores.semaphores(0).metadata().namespace_() == "default");
  CHECK(semaphores.semaphores(0).metadata().expires().seconds() == lease.expires().seconds());
}

TEST_CASE("what a lease may not be", "[leases]") {
  Fixture f;
  types::SemaphoreLease lease;
  REQUIRE(f.Call(f.auth, &proto::AuthService::Stub::AcquireSemaphore, Ask("n"), &lease).ok());
  google::protobuf::Empty empty;
  const auto refused = [&](const types::SemaphoreLease& wrong, const char* text) {
    const grpc::Status kept =
        f.Call(f.auth, &proto::AuthService::Stub::KeepAliveSemaphoreLease, wrong, &empty);
    const grpc::Status given = f.Call(f.auth, &proto::AuthService::Stub::CancelSemaphoreLease, wrong, &empty);
    return kept.error_code() == StatusCode::INVALID_ARGUMENT && kept.error_message() == text &&
           given.error_code() == StatusCode::INVALID_ARGUMENT && given.error_message() == text;
  };
  types::SemaphoreLease wrong = lease;
  wrong.clear_semaphorekind();
  CHECK(refused(wrong, "missing parameter SemaphoreKind"));
  wrong = lease;
  wrong.clear_semaphorename();
  CHECK(refused(wrong, "missing parameter SemaphoreName"));
  wrong = lease;
  wrong.clear_leaseid();
  CHECK(refused(wrong, "missing parameter LeaseID"));
  wrong = lease;
  wrong.clear_expires();
  CHECK(refused(wrong, "missing lease expiry time"));
}

TEST_CASE("audit events need type and code, and are kept", "[audit]") {
  Fixture f;
  google::protobuf::Empty empty;
  const auto emit = [&](const events::OneOf& event) {
    return f.Call(f.auth, &proto::AuthService::Stub::EmitAuditEvent, event, &empty).error_code();
  };
  events::OneOf event;
  CHECK(emit(event) == StatusCode::INVALID_ARGUMENT);
  auto* sync = event.mutable_oktausersync();
  sync->mutable_metadata()->set_type("okta.user.sync");
  CHECK(emit(event) == StatusCode::INVALID_ARGUMENT);
  sync->mutable_metadata()->set_code("TOK007I");
  sync->mutable_status()->set_success(true);
  sync->set_num_users_created(3);
  CHECK(emit(event) == StatusCode::OK);
  const auto audit = f.service->Control("audit", {})["audit"];
  REQUIRE(audit.size() == 1);
  CHECK(audit[0]["type"] == "okta.user.sync");
  CHECK(audit[0]["created"] == 3);
  CHECK(audit[0]["cluster"] == "playground");

  events::OneOf failure;
  auto* failed = failure.mutable_oktasyncfailure();
  failed->mutable_metadata()->set_type("okta.sync.failure");
  failed->mutable_metadata()->set_code("TOK003E");
  failed->mutable_server()->set_serverid("another host");
  CHECK(emit(failure) == StatusCode::PERMISSION_DENIED);
  failed->mutable_server()->set_serverid(f.service->host_id());
  CHECK(emit(failure) == StatusCode::OK);
  f.Connect("node");
  CHECK(emit(event) == StatusCode::PERMISSION_DENIED);
}

}  // namespace
}  // namespace playground
