// The fake's users: what the real UsersService refuses and fills in (facts/teleport-api.md 0.2, 2, 6).
#include <algorithm>
#include <catch2/catch.hpp>

#include "auth/render.h"
#include "auth/test_fixture.h"

namespace playground {
namespace {

using grpc::StatusCode;

TEST_CASE("names that the backend's keys do not take are refused", "[users]") {
  Fixture f;
  for (const char* name :
       {"a b", "o'brien", "a%b", "a#b", "a,b", "a=b", "a/b", "..", ".", "j\xc3\xbcrgen", "a\nb"}) {
    INFO(name);
    const grpc::Status status = f.Create(OktaUser(name));
    CHECK(status.error_code() == StatusCode::INVALID_ARGUMENT);
    CHECK(status.error_message().find("special characters are not allowed in resource names") == 0);
  }
  CHECK(f.Create(OktaUser("a b")).error_message().find(": \"/web/users/a b/params\"") != std::string::npos);
  CHECK(f.Create(OktaUser("")).error_message() == "missing parameter Name");
  CHECK(f.Create(OktaUser("Upper+x_y-z.1@Example.com")).ok());
  CHECK(f.Create(OktaUser(std::string(300, 'n'))).ok());
}

TEST_CASE("origin okta is a must for the role Okta, and only such users may be touched", "[users]") {
  Fixture f;
  types::UserV2 user = OktaUser("a");
  user.mutable_metadata()->clear_labels();
  CHECK(f.Create(user).error_code() == StatusCode::INVALID_ARGUMENT);
  CHECK(f.Create(user).error_message() == "Okta service must supply \"okta\" origin");

  f.service->Control("put_user", {{"name", "local"}});
  CHECK(f.Create(OktaUser("local")).error_code() == StatusCode::ALREADY_EXISTS);
  CHECK(f.Update(OktaUser("local")).error_message() == "Okta service may only update Okta resources");
  CHECK(f.Upsert(OktaUser("local")).error_message() == "Okta service may only update Okta resources");
  const grpc::Status status = f.Delete("local");
  CHECK(status.error_code() == StatusCode::PERMISSION_DENIED);
  CHECK(status.error_message() == "Okta service may only delete Okta resources");

  types::UserV2 ours;
  REQUIRE(f.Create(OktaUser("a"), &ours).ok());
  (*ours.mutable_metadata()->mutable_labels())["teleport.dev/origin"] = "scim";
  CHECK(f.Update(ours).error_code() == StatusCode::INVALID_ARGUMENT);
  (*ours.mutable_metadata()->mutable_labels())["teleport.dev/origin"] = "okta";
  (*ours.mutable_metadata()->mutable_labels())["bad key"] = "x";
  CHECK(f.Update(ours).error_message() == "invalid label key: \"bad key\"");
  ours.mutable_metadata()->mutable_labels()->erase("bad key");
  ours.mutable_metadata()->set_namespace_("elsewhere");
  CHECK(f.Update(ours).error_message().find("namespace \"elsewhere\" invalid") == 0);
  types::UserV2 unknown = OktaUser("b");
  (*unknown.mutable_metadata()->mutable_labels())["teleport.dev/origin"] = "nowhere";
  CHECK(f.Upsert(unknown).error_message().find(
            "invalid origin value \"nowhere\", must be one of [defaults config-file dynamic ") == 0);
}

TEST_CASE("roles must exist", "[users]") {
  Fixture f;
  types::UserV2 user = OktaUser("a");
  user.mutable_spec()->add_roles("okta-requester");
  const grpc::Status status = f.Create(user);
  CHECK(status.error_code() == StatusCode::NOT_FOUND);
  CHECK(status.error_message() == "role okta-requester is not found");
  f.service->Control("put_role", {{"name", "okta-requester"}});
  CHECK(f.Create(user).ok());

  AuthOptions enterprise;
  enterprise.okta_requester = true;
  Fixture e(enterprise);
  CHECK(e.Create(user).ok());
  proto::GetRoleRequest request;
  request.set_name("okta-requester");
  types::RoleV6 role;
  REQUIRE(e.Call(e.auth, &proto::AuthService::Stub::GetRole, request, &role).ok());
  CHECK(role.spec().options().maxsessionttl() == int64_t{30} * 3600 * 1000000000);
  CHECK(role.spec().allow().request().searchasroles(0) == "okta-access");
  CHECK(role.metadata().namespace_() == "default");
  CHECK(role.spec().allow().namespaces(0) == "default");
  request.set_name("gone");
  CHECK(e.Call(e.auth, &proto::AuthService::Stub::GetRole, request, &role).error_message() ==
        "role gone is not found");

  proto::ListRolesRequest list;
  list.set_limit(2);
  proto::ListRolesResponse page;
  REQUIRE(e.Call(e.auth, &proto::AuthService::Stub::ListRoles, list, &page).ok());
  REQUIRE(page.roles_size() == 2);
  CHECK(page.roles(0).metadata().name() == "access");
  CHECK(page.nextkey() == "editor");
}

TEST_CASE("a role is put with what it grants, and served so", "[users]") {
  Fixture f;
  f.service->Control("put_role",
                     {{"name", "mighty"},
                      {"rules", {{{"resources", {"role", "user"}}, {"verbs", {"create", "update"}}}}},
                      {"logins", {"root"}},
                      {"kube_groups", {"system:masters"}},
                      {"db_users", {"postgres"}},
                      {"windows_desktop_logins", {"Administrator"}},
                      {"node_labels", {{"*", {"*"}}}},
                      {"app_labels", {{"env", {"prod", "dev"}}}},
                      {"kubernetes_labels", {{"k", {"1"}}}},
                      {"db_labels", {{"d", {"2"}}}},
                      {"windows_desktop_labels", {{"w", {"3"}}}},
                      {"impersonate", {"bob"}}});
  proto::GetRoleRequest request;
  request.set_name("mighty");
  types::RoleV6 role;
  REQUIRE(f.Call(f.auth, &proto::AuthService::Stub::GetRole, request, &role).ok());
  const auto& allow = role.spec().allow();
  REQUIRE(allow.rules_size() == 1);
  CHECK(allow.rules(0).resources(1) == "user");
  CHECK(allow.rules(0).verbs(0) == "create");
  CHECK(allow.logins(0) == "root");
  CHECK(allow.kubegroups(0) == "system:masters");
  CHECK(allow.databaseusers(0) == "postgres");
  CHECK(allow.windowsdesktoplogins(0) == "Administrator");
  CHECK(allow.nodelabels().values().at("*").values(0) == "*");
  CHECK(allow.applabels().values().at("env").values(1) == "dev");
  CHECK(allow.kuberneteslabels().values().at("k").values(0) == "1");
  CHECK(allow.databaselabels().values().at("d").values(0) == "2");
  CHECK(allow.windowsdesktoplabels().values().at("w").values(0) == "3");
  CHECK(allow.impersonate().ByteSizeLong() == 5);

  // As it was put, so it is shown.
  const nlohmann::json roles = f.service->Control("roles", {});
  for (const auto& shown : roles.at("roles")) {
    if (shown["name"] != "mighty") continue;
    CHECK(shown["rules"][0]["verbs"] == nlohmann::json({"create", "update"}));
    CHECK(shown["node_labels"] == nlohmann::json({{"*", {"*"}}}));
    CHECK(shown["impersonates"] == true);
    CHECK(shown["max_session_ttl"] == 108000.0);
  }
  CHECK(f.service->Control("put_role", {{"name", "x"}, {"node_label", {{"*", {"*"}}}}}).contains("error"));
  CHECK(f.service->Control("put_role", {{"name", "x"}, {"rules", {{{"resource", {"role"}}}}}})
            .contains("error"));
}

TEST_CASE("a created user comes back filled, as Go sends it", "[users]") {
  Fixture f;
  types::UserV2 user = OktaUser("a"), stored;
  auto* by = user.mutable_spec()->mutable_createdby();
  by->mutable_connector()->set_type("saml");
  by->mutable_connector()->set_id("okta");
  by->mutable_user()->set_name("system");
  REQUIRE(f.Create(user, &stored).ok());
  CHECK(!stored.metadata().revision().empty());
  CHECK(stored.metadata().namespace_() == "default");
  CHECK(stored.status().password_state() == types::PASSWORD_STATE_UNSET);
  CHECK(stored.spec().createdby().user().name() == "system");
  CHECK(stored.spec().createdby().connector().id() == "okta");
  CHECK(stored.spec().expires().seconds() == kGoZeroSeconds);
  CHECK(f.Create(user).error_message() == "user \"a\" already registered");
  CHECK(f.Get("b").error_message() == "\"user\" \"b\" does not exist");
  CHECK(f.Delete("b").error_message() == "user \"b\" not found");
}

TEST_CASE("an empty timestamp means 1970: such a user is gone at once", "[users]") {
  Fixture f;
  types::UserV2 user = OktaUser("a");
  user.mutable_spec()->mutable_expires();
  REQUIRE(f.Create(user).ok());
  CHECK(f.Get("a").error_code() == StatusCode::NOT_FOUND);
}

TEST_CASE("an update needs the stored revision and keeps created_by", "[users]") {
  Fixture f;
  types::UserV2 first, second;
  REQUIRE(f.Create(OktaUser("a"), &first).ok());
  types::UserV2 changed = first;
  (*changed.mutable_spec()->mutable_traits()->mutable_values())["okta/x"].add_values("1");
  changed.mutable_spec()->mutable_createdby()->mutable_user()->set_name("thief");
  REQUIRE(f.Update(changed, &second).ok());
  CHECK(second.metadata().revision() != first.metadata().revision());
  CHECK(second.spec().createdby().user().name() == first.spec().createdby().user().name());

  for (const char* revision : {first.metadata().revision().c_str(), ""}) {
    changed.mutable_metadata()->set_revision(revision);
    const grpc::Status status = f.Update(changed);
    CHECK(status.error_code() == StatusCode::FAILED_PRECONDITION);
    CHECK(status.error_message().find("resource revision does not match") == 0);
  }
  types::UserV2 missing = second;
  missing.mutable_metadata()->set_name("b");
  CHECK(f.Update(missing).error_code() == StatusCode::FAILED_PRECONDITION);
}

TEST_CASE("users are listed by name in byte order, in pages that lose nobody", "[users]") {
  Fixture f;
  std::vector<std::string> names;
  for (int i = 0; i < 25; ++i) names.push_back("u" + std::to_string(i));
  names.push_back("U");
  for (const std::string& name : names) f.service->Control("put_user", {{"name", name}});
  std::sort(names.begin(), names.end());
  CHECK(f.List(7) == names);
  CHECK(f.List(0) == names);
  CHECK(f.List(5000) == names);

  f.service->Control("border_bug", {{"on", true}});
  const auto bugged = f.List(10);
  CHECK(bugged.size() == names.size() - 2);  // 3 pages, 2 borders, one user lost at each
  CHECK(std::find(bugged.begin(), bugged.end(), names[10]) == bugged.end());
  CHECK(f.List(0) == names);

  AuthOptions small;
  small.page_default = 3;
  Fixture g(small);
  for (const char* name : {"a", "b", "c", "d"}) g.service->Control("put_user", {{"name", name}});
  teleport::users::v1::ListUsersRequest request;
  request.set_page_size(1000);
  teleport::users::v1::ListUsersResponse response;
  REQUIRE(g.Call(g.users, &teleport::users::v1::UsersService::Stub::ListUsers, request, &response).ok());
  CHECK(response.users_size() == 3);
  request.set_page_token("no token of ours");
  CHECK(
      g.Call(g.users, &teleport::users::v1::UsersService::Stub::ListUsers, request, &response).error_code() ==
      StatusCode::INVALID_ARGUMENT);
}

TEST_CASE("listings lag, single reads do not", "[users]") {
  Fixture f;
  f.service->Control("put_user", {{"name", "old"}});
  f.service->Control("lag", {{"seconds", 1000}});
  REQUIRE(f.Create(OktaUser("new")).ok());
  CHECK(f.Get("new").ok());
  f.service->Control("delete_user", {{"name", "old"}});
  CHECK(f.List(0) == std::vector<std::string>{"old"});
  f.service->Control("lag", {{"seconds", 0}});
  CHECK(f.List(0) == std::vector<std::string>{"new"});
}

TEST_CASE("secrets are for administrators", "[users]") {
  Fixture f;
  teleport::users::v1::GetUserRequest request;
  request.set_name("a");
  request.set_with_secrets(true);
  teleport::users::v1::GetUserResponse response;
  CHECK(f.Call(f.users, &teleport::users::v1::UsersService::Stub::GetUser, request, &response).error_code() ==
        StatusCode::PERMISSION_DENIED);
}

}  // namespace
}  // namespace playground
