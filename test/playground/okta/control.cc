#include "okta/control.h"

#include <functional>
#include <map>
#include <stdexcept>

#include "okta/crypto.h"
#include "okta/jws.h"

namespace playground::okta {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// Through text, because the two kinds of JSON keep their members differently.
ordered_json Ordered(const json& args, const char* key) {
  const auto found = args.find(key);
  if (found == args.end()) return ordered_json::object();
  if (!found->is_object()) throw std::invalid_argument(std::string(key) + " must be an object");
  return ordered_json::parse(found->dump());
}

template <typename T>
std::optional<T> Optional(const json& args, const char* key) {
  const auto found = args.find(key);
  if (found == args.end()) return std::nullopt;
  return found->get<T>();
}

std::string Id(const json& args) {
  const auto id = Optional<std::string>(args, "id");
  if (!id) throw std::invalid_argument("say whom: the argument id is missing");
  return *id;
}

bool ByGroup(const json& args) {
  const std::string scope = args.value("scope", "USER");
  if (scope != "USER" && scope != "GROUP") throw std::invalid_argument("scope is USER or GROUP");
  return scope == "GROUP";
}

std::set<std::string> Scopes(const json& args) { return args.at("scopes").get<std::set<std::string>>(); }

}  // namespace

nlohmann::json Control::Run(const std::string& command, const Json& args) {
  using Command = std::function<Json(Control&, const Json&)>;
  const auto each = [](const char* event) -> Command {
    return [event](Control& c, const Json& a) { return c.Each(event, a); };
  };
  static const std::map<std::string, Command> kCommands = {
      // {count?, login?, profile?, app_profile?, user_name?, scope?, status?, assignment_status?, assign?}
      {"hire", [](Control& c, const Json& a) { return c.HirePeople(a); }},
      // {id | ids, scope?}
      {"assign", each("assign")},
      // {id | ids | count}: `count` takes the first assigned people
      {"unassign", each("unassign")},
      {"deactivate", each("deactivate")},
      {"activate", each("activate")},
      {"suspend", each("suspend")},
      {"unsuspend", each("unsuspend")},
      {"delete", each("delete")},
      {"hide", each("hide")},
      {"unhide", each("unhide")},
      // {id, profile?, app_profile?}: null removes an attribute
      {"edit", [](Control& c, const Json& a) { return c.EditPerson(a); }},
      // {id, user_name}
      {"rename", [](Control& c, const Json& a) { return c.RenamePerson(a); }},
      // {id, user_status?, assignment_status?}: any words; "" as assignment_status: not assigned
      {"set_status", [](Control& c, const Json& a) { return c.SetStatus(a); }},
      // {name, type?, id | ids | count}: the members; gives {id}
      {"add_group", [](Control& c, const Json& a) { return c.AddGroup(a); }},
      // {id, name}
      {"rename_group", [](Control& c, const Json& a) { return c.RenameGroup(a); }},
      // {id}
      {"delete_group", [](Control& c, const Json& a) { return c.DeleteGroup(a); }},
      // {group, id | ids | count}
      {"join_group", [](Control& c, const Json& a) { return c.SetMembers(a, true); }},
      {"leave_group", [](Control& c, const Json& a) { return c.SetMembers(a, false); }},
      // [{id, name, type, members}, …]
      {"groups", [](Control& c, const Json&) { return c.org_.GroupSummaries(); }},
      // {name, label?, status?, acs_url?}: another SAML app, that is only listed: {id}
      {"add_app",
       [](Control& c, const Json& a) {
         OrgApp app;
         app.name = a.at("name").get<std::string>();
         app.label = a.value("label", "Another app");
         app.status = a.value("status", "ACTIVE");
         app.acs_url = a.value("acs_url", "");
         return Json{{"id", c.org_.AddApp(std::move(app))}};
       }},
      // {status?, implicit_assignment?}
      {"app", [](Control& c, const Json& a) { return c.SetApp(a); }},
      // {id?} or {offset?, limit?}
      {"people", [](Control& c, const Json& a) { return c.People(a); }},
      // {id}: {summary…, user, app_user}
      {"person", [](Control& c, const Json& a) { return c.WholePerson(a); }},
      // {name, from: "user" | "app" | "both"}
      {"drop_attribute", [](Control& c, const Json& a) { return c.ShowAttribute(a, false); }},
      {"restore_attribute", [](Control& c, const Json& a) { return c.ShowAttribute(a, true); }},
      // {bucket, limit?, remaining?, window_seconds?}
      {"rate", [](Control& c, const Json& a) { return c.SetRate(a); }},
      // {seconds}: of tokens issued from now on
      {"token_lifetime",
       [](Control& c, const Json& a) {
         c.tokens_.SetLifetime(a.at("seconds").get<int64_t>());
         return Json::object();
       }},
      {"revoke_tokens",
       [](Control& c, const Json&) {
         c.tokens_.RevokeAll();
         return Json::object();
       }},
      // {jwk}: a public key as an admin pastes it: {kid}
      // {kid, type?: "ec" | "rsa"}: a removed key comes back, else a new one is made: {kid, private_key_file}
      {"add_key", [](Control& c, const Json& a) { return c.AddKey(a); }},
      // {kid}
      {"remove_key",
       [](Control& c, const Json& a) {
         if (!c.tokens_.RemoveKey(a.at("kid").get<std::string>()))
           throw std::invalid_argument("no key of that kid");
         return Json::object();
       }},
      // {scopes}: granted to the app; tokens issued before keep theirs
      {"grant_scopes",
       [](Control& c, const Json& a) {
         c.tokens_.GrantScopes(Scopes(a));
         return Json::object();
       }},
      // {scopes}: that every call needs besides its own
      {"require_scopes",
       [](Control& c, const Json& a) {
         c.tokens_.RequireScopes(Scopes(a));
         return Json::object();
       }},
      // {assertions, proofs, tokens}: all secrets that the client has shown or been given, for a test to look for
      {"secrets", [](Control& c, const Json&) { return c.tokens_.entrusted().Show(); }},
      // {dpop_bound_access_tokens?, refuse_bearer?, ignore_proofs?, resource_nonce?}: see Tokens::DpopSetting
      {"dpop", [](Control& c, const Json& a) { return c.SetDpop(a); }},
      // {forget?}: Okta has a new nonce; those before are good for three days, or no more
      {"renew_dpop_nonce",
       [](Control& c, const Json& a) {
         c.tokens_.RenewNonce(a.value("forget", false));
         return Json::object();
       }},
      // {seconds}: Okta's clock against the machine's
      {"clock_offset",
       [](Control& c, const Json& a) {
         c.clock_.SetOffset(static_cast<int64_t>(a.at("seconds").get<double>() * 1000));
         return Json::object();
       }},
      // {name}: keeps people, groups and the app as they are under that name; brings them back
      {"save",
       [](Control& c, const Json& a) {
         c.org_.Save(a.at("name").get<std::string>());
         return Json::object();
       }},
      {"restore",
       [](Control& c, const Json& a) {
         c.org_.Restore(a.at("name").get<std::string>());
         c.record_.Add({{"side", "control"}, {"kind", "restore"}, {"call", "okta"}, {"name", a["name"]}});
         return Json::object();
       }},
      // {path?, kind, after?, times?, status?, seconds?, …}: see faults.h
      {"fault",
       [](Control& c, const Json& a) {
         c.faults_.Add(a);
         return Json::object();
       }},
      // {struck}: how many requests faults have hit since they were last cleared
      {"faults",
       [](Control& c, const Json&) -> Json {
         return {{"struck", c.faults_.struck()}};
       }},
      {"clear_faults",
       [](Control& c, const Json&) {
         c.faults_.Clear();
         return Json::object();
       }},
  };
  const auto found = kCommands.find(command);
  if (found == kCommands.end()) {
    std::string known;
    for (const auto& [name, unused] : kCommands) known += (known.empty() ? "" : ", ") + name;
    throw std::invalid_argument("no command okta/" + command + "; there are " + known);
  }
  if (!args.is_object()) throw std::invalid_argument("the arguments must be a JSON object");
  return found->second(*this, args);
}

