#include "enroll/okta_checks.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "enroll/okta_app_checks.h"
#include "http/stage.h"
#include "oauth/token_errors.h"

namespace oktasync::enroll {
namespace {

void JudgeReaching(const OktaInputs& in, const OktaFacts& facts, Sheet& sheet) {
  if (facts.keys.ok() && !facts.key_trouble.empty()) {
    sheet.Fail(kOktaKey, facts.key_trouble.what, Sentence(facts.key_trouble.todo));
  } else if (facts.keys.ok()) {
    sheet.Pass(kOktaKey, facts.key_ids.size() == 1 ? "signs as key id " + Escape(facts.key_ids.front(), 128)
                                                   : "sign as key ids " + Escape(List(facts.key_ids), 512));
  } else {
    sheet.Fail(
        kOktaKey, Message(facts.keys),
        "Mend each file that is named. It holds one private key, not encrypted (EC P-256, or RSA of 2048 "
        "bits or "
        "more), which no other entry names, with mode 0600 and owned by who runs oktasync; then `oktasync "
        "jwks` prints what must be registered with the service app");
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
    sheet.FailAs(kOktaTls, facts.reached, std::move(todo));
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
    sheet.FailAs(kOktaToken, *facts.token, "Try again; when it stays so, look at https://status.okta.com");
  }
}

void JudgeScopes(const OktaInputs& in, const OktaFacts& facts, Sheet& sheet) {
  if (sheet.Lacks(kOktaScopes, {kOktaToken})) return;
  std::vector<std::string> missing;
  for (const std::string& scope : in.needed_scopes) {
    if (!HoldsScope(facts.granted, scope)) missing.push_back(scope);
  }
  std::vector<std::string> more;
  for (const std::string& scope : facts.granted) {
    if (std::find(in.needed_scopes.begin(), in.needed_scopes.end(), scope) == in.needed_scopes.end()) {
      more.push_back(Escape(scope, 64));
    }
  }
  std::vector<std::string> unasked;  // needed, and left out of okta.scopes
  for (const std::string& scope : missing) {
    const auto asked_in = [&](const std::vector<std::string>& list) { return HoldsScope(list, scope); };
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
    sheet.FailAs(kOktaDpop, *facts.token,
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
    sheet.FailAs(
        kOktaOrg, facts.org->status(),
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

}  // namespace

void JudgeOkta(const OktaInputs& inputs, const OktaFacts& facts, Sheet& sheet) {
  JudgeReaching(inputs, facts, sheet);
  JudgeTls(inputs, facts, sheet);
  JudgeClock(facts, sheet);
  JudgeToken(inputs, facts, sheet);
  JudgeScopes(inputs, facts, sheet);
  JudgeDpop(facts, sheet);
  JudgeOrg(inputs, facts, sheet);
  JudgeOktaApp(inputs, facts, sheet);
}

}  // namespace oktasync::enroll
