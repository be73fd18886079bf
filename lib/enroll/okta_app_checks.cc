#include "enroll/okta_app_checks.h"

#include <algorithm>
#include <cmath>

#include "base/status.h"
#include "base/text.h"

namespace oktasync::enroll {
namespace {

constexpr char kAppsRead[] = "okta.apps.read";
constexpr char kUsersRead[] = "okta.users.read";
constexpr char kTheRole[] =
    "Okta admin console, Security > Administrators: give the service app a role that may view users and "
    "applications, on a resource set with this app and the people who are assigned to it";

bool IsRefused(const absl::Status& failure) { return okta::RefusalOf(failure).http == 403; }
bool IsAbsent(const absl::Status& failure) {
  return okta::RefusalOf(failure).http == 404 && okta::RefusalOf(failure).code == "E0000007";
}
bool IsOverRate(const absl::Status& failure) { return okta::RefusalOf(failure).http == 429; }

// True when the app's checks cannot go on.
bool LacksApps(std::string_view id, const OktaFacts& facts, Sheet& sheet) {
  if (sheet.Lacks(id, {kOktaToken})) return true;
  if (facts.app.has_value()) return false;
  if (!facts.connector.ok()) {
    sheet.NotKnown(id, "okta.app_id names none, and the login connector that leads to it was not found",
                   kTeleportConnector);
    return true;
  }
  if (!facts.search.ok() && id != kOktaApp) {
    sheet.NotKnown(id, "not asked", kOktaApp);
    return true;
  }
  sheet.NotKnown(id, "not asked", HoldsScope(facts.granted, kAppsRead) ? "" : kOktaScopes);
  return true;
}

void JudgeApp(const OktaInputs& in, const OktaFacts& facts, Sheet& sheet) {
  if (!facts.search.ok()) {
    sheet.Fail(kOktaApp, "okta.app_id names no app, and none was found: " + Message(facts.search),
               "Name the app in okta.app_id; it stands in the address of its page in the admin console");
  } else if (!LacksApps(kOktaApp, facts, sheet)) {
    if (facts.app->ok()) {
      sheet.Pass(kOktaApp, (*facts.app)->id + " \"" + Escape((*facts.app)->label, 100) + "\"" +
                               (in.client.app_id.empty() ? ", found from the login connector" : ""));
    } else if (const absl::Status& failure = facts.app->status(); IsRefused(failure)) {
      sheet.NotKnown(kOktaApp, "Okta does not let the service app see it", kOktaAdminRole);
    } else if (IsOverRate(failure)) {
      sheet.NotKnown(kOktaApp, "Okta answered 429", kOktaRate);
    } else if (IsAbsent(failure)) {
      sheet.Fail(
          kOktaApp, "Okta shows the service app no app " + Escape(facts.app_id, 64) + " (404 E0000007)",
          (facts.labelled_by.empty() ? std::string("Compare okta.app_id")
                                     : "The label teleport.internal/okta-app-id of the SAML connector " +
                                           Escape(facts.labelled_by, 128) + " names it: compare that") +
              " with the address of the app's page in the admin console (…/instance/0oa…). "
              "If it is right, the resource set of the service app's admin role does not hold the app, which "
              "Okta answers in the same way: add it (Security > Administrators > Resources)");
    } else {
      sheet.FailAs(kOktaApp, failure, "Try again; when it stays so, look at https://status.okta.com");
    }
  }
  if (sheet.Lacks(kOktaAppActive, {kOktaApp}) | sheet.Lacks(kOktaAppExplicit, {kOktaApp})) return;
  const okta::App& app = **facts.app;
  if (app.status == "ACTIVE") {
    sheet.Pass(kOktaAppActive, "ACTIVE");
  } else {
    sheet.Fail(
        kOktaAppActive, "the app is " + Escape(app.status, 64),
        "Activate it in Okta (Applications > the app). Until then its list of people means nothing, and a "
        "sync removes nobody");
  }
  if (app.implicit_assignment) {
    sheet.Fail(
        kOktaAppExplicit,
        "the app assigns people implicitly (settings.implicitAssignment), so its list does not tell who "
        "has left",
        "Switch that off in Okta and assign people or groups to the app; until then a sync removes nobody");
  } else {
    sheet.Pass(kOktaAppExplicit, "people and groups are assigned to it");
  }
}

void JudgeRole(const OktaFacts& facts, Sheet& sheet) {
  // A refusal tells more than what may have come of it.
  for (const absl::Status& status : {facts.app.has_value() ? facts.app->status() : absl::OkStatus(),
                                     facts.people.has_value() ? facts.people->status() : absl::OkStatus(),
                                     facts.person.has_value() ? facts.person->status() : absl::OkStatus()}) {
    if (!IsRefused(status)) continue;
    sheet.FailAs(kOktaAdminRole, status, kTheRole).todo = kTheRole;
    return;
  }
  if (sheet.Lacks(kOktaAdminRole, {kOktaToken, kOktaApp})) return;
  if (!facts.people.has_value()) {
    sheet.NotKnown(kOktaAdminRole, "not asked");
  } else if (const absl::Status& failure = facts.people->status(); IsOverRate(failure)) {
    sheet.NotKnown(kOktaAdminRole, "Okta answered 429", kOktaRate);
  } else if (IsAbsent(failure)) {
    sheet.NotKnown(kOktaAdminRole, "Okta gave no list of the app's people", kOktaResourceSet);
  } else if (!failure.ok()) {
    sheet.FailAs(kOktaAdminRole, failure, "Try again; when it stays so, look at https://status.okta.com");
  } else if ((*facts.people)->empty()) {
    sheet.Fail(
        kOktaAdminRole, "the list of the app's people is empty (200 [])",
        std::string("Either nobody is assigned to the app, or the role may not view users, which Okta "
                    "answers in the same way. Assign people (the app > Assignments); if there are some, in "
                    "the ") +
            kTheRole + ". A sync from an empty list removes nobody before an approval");
  } else if (!facts.person.has_value()) {
    sheet.NotKnown(kOktaAdminRole,
                   "it lists the app's people; whether it may view a single one was not asked",
                   HoldsScope(facts.granted, kUsersRead) ? "" : kOktaScopes);
  } else if (IsOverRate(facts.person->status())) {
    sheet.NotKnown(kOktaAdminRole, "Okta answered 429", kOktaRate);
  } else if (!facts.person->ok()) {
    sheet.FailAs(kOktaAdminRole, facts.person->status(),
                 "Try again; when it stays so, look at https://status.okta.com");
  } else {
    sheet.Pass(kOktaAdminRole, "it may list the app's people and view a single one");
  }
}

void JudgeResourceSet(const OktaFacts& facts, Sheet& sheet) {
  constexpr char kAdd[] =
      "Security > Administrators > Resources: add the app, and the users who are assigned to it, to the "
      "resource "
      "set of the service app's role";
  if (facts.people.has_value() && IsAbsent(facts.people->status()) && facts.app.has_value() &&
      facts.app->ok()) {
    sheet.Fail(kOktaResourceSet, "the app can be seen, but not who is assigned to it (404 E0000007)", kAdd);
    return;
  }
  if (facts.person.has_value() && facts.person->ok() && !(*facts.person)->exists) {
    sheet.Fail(
        kOktaResourceSet,
        "the person " + Escape(facts.people->value().front(), 64) +
            " is on the app's list, but Okta knows no such user when asked for him alone (404 E0000007)",
        std::string("Before anybody is removed he is read alone, so leavers would stay. ") + kAdd);
    return;
  }
  if (sheet.Lacks(kOktaResourceSet, {kOktaToken, kOktaApp, kOktaAdminRole})) return;
  sheet.Pass(
      kOktaResourceSet,
      "holds the app and the person that was looked at; whom it leaves out, Okta leaves out of the list "
      "without a word");
}

void JudgeGroups(const OktaInputs& in, const OktaFacts& facts, Sheet& sheet) {
  if (in.groups.empty()) {
    sheet.Pass(kOktaGroups, "no rule names one");
    return;
  }
  if (sheet.Lacks(kOktaGroups, {kOktaToken})) return;
  if (facts.groups.empty()) {
    sheet.NotKnown(kOktaGroups, "not asked", kOktaScopes);
    return;
  }
  std::string refused;
  std::vector<std::string> found;
  for (const auto& [group, status] : facts.groups) {
    if (IsOverRate(status)) {
      sheet.NotKnown(kOktaGroups, "Okta answered 429", kOktaRate);
      return;
    }
    if (status.ok()) {
      found.push_back(Escape(group, 128));
    } else {
      refused += (refused.empty() ? "" : "; ") + Message(status);
    }
  }
  if (refused.empty()) {
    sheet.Pass(kOktaGroups, List(found) + (found.size() == 1 ? " exists" : " exist"));
  } else {
    sheet.Fail(kOktaGroups, refused,
               "Correct users.roles_by_group, or have the group in the resource set of the service app's "
               "role; until then creates and updates wait, removals go on");
  }
}

void JudgeRate(const OktaInputs& in, const OktaFacts& facts, Sheet& sheet) {
  if (facts.refused == 0) {
    if (LacksApps(kOktaRate, facts, sheet)) return;
    if (!facts.window.has_value() || facts.window->limit < 0) {
      const bool refused = facts.people.has_value() && !facts.people->ok();
      sheet.NotKnown(kOktaRate, "no answer had Okta's rate headers", refused ? kOktaAdminRole : "");
      return;
    }
  }
  constexpr char kWhose[] =
      "See who uses it up: admin console, Reports > Rate limits. A sync waits for the next window, and asks "
      "for no "
      "more than okta.rate_share of the limit";
  if (!facts.window.has_value() || facts.window->limit < 0) {
    sheet.Fail(kOktaRate, "Okta answered 429", kWhose);
    return;
  }
  const okta::RateWindow& window = *facts.window;
  const auto ours =
      static_cast<int64_t>(std::floor(static_cast<double>(window.limit) * in.client.rate_share));
  const std::string shown = std::to_string(window.limit) +
                            " requests a window for lists of an app's people, " +
                            std::to_string(std::max<int64_t>(window.remaining, 0)) + " left";
  if (facts.refused > 0 || window.remaining <= 0) {
    sheet.Fail(kOktaRate, shown + (facts.refused > 0 ? "; Okta answered 429" : ""), kWhose).facts = {
        {"limit", std::to_string(window.limit)}, {"remaining", std::to_string(window.remaining)}};
    return;
  }
  const int64_t people = std::max<int64_t>(ours, 1) * in.client.page_size;
  Check& check = sheet.Pass(
      kOktaRate, shown + "; ours are at most " + std::to_string(ours) + ", which is " +
                     std::to_string(people) + " people a minute: 10,000 take " +
                     absl::FormatDuration(absl::Ceil(
                         absl::Minutes(1) * (10'000.0 / static_cast<double>(people)), absl::Seconds(1))));
  check.facts = {{"limit", std::to_string(window.limit)},
                 {"remaining", std::to_string(window.remaining)},
                 {"ours", std::to_string(ours)}};
}

}  // namespace

bool HoldsScope(const std::vector<std::string>& granted, const std::string& wanted) {
  if (std::find(granted.begin(), granted.end(), wanted) != granted.end()) return true;
  // The right to change something is also the right to read it.
  const size_t dot = wanted.rfind(".read");
  return dot != std::string::npos &&
         std::find(granted.begin(), granted.end(), wanted.substr(0, dot) + ".manage") != granted.end();
}

void JudgeOktaApp(const OktaInputs& inputs, const OktaFacts& facts, Sheet& sheet) {
  JudgeApp(inputs, facts, sheet);
  JudgeRole(facts, sheet);
  JudgeResourceSet(facts, sheet);
  JudgeGroups(inputs, facts, sheet);
  JudgeRate(inputs, facts, sheet);
}

}  // namespace oktasync::enroll