void Control::RecordEvent(const std::string& event, const std::string& id, Json details) {
  details["side"] = "okta";
  details["kind"] = "event";
  details["event"] = event;
  if (!id.empty()) {
    const Json summary = org_.Summary(id);
    details["id"] = id;
    details["user_name"] = summary["user_name"];
    details["status"] = summary["status"];
    details["assignment_status"] = summary["assignment_status"];
  }
  record_.Add(std::move(details));
}

nlohmann::json Control::HirePeople(const Json& args) {
  Hire hire;
  const uint64_t count = args.value("count", uint64_t{1});
  hire.login = args.value("login", "");
  hire.user_name = args.value("user_name", "");
  if (count != 1 && (!hire.login.empty() || !hire.user_name.empty())) {
    throw std::invalid_argument("login and user_name are for one person at a time");
  }
  hire.status = args.value("status", "");
  hire.assignment_status = args.value("assignment_status", "");
  hire.by_group = ByGroup(args);
  hire.assign = args.value("assign", true);
  hire.profile = Ordered(args, "profile");
  hire.app_profile = Ordered(args, "app_profile");
  Json out = {{"ids", Json::array()}, {"user_names", Json::array()}};
  for (uint64_t i = 0; i < count; ++i) {
    const std::string id = org_.HireOne(hire);
    RecordEvent("hire", id);
    out["ids"].push_back(id);
    out["user_names"].push_back(org_.Summary(id)["user_name"]);
  }
  return out;
}

