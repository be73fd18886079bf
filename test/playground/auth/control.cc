#include "auth/control.h"

#include <chrono>
#include <functional>
#include <map>
#include <stdexcept>

#include "auth/render.h"

namespace playground {
namespace {

using nlohmann::json;
using Steady = std::chrono::steady_clock;

struct Scene {
  World& world;
  TlsFront& front;
  Desk& desk;
};
using Command = std::function<json(Scene&, const json&)>;

std::string Name(const json& args) { return args.at("name").get<std::string>(); }

Steady::duration Seconds(const json& args) {
  const double seconds = args.at("seconds").get<double>();
  if (!(seconds >= 0 && seconds < 1e6)) throw std::invalid_argument("seconds out of range");
  return std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
}

json Done() { return {{"ok", true}}; }

json Users(Scene& scene, const json& args) {
  std::lock_guard lock(scene.world.mutex);
  scene.world.Tick();
  json users = json::array();
  const bool brief = args.value("brief", false);
  for (const auto& [name, user] : scene.world.users.Fresh()) {
    users.push_back(brief ? json(Utf8(name)) : Render(ParseStored(*user)));
  }
  return {{"count", users.size()}, {"users", std::move(users)}};
}

json LockJson(World& world, const types::LockV2& lock) {
  json out = Render(lock);
  out["in_force"] = InForce(lock, world.Now()) && !world.dud_locks.contains(lock.metadata().name());
  return out;
}

json Locks(Scene& scene, const json&) {
  std::lock_guard lock(scene.world.mutex);
  scene.world.Tick();
  json locks = json::array();
  for (const auto& [name, stored] : scene.world.locks.Fresh())
    locks.push_back(LockJson(scene.world, *stored));
  return {{"locks", std::move(locks)}};
}

json Leases(Scene& scene, const json&) {
  std::lock_guard lock(scene.world.mutex);
  json leases = json::array();
  for (const auto& [key, semaphore] : scene.world.semaphores) {
    for (json& lease : Render(semaphore)) {
      if (lease["expires"].is_number() && lease["expires"].get<double>() > scene.world.Now()) {
        leases.push_back(std::move(lease));
      }
    }
  }
  return {{"leases", std::move(leases)}};
}

json DropLease(Scene& scene, const json& args) {
  const std::string kind = args.value("kind", ""), name = args.value("name", "");
  std::lock_guard lock(scene.world.mutex);
  int dropped = 0;
  for (auto& [key, semaphore] : scene.world.semaphores) {
    if (!kind.empty() && kind != key.first) continue;
    if (!name.empty() && name != key.second) continue;
    dropped += semaphore.spec().leases_size();
    semaphore.mutable_spec()->clear_leases();
  }
  scene.world.record.Add(
      {{"side", "control"}, {"kind", "lease"}, {"call", "drop_lease"}, {"dropped", dropped}});
  return {{"ok", true}, {"dropped", dropped}};
}

json DeleteUser(Scene& scene, const json& args) {
  std::lock_guard lock(scene.world.mutex);
  if (!scene.world.FindUser(Name(args))) throw std::invalid_argument("no user \"" + Name(args) + "\"");
  scene.world.EraseUser(Name(args), "control", "delete_user");
  return Done();
}

json DeleteLock(Scene& scene, const json& args) {
  std::lock_guard lock(scene.world.mutex);
  if (!scene.world.FindLock(Name(args))) throw std::invalid_argument("no lock \"" + Name(args) + "\"");
  scene.world.EraseLock(Name(args), "control", "delete_lock");
  return Done();
}

// {name, labels?, issuer?, sso?, acs?, display?}
json PutSamlConnector(Scene& scene, const json& args) {
  types::SAMLConnectorV2 connector;
  connector.set_kind("saml");
  connector.set_version("v2");
  connector.mutable_metadata()->set_name(Name(args));
  const json labels = args.value("labels", json::object());  // outlives the loop over its items
  for (const auto& [key, value] : labels.items()) {
    (*connector.mutable_metadata()->mutable_labels())[key] = value.get<std::string>();
  }
  connector.mutable_spec()->set_issuer(args.value("issuer", ""));
  connector.mutable_spec()->set_sso(args.value("sso", ""));
  connector.mutable_spec()->set_assertionconsumerservice(args.value("acs", ""));
  connector.mutable_spec()->set_display(args.value("display", ""));
  std::lock_guard lock(scene.world.mutex);
  scene.world.saml_connectors[Name(args)] = std::move(connector);
  return Done();
}

json DeleteSamlConnector(Scene& scene, const json& args) {
  std::lock_guard lock(scene.world.mutex);
  if (scene.world.saml_connectors.erase(Name(args)) == 0) {
    throw std::invalid_argument("no SAML connector \"" + Name(args) + "\"");
  }
  return Done();
}

json Save(Scene& scene, const json& args) {
  std::lock_guard lock(scene.world.mutex);
  scene.world.saved[Name(args)] = scene.world;
  return Done();
}

json Restore(Scene& scene, const json& args) {
  std::lock_guard lock(scene.world.mutex);
  const auto saved = scene.world.saved.find(Name(args));
  if (saved == scene.world.saved.end())
    throw std::invalid_argument("nothing was saved as \"" + Name(args) + "\"");
  static_cast<Holdings&>(scene.world) = saved->second;
  scene.world.record.Add({{"side", "control"}, {"kind", "restore"}, {"call", "auth"}, {"name", Name(args)}});
  return Done();
}

const std::map<std::string, Command>& Commands() {
  static const std::map<std::string, Command> commands = {
      {"users", Users},
      {"user",
       [](Scene& scene, const json& args) -> json {
         std::lock_guard lock(scene.world.mutex);
         const auto user = scene.world.FindUser(Name(args));
         return {{"user", user ? Render(*user) : json()}};
       }},
      {"locks", Locks},
      {"lock",
       [](Scene& scene, const json& args) -> json {
         std::lock_guard lock(scene.world.mutex);
         const auto stored = scene.world.FindLock(Name(args));
         return {{"lock", stored ? LockJson(scene.world, *stored) : json()}};
       }},
      {"roles",
       [](Scene& scene, const json&) -> json {
         std::lock_guard lock(scene.world.mutex);
         json roles = json::array();
         for (const auto& [name, role] : scene.world.roles) roles.push_back(Render(role));
         return {{"roles", std::move(roles)}};
       }},
      {"leases", Leases},
      {"audit",
       [](Scene& scene, const json&) -> json {
         std::lock_guard lock(scene.world.mutex);
         return {{"audit", scene.world.audit}};
       }},
      {"put_user",
       [](Scene& scene, const json& args) -> json {
         types::UserV2 user = ParseUser(args);
         std::lock_guard lock(scene.world.mutex);
         return {{"user", Render(scene.world.PutUser(std::move(user), "control", "put_user"))}};
       }},
      {"delete_user", DeleteUser},
      {"put_lock",
       [](Scene& scene, const json& args) -> json {
         types::LockV2 put = ParseLock(args);
         std::lock_guard lock(scene.world.mutex);
         if (!put.spec().has_createdat()) SetTime(put.mutable_spec()->mutable_createdat(), scene.world.Now());
         scene.world.dud_locks.erase(put.metadata().name());
         return {{"lock", Render(scene.world.PutLock(std::move(put), "control", "put_lock"))}};
       }},
      {"delete_lock", DeleteLock},
      {"put_role",
       [](Scene& scene, const json& args) -> json {
         std::lock_guard lock(scene.world.mutex);
         scene.world.PutRole(ParseRole(args));
         return Done();
       }},
      {"delete_role",
       [](Scene& scene, const json& args) -> json {
         std::lock_guard lock(scene.world.mutex);
         if (scene.world.roles.erase(Name(args)) == 0) {
           throw std::invalid_argument("no role \"" + Name(args) + "\"");
         }
         return Done();
       }},
      {"put_saml_connector", PutSamlConnector},
      {"delete_saml_connector", DeleteSamlConnector},
      {"lag",
       [](Scene& scene, const json& args) -> json {
         std::lock_guard lock(scene.world.mutex);
         // What listings show by now stays shown.
         scene.world.Tick();
         scene.world.lag = Seconds(args);
         return Done();
       }},
      {"border_bug",
       [](Scene& scene, const json& args) -> json {
         std::lock_guard lock(scene.world.mutex);
         scene.world.border_bug = args.at("on").get<bool>();
         return Done();
       }},
      {"version",
       [](Scene& scene, const json& args) -> json {
         std::lock_guard lock(scene.world.mutex);
         scene.world.version = args.at("version").get<std::string>();
         return Done();
       }},
      {"clock_offset",
       [](Scene& scene, const json& args) -> json {
         std::lock_guard lock(scene.world.mutex);
         scene.world.clock_offset = args.at("seconds").get<double>();
         return Done();
       }},
      {"record_traits",
       [](Scene& scene, const json& args) -> json {
         std::lock_guard lock(scene.world.mutex);
         scene.world.record_traits = args.at("on").get<bool>();
         return Done();
       }},
      {"fault",
       [](Scene& scene, const json& args) -> json {
         scene.world.faults.Add(args);
         return Done();
       }},
      {"faults",
       [](Scene& scene, const json&) -> json {
         return {{"faults", scene.world.faults.Show()}};
       }},
      {"clear_faults",
       [](Scene& scene, const json&) -> json {
         scene.world.faults.Clear();
         scene.desk.WakeAll();
         return Done();
       }},
      {"cut_connections",
       [](Scene& scene, const json&) -> json {
         scene.front.CutAll();
         return Done();
       }},
      {"refuse",
       [](Scene& scene, const json& args) -> json {
         scene.front.RefuseFor(Seconds(args));
         return Done();
       }},
      {"drop_lease", DropLease},
      {"save", Save},
      {"restore", Restore},
  };
  return commands;
}

}  // namespace

json RunControl(World& world, TlsFront& front, Desk& desk, const std::string& command, const json& args) {
  const auto found = Commands().find(command);
  if (found == Commands().end()) throw std::invalid_argument("unknown command \"" + command + "\"");
  Scene scene{world, front, desk};
  return found->second(scene, args.is_null() ? json::object() : args);
}

}  // namespace playground
