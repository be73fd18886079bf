#include "enroll/okta_checks.h"

#include <algorithm>
#include <cmath>

#include "base/status.h"
#include "base/text.h"
#include "http/stage.h"
#include "oauth/token_errors.h"

namespace oktasync::enroll {
namespace {

constexpr char kAppsRead[] = "okta.apps.read";
constexpr char kUsersRead[] = "okta.users.read";
constexpr char kTheRole[] =
    "Okta admin console, Security > Administrators: give the service app a role that may view users and "
    "applications, on a resource set with this app and the people who are assigned to it";

Check& FailAs(Sheet& sheet, std::string_view id, const absl::Status& failure, std::string otherwise) {
  Split split = SplitAdvice(failure);
  return sheet.Fail(id, split.seen, split.todo.empty() ? std::move(otherwise) : Sentence(split.todo));
}

bool Holds(const std::vector<std::string>& scopes, const std::string& wanted) {
  if (std::find(scopes.begin(), scopes.end(), wanted) != scopes.end()) return true;
  // The right to change something is also the right to read it.
  const size_t dot = wanted.rfind(".read");
  return dot != std::string::npos &&
         std::find(scopes.begin(), scopes.end(), wanted.substr(0, dot) + ".manage") != scopes.end();
}

bool IsRefused(const absl::Status& failure) { return okta::RefusalOf(failure).http == 403; }
bool IsAbsent(const absl::Status& failure) {
  return okta::RefusalOf(failure).http == 404 && okta::RefusalOf(failure).code == "E0000007";
}
bool IsOverRate(const absl::Status& failure) { return okta::RefusalOf(failure).http == 429; }

void JudgeReaching(const OktaInputs& in, const OktaFacts& facts, Sheet& sheet) {
  if (facts.keys.ok() && !facts.key_trouble.empty()) {
    sheet.Fail(kOktaKey, facts.key_trouble.what, Sentence(facts.key_trouble.todo));
  } else if (facts.keys.ok()) {
    sheet.Pass(kOktaKey, facts.key_ids.size() == 1 ? "signs as key id " + Escape(facts.key_ids.front(), 128)
                                                   : "sign as key ids " + Escape(List(facts.key_ids), 512));
  } else {
    sheet.Fail(kOktaKey, Message(facts.keys),
               "Put the private key there that is registered with the service app, mode 0600 and owned by "
               "who runs oktasync; `oktasync jwks` prints the public key to register");
  }
  const http::Stage stage = facts.reached.ok() ? http::Stage::kConversation : http::StageOf(facts.reached);
  if (stage == http::Stage::kName) {
    sheet.Fail(kOktaName, Message(facts.reached),
               "Check okta.org_url for a typing error, and that this machine can resolve names in the "
               "internet (/etc/resolv.conf), or set https_proxy");
  } else if (stage == http::Stage::kProxy) {
    sheet.NotKnown(kOktaName, "the proxy is what resolves it", kOktaTls);
  } else if (stage == http::Stage::kConnection || stage == http::Stage::kUnknown) {
    // Resolving is a part of connecting.
    sheet.NotKnown(kOktaName, "no connection was made", kOktaTls);
  } else {
    sheet.Pass(kOktaName, "the name in " + in.client.org_url + " is known");
  }
}

void JudgeTls(const OktaInputs& in, const OktaFacts& facts, Sheet& sheet) {
  const Check* name = sheet.Find(kOktaName);
  if (name->outcome == Outcome::kFail) {
    sheet.Lacks(kOktaTls, {kOktaName});
  } else if (!facts.reached.ok()) {
    const http::Stage stage = http::StageOf(facts.reached);
    std::string todo =
        "Check that this machine may reach the org on the port of okta.org_url (443 when it names none), "
        "directly or through https_proxy";
    if (stage == http::Stage::kProxy) {
      todo =
          "Check the proxy that https_proxy names in the environment of oktasync, and that it lets us "
          "through to the org; no_proxy names hosts that are reached without it";
    } else if (stage == http::Stage::kTls || absl::IsFailedPrecondition(facts.reached)) {
      todo = "Nothing is sent to a server that is not proved to be the org. Mend what the message names";
    } else if (stage == http::Stage::kConversation) {
      todo =
          "The connection stands, but no answer came: try again; when it stays so, look at "
          "https://status.okta.com, and at what may stand between this machine and the org";
    }
    FailAs(sheet, kOktaTls, facts.reached, std::move(todo));
  } else {
    sheet.Pass(kOktaTls, in.http.ca_file.empty() ? "the certificate is good, by a CA of this machine's store"
                                                 : "the certificate is good, by a CA of okta.ca_file");
  }
}

void JudgeClock(const OktaFacts& facts, Sheet& sheet) {
  if (sheet.Lacks(kOktaClock, {kOktaName, kOktaTls})) return;
  if (!facts.server_ahead.has_value()) {
    sheet.NotKnown(kOktaClock, "the answer had no Date header that could be compared with");
    return;
  }
  const absl::Duration off = absl::AbsDuration(*facts.server_ahead);
  const std::string by = absl::FormatDuration(absl::Trunc(off, absl::Seconds(1)));
  const std::string way = *facts.server_ahead > absl::ZeroDuration() ? " behind Okta's" : " ahead of Okta's";
  if (off < kClockTolerance) {
    sheet.Pass(kOktaClock, off < absl::Seconds(2) ? "agrees with Okta's" : "is " + by + way);
    return;
  }
  sheet.Fail(kOktaClock, "is " + by + way,
             "Set this machine's clock by NTP (timedatectl set-ntp true). The times that oktasync sends are "
             "corrected meanwhile, but certificates are judged by this clock");
}

void JudgeToken(const OktaInputs& in, const OktaFacts& facts, Sheet& sheet) {
  if (sheet.Lacks(kOktaToken, {kOktaName, kOktaTls})) return;
  if (!facts.keys.ok() && sheet.Lacks(kOktaToken, {kOktaKey})) return;
  if (!facts.token.has_value()) {
    sheet.NotKnown(kOktaToken, "not asked");
    return;
  }
  const oauth::TokenTrouble trouble = oauth::TroubleOf(*facts.token);
  const std::string client = "client " + Escape(in.credentials.client_id, 128);
  if (facts.token->ok() || !facts.granted.empty()) {
    sheet.Pass(kOktaToken, "Okta gave " + client + " one");
  } else if (trouble == oauth::TokenTrouble::kScopes) {
    sheet.Pass(kOktaToken, "Okta accepts " + client + " and its key, but gives no token without a scope");
  } else if (trouble == oauth::TokenTrouble::kProof) {
    sheet.NotKnown(kOktaToken, "none was given, over DPoP", kOktaDpop);
  } else {
    FailAs(sheet, kOktaToken, *facts.token, "Try again; when it stays so, look at https://status.okta.com");
  }
}

void JudgeScopes(const OktaInputs& in, const OktaFacts& facts, Sheet& sheet) {
  if (sheet.Lacks(kOktaScopes, {kOktaToken})) return;
  std::vector<std::string> missing;
  for (const std::string& scope : in.needed_scopes) {
    if (!Holds(facts.granted, scope)) missing.push_back(scope);
  }
  std::vector<std::string> more;
  for (const std::string& scope : facts.granted) {
    if (std::find(in.needed_scopes.begin(), in.needed_scopes.end(), scope) == in.needed_scopes.end()) {
      more.push_back(Escape(scope, 64));
    }
  }
  std::vector<std::string> unasked;  // needed, and left out of okta.scopes
  for (const std::string& scope : missing) {
    const auto asked_in = [&](const std::vector<std::string>& list) { return Holds(list, scope); };
    if (!asked_in(in.credentials.scopes) && !asked_in(in.credentials.extra_scopes)) unasked.push_back(scope);
  }
  if (!missing.empty()) {
    const std::string where = "A super administrator must grant " + List(missing) +
                              ": admin console, Applications > the service app " +
                              Escape(in.credentials.client_id, 128) + " > Okta API Scopes";
    sheet.Fail(
        kOktaScopes,
        "not granted: " + List(missing) +
            (facts.granted.empty() ? "; nothing is" : "; granted: " + Escape(List(facts.granted), 512)),
        unasked.empty() ? where : where + ". Name " + List(unasked) + " in okta.scopes, too");
    return;
  }
  sheet.Pass(kOktaScopes, "granted: " + Escape(List(facts.granted), 512),
             more.empty() ? ""
                          : List(more) + (more.size() == 1 ? " is" : " are") +
                                " more than this configuration needs; take it out of okta.scopes and of the "
                                "service app's Okta API Scopes");
}

void JudgeDpop(const OktaFacts& facts, Sheet& sheet) {
  if (facts.token.has_value() && oauth::TroubleOf(*facts.token) == oauth::TokenTrouble::kProof) {
    FailAs(sheet, kOktaDpop, *facts.token,
           "Compare okta.dpop with \"Require Demonstrating Proof of Possession (DPoP) header in token "
           "requests\" in the service app's General settings");
    return;
  }
  if (sheet.Lacks(kOktaDpop, {kOktaToken})) return;
  if (facts.dpop) {
    sheet.Pass(kOktaDpop, "used: tokens are bound to a key of this process");
  } else if (facts.granted.empty()) {
    sheet.NotKnown(kOktaDpop, "no token was given", kOktaScopes);
  } else {
    sheet.Pass(kOktaDpop,
               "not asked for by the service app, and okta.dpop is not always: bearer tokens are used");
  }
}

void JudgeOrg(const OktaInputs& in, const OktaFacts& facts, Sheet& sheet) {
  if (sheet.Lacks(kOktaOrg, {kOktaName, kOktaTls})) return;
  if (!facts.org.has_value()) {
    sheet.NotKnown(kOktaOrg, "not asked");
  } else if (okta::RefusalOf(facts.org->status()).http == 404) {
    sheet.Fail(kOktaOrg,
               "what answers at this address is no Okta org (404 for /.well-known/okta-organization)",
               "Check okta.org_url: it must be the org's own address, without \"-admin\" and without a path");
  } else if (!facts.org->ok()) {
    FailAs(sheet, kOktaOrg, facts.org->status(),
           "Check okta.org_url: it must be the org's own address, without \"-admin\" and without a path");
  } else if (const okta::Org& org = **facts.org; !in.pinned_org_id.empty() && org.id != in.pinned_org_id) {
    sheet.Fail(kOktaOrg, "the org at this address is " + org.id + ", expected " + in.pinned_org_id,
               "Nothing is synced from it. Check okta.org_url; if the org really changed, set okta.org_id");
  } else {
    Check& check = sheet.Pass(kOktaOrg, org.id + ", " + Escape(org.canonical_url, 200) +
                                            (in.pinned_org_id.empty() ? "" : ", as okta.org_id says"));
    check.facts = {{"org_id", org.id}, {"org_url", org.canonical_url}};
  }
}

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
  sheet.NotKnown(id, "not asked", Holds(facts.granted, kAppsRead) ? "" : kOktaScopes);
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
      FailAs(sheet, kOktaApp, failure, "Try again; when it stays so, look at https://status.okta.com");
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
    FailAs(sheet, kOktaAdminRole, status, kTheRole).todo = kTheRole;
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
    FailAs(sheet, kOktaAdminRole, failure, "Try again; when it stays so, look at https://status.okta.com");
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
                   Holds(facts.granted, kUsersRead) ? "" : kOktaScopes);
  } else if (IsOverRate(facts.person->status())) {
    sheet.NotKnown(kOktaAdminRole, "Okta answered 429", kOktaRate);
  } else if (!facts.person->ok()) {
    FailAs(sheet, kOktaAdminRole, facts.person->status(),
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

void JudgeOkta(const OktaInputs& inputs, const OktaFacts& facts, Sheet& sheet) {
  JudgeReaching(inputs, facts, sheet);
  JudgeTls(inputs, facts, sheet);
  JudgeClock(facts, sheet);
  JudgeToken(inputs, facts, sheet);
  JudgeScopes(inputs, facts, sheet);
  JudgeDpop(facts, sheet);
  JudgeOrg(inputs, facts, sheet);
  JudgeApp(inputs, facts, sheet);
  JudgeRole(facts, sheet);
  JudgeResourceSet(facts, sheet);
  JudgeGroups(inputs, facts, sheet);
  JudgeRate(inputs, facts, sheet);
}

}  // namespace oktasync::enroll
