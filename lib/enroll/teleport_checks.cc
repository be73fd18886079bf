#include "enroll/teleport_checks.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "enroll/identity_checks.h"
#include "enroll/server_versions.h"
#include "model/role_check.h"
#include "teleport/host_key.h"

namespace oktasync::enroll {
namespace {

bool IsIn(const std::vector<std::string>& items, const std::string& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

std::vector<std::string> Escaped(const std::vector<std::string>& items) {
  std::vector<std::string> out;
  for (const std::string& item : items) out.push_back(Escape(item, 128));
  return out;
}

// PERMISSION_DENIED is an answer: the connection stands.
bool Denied(const TeleportFacts& facts) {
  return facts.server.has_value() && absl::IsPermissionDenied(facts.server->status());
}

void JudgeTunnel(const TeleportInputs& in, const TeleportFacts& facts, Sheet& sheet) {
  if (sheet.Lacks(kTeleportTunnel, facts.secured_by_host
                                       ? std::initializer_list<std::string_view>{}
                                       : std::initializer_list<std::string_view>{
                                             kTeleportIdentity, kTeleportSystemRole, kTeleportExpiry})) {
    return;
  }
  const std::string address = Escape(in.client.address, 256);
  if (!facts.server.has_value()) {
    sheet.NotKnown(kTeleportTunnel, "not asked");
  } else if (facts.server->ok() || Denied(facts)) {
    sheet.Pass(kTeleportTunnel, facts.secured_by_host
                                    ? address + ", through the host's own connection"
                                    : address + ": TLS stands, and the server is of the cluster's CA");
  } else if (const std::string message = Message(facts.server->status());
             message.find("HTTP proxy") != std::string::npos) {
    sheet.Fail(
        kTeleportTunnel, message,
        "Check the proxy that https_proxy (or HTTPS_PROXY) names in the environment of oktasync, and that it "
        "lets us through to teleport.address; no_proxy names hosts that are reached without it");
  } else if (facts.server->status().code() == absl::StatusCode::kUnauthenticated ||
             facts.server->status().code() == absl::StatusCode::kFailedPrecondition) {
    sheet.Fail(kTeleportTunnel, message,
               "Nothing is sent before both sides are proved. Mend what the message names: teleport.address, "
               "teleport.proxy or what teleport.identity names");
  } else {
    sheet.Fail(
        kTeleportTunnel, message,
        "Check teleport.address, that the auth server is up, and that this machine may reach its port");
  }
}

bool LacksServer(std::string_view id, const TeleportFacts& facts, Sheet& sheet) {
  // With the host's own identity there is nothing known of it, which is no hindrance.
  if (sheet.Lacks(id, {kTeleportTunnel})) return true;
  if (!Denied(facts)) return false;
  sheet.NotKnown(id, "the server refuses every call", kTeleportReads);
  return true;
}

void JudgeServer(const TeleportFacts& facts, Sheet& sheet) {
  if (LacksServer(kTeleportVersion, facts, sheet)) return;
  const teleport::ServerInfo& server = **facts.server;
  const VersionVerdict verdict = JudgeVersion(server.version);
  const std::string shown = "cluster " + Escape(server.cluster_name, 128) + ", version " +
                            (server.version.empty() ? "not told" : Escape(server.version, 64));
  if (!verdict.readable) {
    sheet.NotKnown(kTeleportVersion, shown);
    return;
  }
  std::string words = shown;
  for (const std::string& known : verdict.known) words += "; " + known;
  if (!verdict.usable) {
    sheet.Fail(kTeleportVersion, words, "Upgrade the auth server");
    return;
  }
  Check& check =
      sheet.Pass(kTeleportVersion, words + (verdict.known.empty() ? "; no bug of it is known to matter" : ""),
                 verdict.tried ? ""
                               : "It is newer than every version that this was made for: try a plan "
                                 "first");
  check.facts = {{"cluster", server.cluster_name}, {"version", server.version}};
}

// What a role that could not be read means for the check that needs it.
void RoleTrouble(std::string_view id, const std::string& role, const absl::Status& failure, Sheet& sheet) {
  if (absl::IsNotFound(failure)) {
    sheet.Fail(
        id, "the role " + Escape(role, 128) + " does not exist in Teleport",
        "Create it (tctl create), or correct the configuration; until then creates and updates that need it "
        "wait. okta-requester is a preset of Teleport Enterprise alone: on other editions name a role of "
        "yours in users.default_role");
  } else {
    sheet.NotKnown(id, "the role " + Escape(role, 128) + " could not be read", kTeleportReads);
  }
}

void JudgeRoles(const TeleportInputs& in, const TeleportFacts& facts, Sheet& sheet) {
  const auto status_of = [&](const std::string& role) {
    const auto it = facts.roles.find(role);
    return it == facts.roles.end() ? absl::UnknownError("not asked") : it->second.status();
  };
  if (!LacksServer(kTeleportDefaultRole, facts, sheet)) {
    if (in.default_role.empty()) {
      sheet.Pass(kTeleportDefaultRole, "none is configured");
    } else if (const absl::Status status = status_of(in.default_role); status.ok()) {
      sheet.Pass(kTeleportDefaultRole, Escape(in.default_role, 128) + " exists");
    } else {
      RoleTrouble(kTeleportDefaultRole, in.default_role, status, sheet);
    }
  }
  if (LacksServer(kTeleportRuleRoles, facts, sheet)) return;
  std::vector<std::string> missing, unread, found;
  for (const std::string& role : in.roles) {
    if (role == in.default_role) continue;
    const absl::Status status = status_of(role);
    (status.ok() ? found : absl::IsNotFound(status) ? missing : unread).push_back(Escape(role, 128));
  }
  if (!missing.empty()) {
    sheet.Fail(
        kTeleportRuleRoles,
        List(missing) + (missing.size() == 1 ? " does" : " do") + " not exist in Teleport",
        "Create what is missing (tctl create), or correct users.roles_by_attribute and users.roles_by_group; "
        "until then creates and updates that need it wait");
  } else if (!unread.empty()) {
    sheet.NotKnown(kTeleportRuleRoles, List(unread) + " could not be read", kTeleportReads);
  } else {
    sheet.Pass(kTeleportRuleRoles, found.empty() ? "no rule gives a role" : List(found) + " exist");
  }
}

void JudgePower(const TeleportInputs& in, const TeleportFacts& facts, Sheet& sheet) {
  if (LacksServer(kTeleportRolePower, facts, sheet)) return;
  std::vector<std::string> mighty, names, allowed;
  size_t read = 0;
  for (const auto& [name, role] : facts.roles) {
    if (!role.ok()) continue;
    ++read;
    const std::string power = Administers(*role);
    if (power.empty()) continue;
    if (IsIn(in.allow_powerful_roles, name)) {
      allowed.push_back(Escape(name, 128));
    } else {
      names.push_back(Escape(name, 128));
      mighty.push_back("the role " + Escape(name, 128) + " " + power);
    }
  }
  if (!mighty.empty()) {
    std::string words;
    for (const std::string& role : mighty) words += (words.empty() ? "" : "; ") + role;
    sheet.Fail(
        kTeleportRolePower, words + ": it could administer the cluster",
        "Give another role, or name " + List(names) +
            " in users.allow_powerful_roles if Okta is to decide who has it; until then creates and updates "
            "that need it wait");
  } else if (read == 0 && !facts.roles.empty()) {
    sheet.Lacks(kTeleportRolePower, {kTeleportDefaultRole, kTeleportRuleRoles});
  } else {
    sheet.Pass(kTeleportRolePower, allowed.empty()
                                       ? "no role that is given could administer the cluster"
                                       : List(allowed) +
                                             " could administer the cluster, and users.allow_powerful_roles "
                                             "names it");
  }
}

void JudgeReads(const TeleportFacts& facts, Sheet& sheet) {
  constexpr char kWho[] =
      "The system role Okta has these rights in Teleport 15 and newer: check that the identity is of this "
      "cluster, "
      "and that no lock is in force on it (tctl get locks)";
  if (Denied(facts)) {
    sheet.Fail(kTeleportReads, Message(facts.server->status()), kWho);
    return;
  }
  if (LacksServer(kTeleportReads, facts, sheet)) return;
  std::vector<std::string> allowed;
  std::string refused;
  for (const auto& [call, status] : facts.reads) {
    if (status.ok()) {
      allowed.push_back(call);
    } else {
      refused += (refused.empty() ? "" : "; ") + Message(status);
    }
  }
  if (!refused.empty()) {
    sheet.Fail(kTeleportReads, refused, kWho);
  } else {
    sheet.Pass(kTeleportReads, List(allowed) + " are allowed");
  }
}

void JudgeWrites(const TeleportFacts& facts, Sheet& sheet) {
  if (LacksServer(kTeleportWrites, facts, sheet)) return;
  sheet.NotKnown(
      kTeleportWrites,
      "creating, changing and deleting users, locking and taking the lease can only be tried by doing it; "
      "the system role Okta has these rights in Teleport 15 and newer");
}

void JudgeConnector(const TeleportInputs& in, const TeleportFacts& facts, Sheet& sheet) {
  if (in.connector.type.empty()) {
    sheet.Pass(kTeleportConnector, "none is configured (users.connector)");
    return;
  }
  if (LacksServer(kTeleportConnector, facts, sheet)) return;
  const std::string called =
      facts.connector.has_value() && facts.connector->ok() ? (*facts.connector)->name : in.connector.name;
  const std::string name = Escape(in.connector.type, 16) + " connector " + Escape(called, 128);
  constexpr char kCreate[] =
      "Create it (tctl create), or name the one that people log in through in users.connector; without it "
      "the "
      "imported people cannot log in. SAML is in Teleport Enterprise alone";
  if (!facts.connector.has_value()) {
    sheet.NotKnown(kTeleportConnector, "the system role Okta may not read the " + name);
  } else if (const absl::Status& status = facts.connector->status(); absl::IsNotFound(status)) {
    sheet.Fail(kTeleportConnector,
               in.find_connector ? Message(status) : "there is no " + name + " in Teleport", kCreate);
  } else if (absl::IsFailedPrecondition(status)) {
    sheet.Fail(kTeleportConnector, Message(status),
               "Name the one that people log in through in users.connector");
  } else if (!status.ok()) {
    const Check* org = sheet.Find(kOktaOrg);
    const bool no_org = in.find_connector && org != nullptr && org->outcome != Outcome::kPass;
    sheet.NotKnown(kTeleportConnector, Message(status), no_org ? kOktaOrg : "");
  } else if (const std::string& app = (*facts.connector)->okta_app_id;
             !app.empty() && !facts.app_id.empty() && app != facts.app_id) {
    sheet.Fail(
        kTeleportConnector,
        "the " + name + " is of the Okta app " + Escape(app, 64) + ", people are imported from " +
            facts.app_id,
        "Who is assigned to one app cannot log in through another: correct okta.app_id or users.connector "
        "(the connector's label is teleport.internal/okta-app-id)");
  } else if (app.empty() && !facts.logs_in_at.empty()) {
    sheet
        .NotKnown(kTeleportConnector, "the " + name + " logs people in at " + Escape(facts.logs_in_at, 200) +
                                          "; whether that is another address of this Okta org is not known")
        .todo =
        "If it is another org or provider, the imported people cannot log in: name the right one in "
        "users.connector";
  } else {
    sheet.Pass(
        kTeleportConnector,
        "the " + name + " exists" + (app.empty() || facts.app_id.empty() ? "" : ", and is of this Okta app"));
  }
}

void JudgeLease(const TeleportFacts& facts, Sheet& sheet) {
  if (LacksServer(kTeleportLease, facts, sheet)) return;
  if (facts.lease.empty()) {
    if (sheet.Lacks(kTeleportLease, {kOktaOrg, kOktaApp})) return;
    sheet.NotKnown(kTeleportLease, "its name is not known", kOktaOrg);
    return;
  }
  if (!facts.holders.has_value() || !facts.holders->ok()) {
    sheet.NotKnown(kTeleportLease, "could not be read", kTeleportReads);
    return;
  }
  const std::vector<teleport::LeaseHolder>& holders = **facts.holders;
  if (holders.empty()) {
    sheet.Pass(kTeleportLease, "nobody holds " + facts.lease);
    return;
  }
  const teleport::LeaseHolder& first = holders.front();
  // No failure: so a standby looks, too.
  sheet
      .Pass(kTeleportLease,
            Escape(first.holder, 256) + " holds " + facts.lease + " until " +
                teleport::TimeInWords(first.expires),
            "Another oktasync syncs this app, and a sync from here would stand by. If it is the one that is "
            "meant "
            "to, all is well; if it was killed, the lease ends by itself")
      .facts = {
      {"holder", first.holder}, {"lease", facts.lease}, {"until", teleport::TimeInWords(first.expires)}};
}

void JudgeAppLabels(const TeleportInputs& in, const TeleportFacts& facts, Sheet& sheet) {
  if (LacksServer(kTeleportAppLabels, facts, sheet)) return;
  std::vector<std::string> ours;
  for (const auto& [name, role] : facts.roles) {
    if (role.ok() && HasWildcardApps(*role)) ours.push_back(Escape(name, 128));
  }
  std::string others;
  if (facts.wildcard_roles.has_value() && facts.wildcard_roles->ok()) {
    std::vector<std::string> names = **facts.wildcard_roles;
    std::erase_if(names, [&](const std::string& name) { return IsIn(in.roles, name); });
    constexpr size_t kShown = 10;
    const size_t more = names.size() > kShown ? names.size() - kShown : 0;
    names.resize(std::min(names.size(), kShown));
    if (!names.empty()) {
      others = "; of the roles that a sync does not give: " + List(Escaped(names)) +
               (more > 0 ? " and " + std::to_string(more) + " more" : "");
    }
  }
  if (!ours.empty()) {
    sheet.Fail(
        kTeleportAppLabels,
        List(ours) + (ours.size() == 1 ? " has" : " have") + " a wildcard in app_labels" + others,
        "It opens every Okta application that Teleport knows to whoever has the role: name labels instead");
  } else {
    sheet.Pass(kTeleportAppLabels, "no role that is given has a wildcard in app_labels" + others);
  }
}

}  // namespace

void JudgeTeleport(const TeleportInputs& inputs, const TeleportFacts& facts, Sheet& sheet) {
  JudgeIdentity(inputs, facts, sheet);
  JudgeTunnel(inputs, facts, sheet);
  JudgeRenewal(inputs, facts, sheet);
  JudgeServer(facts, sheet);
  JudgeRoles(inputs, facts, sheet);
  JudgePower(inputs, facts, sheet);
  JudgeReads(facts, sheet);
  JudgeWrites(facts, sheet);
  JudgeConnector(inputs, facts, sheet);
  JudgeLease(facts, sheet);
  JudgeAppLabels(inputs, facts, sheet);
}

}  // namespace oktasync::enroll
