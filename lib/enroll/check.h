// One thing that a preflight looks at, and what came of it. Plain values, and the sheet that they are put on.
//
// Filled by okta_checks.h and teleport_checks.h, shown by `oktasync doctor` and by the C interface's preflight.
// A check whose ground is missing (no token, so no scopes) is not known, and names the check to mend first. No text
// holds a secret; text from outside comes escaped.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "nlohmann/json_fwd.hpp"

namespace oktasync::enroll {

enum class Outcome { kPass, kFail, kNotKnown };
std::string_view ToString(Outcome outcome);  // "pass", "fail", "not_known"

struct Check {
  std::string id;     // "okta.token": fixed, for programs
  std::string title;  // "Okta: access token"
  Outcome outcome = Outcome::kNotKnown;
  std::string seen;     // what was seen, or why nothing could be
  std::string todo;     // what to do about it; "" for nothing. A check that passed may have advice, too
  std::string because;  // of kNotKnown: the id of the check to mend first; "" when there is none
  std::map<std::string, std::string> facts = {};  // what was seen, for programs
};

// The ids, in the order in which a preflight shows them.
inline constexpr std::string_view kOktaKey = "okta.key";
inline constexpr std::string_view kOktaName = "okta.dns";
inline constexpr std::string_view kOktaTls = "okta.tls";
inline constexpr std::string_view kOktaClock = "okta.clock";
inline constexpr std::string_view kOktaToken = "okta.token";
inline constexpr std::string_view kOktaScopes = "okta.scopes";
inline constexpr std::string_view kOktaDpop = "okta.dpop";
inline constexpr std::string_view kOktaOrg = "okta.org";
inline constexpr std::string_view kOktaApp = "okta.app";
inline constexpr std::string_view kOktaAppActive = "okta.app_active";
inline constexpr std::string_view kOktaAppExplicit = "okta.app_explicit";
inline constexpr std::string_view kOktaAdminRole = "okta.admin_role";
inline constexpr std::string_view kOktaResourceSet = "okta.resource_set";
inline constexpr std::string_view kOktaGroups = "okta.groups";
inline constexpr std::string_view kOktaRate = "okta.rate";
inline constexpr std::string_view kTeleportIdentity = "teleport.identity";
inline constexpr std::string_view kTeleportSystemRole = "teleport.system_role";
inline constexpr std::string_view kTeleportExpiry = "teleport.expiry";
inline constexpr std::string_view kTeleportTunnel = "teleport.tunnel";
inline constexpr std::string_view kTeleportRenewal = "teleport.renewal";
inline constexpr std::string_view kTeleportVersion = "teleport.version";
inline constexpr std::string_view kTeleportDefaultRole = "teleport.default_role";
inline constexpr std::string_view kTeleportRuleRoles = "teleport.rule_roles";
inline constexpr std::string_view kTeleportRolePower = "teleport.role_power";
inline constexpr std::string_view kTeleportReads = "teleport.reads";
inline constexpr std::string_view kTeleportWrites = "teleport.writes";
inline constexpr std::string_view kTeleportConnector = "teleport.connector";
inline constexpr std::string_view kTeleportLease = "teleport.lease";
inline constexpr std::string_view kTeleportAppLabels = "teleport.app_labels";
inline constexpr std::string_view kSyncLastWalk = "sync.last_walk";

std::string_view TitleOf(std::string_view id);

// The checks of one preflight, in the order in which they are added. Each id once. Thread-compatible.
class Sheet {
 public:
  Check& Pass(std::string_view id, std::string seen, std::string todo = "");
  Check& Fail(std::string_view id, std::string seen, std::string todo);
  // With what the message says was seen, and what it says to do, or `otherwise` when it says nothing of that.
  Check& FailAs(std::string_view id, const absl::Status& failure, std::string otherwise);
  // `because` is the check to mend first, which may be added later.
  Check& NotKnown(std::string_view id, std::string seen, std::string_view because = "");

  // When one of `grounds`, which are on the sheet, did not pass, `id` is not known because of it, or because of
  // what that one is not known for. True when that was so.
  bool Lacks(std::string_view id, std::initializer_list<std::string_view> grounds);

  // On the sheet already; null when not.
  const Check* Find(std::string_view id) const;
  // Each `because` names a root by now: a check that failed, or that nothing else is to blame for.
  std::vector<Check> Take() &&;

 private:
  Check& Add(std::string_view id, Outcome outcome, std::string seen, std::string todo);
  std::vector<Check> checks_;
};

// {"checks": [{id, title, outcome, seen, todo, because, facts}, …], "passed", "failed", "not_known"}
nlohmann::json ToJson(const std::vector<Check>& checks);

// With a capital letter.
std::string Sentence(std::string text);

// "a, b and c".
std::string List(const std::vector<std::string>& items);

// What a message of ours says was seen, and what it says to do, cut behind the end of a parenthesis: "Okta answered
// … (E0000006: …): assign it a role" and "… no access token (HTTP 401, …); register …"; or before "check" behind it.
// Without either all is seen.
struct Split {
  std::string seen;
  std::string todo;
};
Split SplitAdvice(const absl::Status& failure);

}  // namespace oktasync::enroll