std::vector<std::string> Control::Ids(const Json& args, bool count_allowed) const {
  if (args.contains("ids")) return args["ids"].get<std::vector<std::string>>();
  if (!args.contains("count")) return {Id(args)};
  if (!count_allowed) throw std::invalid_argument("count takes assigned people; this needs id or ids");
  const auto count = args["count"].get<uint64_t>();
  std::vector<std::string> ids = org_.Assigned(count);
  if (ids.size() < count) {
    throw std::invalid_argument("only " + std::to_string(ids.size()) + " people are assigned");
  }
  return ids;
}

nlohmann::json Control::Each(const std::string& event, const Json& args) {
  using Act = std::function<void(const std::string&)>;
  const bool by_group = ByGroup(args);
  const std::map<std::string, Act> acts = {
      {"assign", [&](const std::string& id) { org_.Assign(id, by_group); }},
      {"unassign", [&](const std::string& id) { org_.Unassign(id); }},
      {"deactivate", [&](const std::string& id) { org_.Deactivate(id); }},
      {"activate", [&](const std::string& id) { org_.Activate(id); }},
      {"suspend", [&](const std::string& id) { org_.Suspend(id); }},
      {"unsuspend", [&](const std::string& id) { org_.Unsuspend(id); }},
      {"delete", [&](const std::string& id) { org_.Delete(id); }},
      {"hide", [&](const std::string& id) { org_.SetHidden(id, true); }},
      {"unhide", [&](const std::string& id) { org_.SetHidden(id, false); }},
  };
  const bool of_assigned =
      event != "assign" && event != "activate" && event != "unsuspend" && event != "unhide";
  const std::vector<std::string> ids = Ids(args, of_assigned);
  for (const std::string& id : ids) {
    acts.at(event)(id);
    RecordEvent(event, id);
  }
  return {{"ids", ids}};
}

nlohmann::json Control::EditPerson(const Json& args) {
  const std::string id = Id(args);
  const ordered_json profile = Ordered(args, "profile");
  const ordered_json app_profile = Ordered(args, "app_profile");
  if (profile.empty() && app_profile.empty()) throw std::invalid_argument("give profile or app_profile");
  org_.Edit(id, profile, app_profile);
  RecordEvent("edit", id,
              {{"profile", args.value("profile", Json::object())},
               {"app_profile", args.value("app_profile", Json::object())}});
  return {{"id", id}};
}

nlohmann::json Control::RenamePerson(const Json& args) {
  const std::string id = Id(args);
  const Json before = org_.Summary(id);
  org_.Rename(id, args.at("user_name").get<std::string>());
  RecordEvent("rename", id, {{"before", before["user_name"]}});
  return {{"id", id}, {"before", before["user_name"]}};
}

