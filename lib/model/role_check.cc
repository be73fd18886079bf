#include "model/role_check.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace oktasync {
namespace {

constexpr std::string_view kAny = "*";
constexpr std::array<std::string_view, 4> kWrites = {"create", "update", "delete", "rotate"};
constexpr std::string_view kRead = "read";  // "readnosecrets" and "list" show no secrets

// Kinds of resources through which one becomes an administrator, or makes or unmakes one.
struct Kind {
  std::string_view name;
  std::string_view words;
  bool secret = false;  // reading it is enough
};
constexpr Kind kKinds[] = {
    {"user", "users"},
    {"role", "roles"},
    // Who reads a join token of type okta joins as what we are, and may give any role to anybody.
    {"token", "join tokens", true},
    {"lock", "locks"},
    {"auth_connector", "login connectors"},
    {"saml", "SAML connectors"},
    {"oidc", "OIDC connectors"},
    {"github", "GitHub connectors"},
    {"cluster_auth_preference", "the cluster's authentication settings"},
    // An update of a request approves it without any review. Reviewing itself (allow.review_requests) does not
    // count: a reviewer decides about others, within what their own roles let them ask for.
    {"access_request", "access requests, approving them without a review"},
    {"access_list", "access lists, which give roles"},
    {"access_list_member", "the members of access lists, which give roles"},
    {"bot", "bots, which get roles"},
    {"login_rule", "login rules, which make traits"},
    {"user_login_state", "what users hold after their login"},
    {"trusted_cluster", "trusted clusters"},
    {"cert_authority", "certificate authorities with their keys", true},
    {"plugin", "plugins, which may manage users"},
};

bool Holds(const std::vector<std::string>& items, std::string_view item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

// `last` separates the last two.
std::string Joined(const std::vector<std::string>& items, std::string_view separator, std::string_view last) {
  std::string text;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? last : separator;
    text += items[i];
  }
  return text;
}

// The verbs of all rules on the kind that matter, in a fixed order; {"*"} for all of them.
std::vector<std::string> Powers(const RoleFacts& role, std::string_view kind, bool secret) {
  std::set<std::string, std::less<>> verbs;
  for (const RoleAllowRule& rule : role.rules) {
    if (Holds(rule.resources, kind)) verbs.insert(rule.verbs.begin(), rule.verbs.end());
  }
  if (verbs.contains(kAny)) return {std::string(kAny)};
  std::vector<std::string> powers;
  for (const std::string_view verb : kWrites) {
    if (verbs.contains(verb)) powers.emplace_back(verb);
  }
  if (secret && verbs.contains(kRead)) powers.emplace_back(kRead);
  return powers;
}

void AddRules(const RoleFacts& role, std::string_view kind, std::string_view words, bool secret,
              std::vector<std::string>& reasons) {
  const std::vector<std::string> powers = Powers(role, kind, secret);
  if (powers.empty()) return;
  const bool all = powers.front() == kAny;
  reasons.push_back("may " + (all ? std::string("do anything to") : Joined(powers, ", ", " and ")) + " " +
                    std::string(words) + " (rule on " + std::string(kind) + ": " +
                    Joined(powers, ", ", ", ") + ")");
}

bool SelectsAll(const LabelSelector& labels) {
  const auto any = labels.find(kAny);
  return any != labels.end() && Holds(any->second, kAny);
}

void AddReach(const LabelSelector& labels, const std::vector<std::string>& logins, const std::string& can,
              const std::string& field, const std::string& as, std::vector<std::string>& reasons) {
  if (logins.empty() || !SelectsAll(labels)) return;
  constexpr size_t kShown = 3;
  std::vector<std::string> shown;
  for (size_t i = 0; i < std::min(logins.size(), kShown); ++i) shown.push_back(Escape(logins[i], 64));
  if (logins.size() > kShown) shown.push_back("…");
  reasons.push_back("may " + can + " (" + field + " is the wildcard, with the " + as + " " +
                    Joined(shown, ", ", ", ") + ")");
}

// "*", "**" and the ways to say it as a regular expression.
bool MatchesAnything(std::string_view value) {
  if (value == "^.*$" || value == "^.+$" || value == "^(.*)$" || value == "^(.+)$") return true;
  return !value.empty() && value.find_first_not_of('*') == std::string_view::npos;
}

}  // namespace

std::string Administers(const RoleFacts& role) {
  std::vector<std::string> reasons;
  AddRules(role, kAny, "every kind of resource", true, reasons);
  for (const Kind& kind : kKinds) AddRules(role, kind.name, kind.words, kind.secret, reasons);
  if (role.impersonates) reasons.push_back("may impersonate other users or roles (allow.impersonate)");
  AddReach(role.node_labels, role.logins, "log in to every node", "node_labels", "logins", reasons);
  AddReach(role.kube_labels, role.kube_users, "use every Kubernetes cluster", "kubernetes_labels",
           "groups or users", reasons);
  AddReach(role.database_labels, role.database_users, "open every database", "db_labels", "users or roles",
           reasons);
  AddReach(role.desktop_labels, role.desktop_logins, "log in to every Windows desktop",
           "windows_desktop_labels", "logins", reasons);
  return Joined(reasons, "; ", "; ");
}

bool HasWildcardApps(const RoleFacts& role) {
  // All Okta applications carry the labels okta/org and teleport.dev/origin, so a wildcard under any key will
  // do.
  return std::any_of(role.app_labels.begin(), role.app_labels.end(), [](const auto& label) {
    return std::any_of(label.second.begin(), label.second.end(), MatchesAnything);
  });
}

}  // namespace oktasync
