#include "base/json.h"
#include "base/text.h"
#include "commands.h"
#include "nlohmann/json.hpp"
#include "session.h"
#include "tell.h"

namespace oktasync::host {
namespace {

constexpr JsonLimits kSetLimits{size_t{4} << 20, 8};

// The key of that id, or the first; null when there is none.
nlohmann::json Choose(const nlohmann::json& set, const std::string& key_id) {
  for (const nlohmann::json& key : set.at("keys")) {
    if (key_id.empty() || JsonString(key, "kid") == key_id) return key;
  }
  return nullptr;
}

}  // namespace

int ShowKeys(const Desk& desk) {
  Session session(desk.options, desk.screen, desk.log);
  if (const int code = session.Prepare(); code >= 0) return code;
  std::string text;
  if (const PluginError error = session.library().Jwks(session.config().json, &text); !error.ok()) {
    Tell(desk.screen, "the public keys cannot be printed", error);
    return kExitUsage;
  }
  const absl::StatusOr<nlohmann::json> set = ParseJson(text, kSetLimits);
  if (!set.ok() || !set->is_object() || !set->contains("keys") || !set->at("keys").is_array()) {
    Tell(desk.screen, "the plugin gave no JWK Set");
    return kExitFailed;
  }
  const bool single = desk.options.single || !desk.options.key_id.empty();
  const nlohmann::json shown = single ? Choose(*set, desk.options.key_id) : *set;
  if (shown.is_null()) {
    Tell(desk.screen, "the configuration has no key with the id " + desk.options.key_id +
                          "; without --key-id the one that signs is printed");
    return kExitUsage;
  }
  desk.screen.Out(DumpJson(shown, desk.options.json ? -1 : 2) + "\n");
  return kExitDone;
}

}  // namespace oktasync::host