nlohmann::json Control::SetStatus(const Json& args) {
  const std::string id = Id(args);
  org_.SetStatus(id, Optional<std::string>(args, "user_status"),
                 Optional<std::string>(args, "assignment_status"));
  RecordEvent("set_status", id);
  return org_.Summary(id);
}

nlohmann::json Control::SetApp(const Json& args) {
  org_.SetApp(Optional<std::string>(args, "status"), Optional<bool>(args, "implicit_assignment"));
  RecordEvent("app", "", {{"id", org_.app_id()}, {"change", args}});
  return Json::object();
}

nlohmann::json Control::People(const Json& args) const {
  if (args.contains("id")) return Json::array({org_.Summary(Id(args))});
  return org_.Summaries(args.value("offset", uint64_t{0}), args.value("limit", UINT64_MAX));
}

nlohmann::json Control::WholePerson(const Json& args) const {
  const std::string id = Id(args);
  Json out = org_.Summary(id);
  const auto user = org_.UserJson(id);
  const auto app_user = org_.AppUserJson(id, false, {});
  out["user"] = user ? Json::parse(*user) : Json();
  out["app_user"] = app_user ? Json::parse(*app_user) : Json();
  return out;
}

nlohmann::json Control::ShowAttribute(const Json& args, bool shown) {
  const std::string name = args.at("name").get<std::string>();
  const std::string from = args.value("from", "both");
  if (from != "user" && from != "app" && from != "both") {
    throw std::invalid_argument("from is \"user\", \"app\" or \"both\"");
  }
  org_.ShowAttribute(name, from != "app", from != "user", shown);
  RecordEvent(shown ? "restore_attribute" : "drop_attribute", "", {{"name", name}, {"from", from}});
  return Json::object();
}

nlohmann::json Control::SetRate(const Json& args) {
  rates_.Set(args.at("bucket").get<std::string>(), Optional<int64_t>(args, "limit"),
             Optional<int64_t>(args, "remaining"), Optional<double>(args, "window_seconds"));
  return Json::object();
}

nlohmann::json Control::SetDpop(const Json& args) {
  Tokens::DpopSetting setting = tokens_.dpop();
  setting.bound_access_tokens = args.value("dpop_bound_access_tokens", setting.bound_access_tokens);
  setting.refuse_bearer = args.value("refuse_bearer", setting.refuse_bearer);
  setting.ignore_proofs = args.value("ignore_proofs", setting.ignore_proofs);
  setting.resource_nonce = args.value("resource_nonce", setting.resource_nonce);
  tokens_.SetDpop(setting);
  return Json::object();
}

nlohmann::json Control::AddKey(const Json& args) {
  if (args.contains("jwk")) {
    const Json& jwk = args["jwk"];
    Key pasted = KeyFromJwk(jwk);
    // What Okta's form asks for: a public key for signatures, with an id of its own.
    if (pasted == nullptr) throw std::invalid_argument("not a public JWK");
    if (jwk.value("use", "sig") != "sig") throw std::invalid_argument("use must be sig");
    const std::string pasted_kid = jwk.value("kid", "");
    if (pasted_kid.empty()) throw std::invalid_argument("the JWK has no kid");
    tokens_.AddKey(pasted_kid, std::move(pasted));
    return {{"kid", pasted_kid}};
  }
  const std::string kid = args.at("kid").get<std::string>();
  if (kid.empty() || kid.find_first_of("/\\") != std::string::npos)
    throw std::invalid_argument("not a usable kid");
  if (tokens_.RestoreKey(kid)) return {{"kid", kid}, {"private_key_file", nullptr}};
  const std::string type = args.value("type", "ec");
  if (type != "ec" && type != "rsa") throw std::invalid_argument("type is \"ec\" or \"rsa\"");
  Key key = type == "rsa" ? MakeRsaKey() : MakeEcKey();
  const std::string file = dir_ + "/okta-client-" + kid + ".pem";
  WriteFile(file, PrivatePem(key.get()), true);
  tokens_.AddKey(kid, std::move(key));
  return {{"kid", kid}, {"private_key_file", file}};
}

}  // namespace playground::okta
