#include "enroll/check.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/status.h"
#include "nlohmann/json.hpp"

namespace oktasync::enroll {
namespace {

constexpr std::pair<std::string_view, std::string_view> kTitles[] = {
    {kOktaKey, "Okta: private key"},
    {kOktaName, "Okta: name of the org in DNS"},
    {kOktaTls, "Okta: connection and TLS"},
    {kOktaClock, "Okta: clock of this machine"},
    {kOktaToken, "Okta: access token"},
    {kOktaScopes, "Okta: scopes"},
    {kOktaDpop, "Okta: DPoP"},
    {kOktaOrg, "Okta: org"},
    {kOktaApp, "Okta: app"},
    {kOktaAppActive, "Okta: app is active"},
    {kOktaAppExplicit, "Okta: app assigns explicitly"},
    {kOktaAdminRole, "Okta: admin role of the service app"},
    {kOktaResourceSet, "Okta: resource set of that role"},
    {kOktaGroups, "Okta: groups of the rules"},
    {kOktaRate, "Okta: rate limit"},
    {kTeleportIdentity, "Teleport: identity"},
    {kTeleportSystemRole, "Teleport: system role"},
    {kTeleportExpiry, "Teleport: expiry of the certificate"},
    {kTeleportTunnel, "Teleport: connection and TLS"},
    {kTeleportRenewal, "Teleport: renewal of the identity"},
    {kTeleportVersion, "Teleport: version"},
    {kTeleportDefaultRole, "Teleport: default role"},
    {kTeleportRuleRoles, "Teleport: roles of the rules"},
    {kTeleportRolePower, "Teleport: power of the roles"},
    {kTeleportReads, "Teleport: permission to read"},
    {kTeleportWrites, "Teleport: permission to write"},
    {kTeleportConnector, "Teleport: login connector"},
    {kTeleportLease, "Teleport: lease"},
    {kTeleportAppLabels, "Teleport: app_labels of the roles"},
    {kSyncLastWalk, "Sync: last whole list of the app's people"},
};

}  // namespace

std::string_view ToString(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPass:
      return "pass";
    case Outcome::kFail:
      return "fail";
    case Outcome::kNotKnown:
      break;
  }
  return "not_known";
}

std::string_view TitleOf(std::string_view id) {
  const auto it = std::find_if(std::begin(kTitles), std::end(kTitles),
                               [&](const auto& title) { return title.first == id; });
  return it == std::end(kTitles) ? id : it->second;
}

Check& Sheet::Add(std::string_view id, Outcome outcome, std::string seen, std::string todo) {
  Check check;
  check.id = id;
  check.title = TitleOf(id);
  check.outcome = outcome;
  check.seen = std::move(seen);
  check.todo = std::move(todo);
  return checks_.emplace_back(std::move(check));
}

Check& Sheet::Pass(std::string_view id, std::string seen, std::string todo) {
  return Add(id, Outcome::kPass, std::move(seen), std::move(todo));
}

Check& Sheet::Fail(std::string_view id, std::string seen, std::string todo) {
  return Add(id, Outcome::kFail, std::move(seen), std::move(todo));
}

Check& Sheet::FailAs(std::string_view id, const absl::Status& failure, std::string otherwise) {
  Split split = SplitAdvice(failure);
  return Fail(id, std::move(split.seen),
              split.todo.empty() ? std::move(otherwise) : Sentence(std::move(split.todo)));
}

Check& Sheet::NotKnown(std::string_view id, std::string seen, std::string_view because) {
  Check& check = Add(id, Outcome::kNotKnown, std::move(seen), "");
  check.because = because;
  return check;
}

bool Sheet::Lacks(std::string_view id, std::initializer_list<std::string_view> grounds) {
  for (const std::string_view ground : grounds) {
    const Check* found = Find(ground);
    if (found == nullptr || found->outcome == Outcome::kPass) continue;
    const std::string root = found->because.empty() ? found->id : found->because;
    NotKnown(id, "not asked", root);
    return true;
  }
  return false;
}

const Check* Sheet::Find(std::string_view id) const {
  const auto it =
      std::find_if(checks_.begin(), checks_.end(), [&](const Check& check) { return check.id == id; });
  return it == checks_.end() ? nullptr : &*it;
}

std::vector<Check> Sheet::Take() && {
  for (Check& check : checks_) {
    // As often as there are checks: a circle has an end, too.
    for (size_t i = 0; i < checks_.size() && !check.because.empty(); ++i) {
      const Check* ground = Find(check.because);
      if (ground == nullptr || ground->because.empty()) break;
      check.because = ground->because;
    }
  }
  return std::move(checks_);
}

nlohmann::json ToJson(const std::vector<Check>& checks) {
  nlohmann::json list = nlohmann::json::array();
  std::array<int, 3> counts = {};
  for (const Check& check : checks) {
    ++counts[static_cast<size_t>(check.outcome)];
    nlohmann::json facts = nlohmann::json::object();
    for (const auto& [key, value] : check.facts) facts[key] = value;
    list.push_back({{"id", check.id},
                    {"title", check.title},
                    {"outcome", std::string(ToString(check.outcome))},
                    {"seen", check.seen},
                    {"todo", check.todo},
                    {"because", check.because},
                    {"facts", std::move(facts)}});
  }
  return {{"checks", std::move(list)},
          {"passed", counts[static_cast<size_t>(Outcome::kPass)]},
          {"failed", counts[static_cast<size_t>(Outcome::kFail)]},
          {"not_known", counts[static_cast<size_t>(Outcome::kNotKnown)]}};
}

std::string Sentence(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string List(const std::vector<std::string>& items) {
  std::string text;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? " and " : ", ";
    text += items[i];
  }
  return text;
}

Split SplitAdvice(const absl::Status& failure) {
  const std::string message = Message(failure);
  const size_t told = message.rfind(')');
  for (const std::string_view begin : {"; check ", ": check "}) {
    const size_t at = message.rfind(begin);
    if (at != std::string::npos && (told == std::string::npos || at > told))
      return {message.substr(0, at), message.substr(at + 2)};
  }
  // The last: Okta's own words in the parenthesis may hold one of their own.
  const size_t at = std::max(message.rfind("); ") + 1, message.rfind("): ") + 1);  // npos + 1 is 0
  if (at == 0) return {message, ""};
  return {message.substr(0, at), message.substr(at + 2)};
}

}  // namespace oktasync::enroll
