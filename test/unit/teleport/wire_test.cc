// The messages of proto/ against bytes worked out from Teleport's own definitions, field by field. A wrong
// number or type in a .proto file fails here.
#include <catch2/catch.hpp>
#include <string>

#include "teleport/legacy/client/proto/authservice.grpc.pb.h"
#include "teleport/legacy/types/events/events.pb.h"
#include "teleport/legacy/types/types.pb.h"
#include "teleport/users/v1/users_service.grpc.pb.h"

namespace {

std::string Hex(const std::string& bytes) {
  static const char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

types::UserV2 ExampleUser() {
  types::UserV2 user;
  user.set_kind("user");
  user.set_version("v2");
  user.mutable_metadata()->set_name("a@b.c");
  (*user.mutable_metadata()->mutable_labels())["teleport.dev/origin"] = "okta";
  (*user.mutable_spec()->mutable_traits()->mutable_values())["okta/email"].add_values("a@b.c");
  return user;
}

// The example user: kind, version, metadata{name, label}, spec{traits}.
const char kExampleUser[] =
    "0a0475736572"
    "1a027632"
    "2224"
    "0a056140622e63"
    "2a1b0a1374656c65706f72742e6465762f6f726967696e12046f6b7461"
    "2a19"
    "2a170a150a0a6f6b74612f656d61696c12070a056140622e63";

TEST_CASE("the example user has Teleport's bytes", "[wire]") {
  CHECK(Hex(ExampleUser().SerializeAsString()) == kExampleUser);
}

TEST_CASE("create carries the user in field 1, update and upsert in field 2", "[wire]") {
  const std::string user = kExampleUser;
  const std::string length = "4b";
  REQUIRE(user.size() / 2 == 0x4b);

  teleport::users::v1::CreateUserRequest create;
  *create.mutable_user() = ExampleUser();
  CHECK(Hex(create.SerializeAsString()) == "0a" + length + user);

  teleport::users::v1::UpdateUserRequest update;
  *update.mutable_user() = ExampleUser();
  CHECK(Hex(update.SerializeAsString()) == "12" + length + user);

  teleport::users::v1::UpsertUserRequest upsert;
  *upsert.mutable_user() = ExampleUser();
  CHECK(Hex(upsert.SerializeAsString()) == "12" + length + user);
}

TEST_CASE("created_by, roles and revision have Teleport's field numbers", "[wire]") {
  types::UserV2 user;
  user.mutable_metadata()->set_revision("r");                              // 4{8}
  user.mutable_spec()->add_roles("x");                                     // 5{4}
  auto* created_by = user.mutable_spec()->mutable_createdby();             // 5{8}
  created_by->mutable_connector()->set_type("saml");                       // {1{1}}
  created_by->mutable_connector()->set_id("o");                            // {1{2}}
  created_by->mutable_connector()->set_identity("i");                      // {1{3}}
  created_by->mutable_time()->set_seconds(1);                              // {2{1}}
  created_by->mutable_user()->set_name("s");                               // {3{1}}
  user.mutable_status()->set_password_state(types::PASSWORD_STATE_UNSET);  // 6{1}
  CHECK(Hex(user.SerializeAsString()) ==
        "2203420172"
        "2a1c220178"
        "4217"
        "0a0c0a0473616d6c12016f1a0169"
        "12020801"
        "1a030a0173"
        "32020801");
}

TEST_CASE("a lock has Teleport's bytes", "[wire]") {
  types::LockV2 lock;
  lock.mutable_metadata()->set_name("l");                      // 4{1}
  lock.mutable_metadata()->mutable_expires()->set_seconds(2);  // 4{6}
  lock.mutable_spec()->mutable_target()->set_user("u");        // 5{1{1}}
  lock.mutable_spec()->mutable_target()->set_serverid("s");    // 5{1{9}}
  lock.mutable_spec()->set_message("m");                       // 5{2}
  lock.mutable_spec()->mutable_expires()->set_seconds(1);      // 5{3}
  lock.mutable_spec()->mutable_createdat()->set_seconds(3);    // 5{4}
  lock.mutable_spec()->set_createdby("c");                     // 5{5}
  CHECK(Hex(lock.SerializeAsString()) ==
        "22070a016c32020802"
        "2a16"
        "0a060a01754a0173"
        "12016d"
        "1a020801"
        "22020803"
        "2a0163");
}

TEST_CASE("a semaphore lease has Teleport's bytes", "[wire]") {
  types::AcquireSemaphoreRequest request;
  request.set_semaphorekind("k");
  request.set_semaphorename("n");
  request.set_maxleases(1);
  request.mutable_expires()->set_seconds(9);
  request.set_holder("h");
  CHECK(Hex(request.SerializeAsString()) == "0a016b12016e1801220208092a0168");

  types::SemaphoreLease lease;
  lease.set_semaphorekind("k");
  lease.set_semaphorename("n");
  lease.set_leaseid("i");
  lease.mutable_expires()->set_seconds(9);
  CHECK(Hex(lease.SerializeAsString()) == "0a016b12016e1a01692a020809");
}

TEST_CASE("a role's life of a session and its conditions are found where Teleport puts them", "[wire]") {
  // spec{options{2: 30 h in ns}, allow{1: "root", 3: labels, 4: rule{1,2}, 6: {7: 336 h in ns}, 27: labels}}
  types::RoleV6 role;
  role.mutable_spec()->mutable_options()->set_maxsessionttl(108000000000000);
  auto* allow = role.mutable_spec()->mutable_allow();
  allow->add_logins("root");
  (*allow->mutable_nodelabels()->mutable_values())["*"].add_values("*");
  allow->add_rules()->add_resources("user");
  allow->mutable_rules(0)->add_verbs("*");
  allow->mutable_request()->set_maxduration(1209600000000000);
  (*allow->mutable_grouplabels()->mutable_values())["a"];
  CHECK(Hex(role.SerializeAsString()) ==
        "2a3e"
        "0a081080808bad9bc718"
        "1232"
        "0a04726f6f74"
        "1a0a0a080a012a12030a012a"
        "22090a047573657212012a"
        "3209388080c892ff839302"
        "da01070a050a01611200");
}

TEST_CASE("the audit event of a sync is variant 151", "[wire]") {
  events::OneOf event;
  auto* sync = event.mutable_oktausersync();
  sync->mutable_metadata()->set_type("t");
  sync->mutable_metadata()->set_code("c");
  sync->mutable_status()->set_success(true);
  sync->set_num_users_total(5);
  CHECK(Hex(event.SerializeAsString()) == "ba090e0a06120174220163120208014005");

  events::OneOf failure;
  failure.mutable_oktasyncfailure()->mutable_server()->set_serverid("s");
  CHECK(Hex(failure.SerializeAsString()) == "da07051203120173");
}

TEST_CASE("unknown fields survive reading and writing a user", "[wire]") {
  const std::string newer =
      ExampleUser().SerializeAsString() + std::string("\xca\x3e\x02hi", 5);  // field 1001
  types::UserV2 user;
  REQUIRE(user.ParseFromString(newer));
  CHECK(user.SerializeAsString() == newer);
}

TEST_CASE("services have Teleport's full names", "[wire]") {
  CHECK(std::string(proto::AuthService::service_full_name()) == "proto.AuthService");
  CHECK(std::string(teleport::users::v1::UsersService::service_full_name()) ==
        "teleport.users.v1.UsersService");
}

}  // namespace
