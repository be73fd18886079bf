// model/role_check.h: which roles can administer the cluster (R8), and why.
#include "model/role_check.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace oktasync {
namespace {

using Texts = std::vector<std::string>;

RoleFacts WithRule(Texts resources, Texts verbs) {
  RoleFacts role;
  role.name = "r";
  role.rules.push_back({std::move(resources), std::move(verbs)});
  return role;
}
const LabelSelector kEverything = {{"*", {"*"}}};

TEST_CASE("R8: a role without powers is harmless") {
  CHECK(Administers(RoleFacts{}).empty());
  // Teleport's presets okta-requester, okta-access and auditor.
  RoleFacts access = WithRule({"user_group"}, {"list", "read"});
  access.app_labels = {{"teleport.dev/origin", {"okta"}}};
  CHECK(Administers(access).empty());
  RoleFacts auditor = WithRule({"session"}, {"list", "read"});
  auditor.rules.push_back({{"event"}, {"list", "read"}});
  CHECK(Administers(auditor).empty());
}

TEST_CASE("R8: writing what makes administrators is administering, and the reason says which rule") {
  CHECK(Administers(WithRule({"role"}, {"list", "update", "read", "create"})) ==
        "may create and update roles (rule on role: create, update)");
  CHECK(Administers(WithRule({"user"}, {"*"})) == "may do anything to users (rule on user: *)");
  for (const char* kind :
       {"user", "role", "token", "lock", "auth_connector", "saml", "oidc", "github",
        "cluster_auth_preference", "access_request", "access_list", "access_list_member", "bot", "login_rule",
        "user_login_state", "trusted_cluster", "cert_authority", "plugin", "*"}) {
    for (const char* verb : {"create", "update", "delete", "rotate", "*"}) {
      INFO(kind << ": " << verb);
      CHECK_THAT(Administers(WithRule({"node", kind}, {"list", verb})),
                 Catch::Contains("(rule on " + std::string(kind) + ": " + verb + ")"));
    }
    CHECK(Administers(WithRule({kind}, {"list", "readnosecrets"})).empty());
  }
  // Other kinds are daily work.
  for (const char* kind : {"node", "session", "event", "app_server", "db", "kube_cluster", "device"}) {
    INFO(kind);
    CHECK(Administers(WithRule({kind}, {"*"})).empty());
  }
}

TEST_CASE("R8: reading join tokens or the authorities' keys is administering, other reading is not") {
  CHECK(Administers(WithRule({"token"}, {"list", "read"})) == "may read join tokens (rule on token: read)");
  CHECK_FALSE(Administers(WithRule({"cert_authority"}, {"read"})).empty());
  CHECK_FALSE(Administers(WithRule({"*"}, {"read", "list"})).empty());
  for (const char* kind : {"user", "role", "lock", "saml", "access_request", "bot"}) {
    INFO(kind);
    CHECK(Administers(WithRule({kind}, {"list", "read"})).empty());
  }
}

TEST_CASE("R8: verbs of several rules on one kind count together, and every reason is told") {
  RoleFacts editor = WithRule({"role", "user"}, {"create"});
  editor.rules.push_back({{"role"}, {"delete", "read"}});
  editor.impersonates = true;
  CHECK(Administers(editor) ==
        "may create users (rule on user: create); may create and delete roles (rule on role: create, "
        "delete); may impersonate other users or roles (allow.impersonate)");
}

TEST_CASE("R8: wildcard labels together with logins reach everything") {
  RoleFacts role;
  role.node_labels = kEverything;
  CHECK(Administers(role).empty());  // nobody to log in as
  role.logins = {"root"};
  CHECK(Administers(role) == "may log in to every node (node_labels is the wildcard, with the logins root)");
  // A template is filled from traits, and traits come from Okta.
  role.logins = {"{{internal.logins}}", "a", "b", "c"};
  CHECK_THAT(Administers(role), Catch::Contains("{{internal.logins}}, a, b, …"));
  role.node_labels = {{"env", {"*"}}, {"*", {"prod"}}};
  CHECK(Administers(role).empty());
  role.node_labels = {{"env", {"staging"}}};
  CHECK(Administers(role).empty());

  RoleFacts kube;
  kube.kube_labels = kEverything;
  CHECK(Administers(kube).empty());
  kube.kube_users = {"system:masters"};
  CHECK_THAT(Administers(kube), Catch::Contains("every Kubernetes cluster"));
  RoleFacts database;
  database.database_labels = kEverything;
  database.database_users = {"*"};
  CHECK_THAT(Administers(database), Catch::Contains("every database"));
  RoleFacts desktop;
  desktop.desktop_labels = kEverything;
  desktop.desktop_logins = {"Administrator"};
  CHECK_THAT(Administers(desktop), Catch::Contains("every Windows desktop"));
  // The logins of one do not open the other.
  RoleFacts mixed;
  mixed.node_labels = kEverything;
  mixed.kube_users = {"system:masters"};
  CHECK(Administers(mixed).empty());
}

TEST_CASE("R8: text of a role is escaped in the reason") {
  RoleFacts role;
  role.node_labels = kEverything;
  role.logins = {"ro\x1b[2Jot"};
  CHECK_THAT(Administers(role), Catch::Contains("ro\\x1b[2Jot"));
}

TEST_CASE("the seed's warning: app_labels with a wildcard value opens every Okta application") {
  const auto wild = [](LabelSelector labels) {
    RoleFacts role;
    role.app_labels = std::move(labels);
    // A warning alone: apps ask for no login, and the admin may mean it.
    CHECK(Administers(role).empty());
    return HasWildcardApps(role);
  };
  CHECK(wild({{"*", {"*"}}}));
  CHECK(wild({{"teleport.dev/origin", {"*"}}}));
  CHECK(wild({{"env", {"prod", "*"}}}));
  CHECK(wild({{"env", {"^.*$"}}}));
  CHECK(wild({{"env", {"**"}}}));
  CHECK_FALSE(wild({}));
  CHECK_FALSE(wild({{"env", {"prod"}}}));
  CHECK_FALSE(wild({{"env", {"prod-*"}}}));
  CHECK_FALSE(wild({{"env", {""}}}));
  RoleFacts nodes;
  nodes.node_labels = kEverything;
  CHECK_FALSE(HasWildcardApps(nodes));
}

}  // namespace
}  // namespace oktasync
