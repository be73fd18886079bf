#include "config/cross_checks.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "config/duration.h"
#include "config/pointer.h"

namespace oktasync::config {
namespace {

constexpr std::string_view kInclude = "/users/attributes/include";
constexpr std::string_view kExclude = "/users/attributes/exclude";
constexpr std::string_view kRename = "/users/attributes/rename";
constexpr std::string_view kGroupScope = "okta.groups.read";

bool Contains(const std::vector<std::string>& items, std::string_view item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

void Lease(const Config& config, std::vector<Problem>& out) {
  const auto& lease = config.reconcile.lease;
  if (lease.safety * 2 >= lease.term) {
    out.push_back(
        {"/lease/safety", "is " + DurationText(lease.safety) + ", expected less than half of /lease/term (" +
                              DurationText(lease.term) + "), or little of the lease could be used"});
  }
}

void Guard(const Config& config, std::vector<Problem>& out) {
  const auto& guard = config.reconcile.guard;
  if (guard.least > guard.most) {
    out.push_back({"/guard/least", "is " + std::to_string(guard.least) + ", expected at most /guard/most (" +
                                       std::to_string(guard.most) + ")"});
  }
}

void Sizes(const Config& config, std::vector<Problem>& out) {
  const traits::Options& t = config.reconcile.traits;
  if (t.max_value_bytes > t.max_traits_bytes) {
    out.push_back(
        {"/users/attributes/max_value_bytes", "is " + std::to_string(t.max_value_bytes) +
                                                  ", expected at most /users/attributes/max_traits_bytes (" +
                                                  std::to_string(t.max_traits_bytes) + ")"});
  }
}

void IncludeExclude(const Config& config, std::vector<Problem>& out) {
  const traits::Options& t = config.reconcile.traits;
  for (size_t i = 0; i < t.exclude.size(); ++i) {
    if (Contains(t.include, t.exclude[i])) {
      out.push_back({Child(kExclude, i), "stands in include too; an attribute is either taken or left out"});
    }
  }
}

void RenamedIsTaken(const Config& config, std::vector<Problem>& out) {
  const traits::Options& t = config.reconcile.traits;
  for (const auto& [attribute, key] : t.rename) {
    if (Contains(t.exclude, attribute)) {
      out.push_back({Child(kRename, attribute), "names an attribute that exclude leaves out"});
    } else if (!t.include.empty() && !Contains(t.include, attribute)) {
      out.push_back({Child(kRename, attribute), "names an attribute that does not stand in include"});
    }
  }
}

void RenameTargets(const Config& config, std::vector<Problem>& out) {
  std::map<std::string, std::string> by_key;
  for (const auto& [attribute, key] : config.reconcile.traits.rename) {
    const auto [first, fresh] = by_key.emplace(key, attribute);
    if (!fresh) {
      out.push_back(
          {Child(kRename, attribute), "gives the same trait key as " + Child(kRename, first->second)});
    }
  }
}

void Scopes(const Config& config, std::vector<Problem>& out) {
  for (std::string_view of : {"apps", "users"}) {
    const std::string scope = "okta." + std::string(of);
    if (!Contains(config.credentials.scopes, scope + ".read") &&
        !Contains(config.credentials.scopes, scope + ".manage")) {
      out.push_back({"/okta/scopes", "lacks " + scope + ".read, without which people cannot be read"});
    }
  }
}

void GroupScope(const Config& config, std::vector<Problem>& out) {
  if (traits::GroupsOfRules(config.reconcile.traits).empty()) return;
  if (!Contains(config.credentials.scopes, kGroupScope) &&
      !Contains(config.credentials.extra_scopes, kGroupScope) &&
      !Contains(config.credentials.scopes, "okta.groups.manage")) {
    out.push_back({"/okta/scopes", "lacks " + std::string(kGroupScope) +
                                       ", without which the groups of /users/roles_by_group cannot be read"});
  }
}

// The alarm is for runs that fail; one that rings between two good runs is heard by nobody.
void Alarm(const Config& config, std::vector<Problem>& out) {
  const absl::Duration longest = config.loop.interval * (1.0 + config.loop.jitter);
  if (config.reconcile.alarm_after > longest) return;
  out.push_back({"/sync/alarm_after", "is " + DurationText(config.reconcile.alarm_after) +
                                          ", expected more than /sync/interval (" +
                                          DurationText(config.loop.interval) +
                                          ") and its jitter, or it would ring between two good runs"});
}

void Alpn(const Config& config, std::vector<Problem>& out) {
  if (!Contains(config.teleport.alpn, "h2")) {
    out.push_back({"/teleport/alpn", "lacks h2, without which Teleport ends the connection"});
  }
}

void AppId(const Config& config, std::vector<Problem>& out) {
  if (!config.okta.app_id.empty() || config.reconcile.traits.connector.type == "saml") return;
  out.push_back({"/okta/app_id",
                 "is missing; only from a SAML connector could the app be found, and "
                 "/users/connector names none"});
}

void ProxyAlpn(const Config& config, std::vector<Problem>& out) {
  if (config.teleport.proxy && config.teleport.alpn != std::vector<std::string>{"h2"}) {
    out.push_back({"/teleport/alpn",
                   "stands beside /teleport/proxy, which makes the list itself; leave one of the two out"});
  }
}

// One file, or the three.
void IdentityFiles(const Config& config, std::vector<Problem>& out) {
  const std::pair<const char*, const std::string*> three[] = {
      {"/teleport/identity/key_file", &config.identity_key_file},
      {"/teleport/identity/cert_file", &config.identity_cert_file},
      {"/teleport/identity/ca_file", &config.identity_ca_file}};
  const bool any = std::any_of(std::begin(three), std::end(three),
                               [](const auto& entry) { return !entry.second->empty(); });
  for (const auto& [path, file] : three) {
    if (!config.identity_file.empty() && !file->empty()) {
      out.push_back(
          {path, "stands beside /teleport/identity/file, which holds it already; leave one of them out"});
    } else if (any && config.identity_file.empty() && file->empty()) {
      out.push_back({path,
                     "is missing; the key, the certificate and the CA are needed together, or one "
                     "/teleport/identity/file instead"});
    }
  }
}

void OtherKeys(const Config& config, std::vector<Problem>& out) {
  for (const auto& [kid, path] : config.other_keys) {
    if (kid == config.key_id) {
      out.push_back(
          {Child("/okta/other_keys", kid), "has the id of /okta/key_id; each key has an id of its own"});
    }
    if (path == config.private_key_file) {
      out.push_back({Child("/okta/other_keys", kid), "names the file of /okta/private_key_file again"});
    }
  }
}

struct Check {
  std::initializer_list<std::string_view> of;  // paths whose own problems make the check moot
  void (*run)(const Config&, std::vector<Problem>&);
};

}  // namespace

void AddNeededScopes(Config& config) {
  if (traits::GroupsOfRules(config.reconcile.traits).empty()) return;
  // Without the groups who is new or changed waits; that must not keep leavers in.
  if (!Contains(config.credentials.scopes, kGroupScope)) {
    config.credentials.extra_scopes.emplace_back(kGroupScope);
  }
}

void CrossCheck(const Config& config, std::vector<Problem>& problems) {
  static constexpr std::string_view kTerm = "/lease/term", kSafety = "/lease/safety";
  static constexpr std::string_view kLeast = "/guard/least", kMost = "/guard/most";
  static constexpr std::string_view kValueBytes = "/users/attributes/max_value_bytes";
  static constexpr std::string_view kTraitsBytes = "/users/attributes/max_traits_bytes";
  const Check checks[] = {
      {{kTerm, kSafety}, Lease},
      {{kLeast, kMost}, Guard},
      {{kValueBytes, kTraitsBytes}, Sizes},
      {{kInclude, kExclude}, IncludeExclude},
      {{kInclude, kExclude, kRename}, RenamedIsTaken},
      {{kRename}, RenameTargets},
      {{"/okta/app_id", "/users/connector"}, AppId},
      {{"/okta/scopes"}, Scopes},
      {{"/okta/key_id", "/okta/private_key_file", "/okta/other_keys"}, OtherKeys},
      {{"/okta/scopes", "/users/roles_by_group"}, GroupScope},
      {{"/sync/interval", "/sync/jitter", "/sync/alarm_after"}, Alarm},
      {{"/teleport/alpn"}, Alpn},
      {{"/teleport/alpn", "/teleport/proxy"}, ProxyAlpn},
      {{"/teleport/identity"}, IdentityFiles},
  };
  std::vector<Problem> found;
  for (const Check& check : checks) {
    const bool moot = std::any_of(problems.begin(), problems.end(), [&check](const Problem& problem) {
      return std::any_of(check.of.begin(), check.of.end(), [&problem](std::string_view path) {
        return problem.path == path || problem.path.starts_with(std::string(path) + "/");
      });
    });
    if (!moot) check.run(config, found);
  }
  std::move(found.begin(), found.end(), std::back_inserter(problems));
}

}  // namespace oktasync::config
