#include "harness/record_entry.h"

namespace harness {

using nlohmann::json;

std::string Text(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

std::string Label(const json& resource, const char* key) {
  return resource.is_object() && resource.contains("labels") ? Text(resource["labels"], key) : "";
}

std::string Target(const json& lock) {
  return lock.is_object() && lock.contains("target") ? Text(lock["target"], "user") : "";
}

bool Lasts(const json& lock, double at) {
  if (!lock.is_object()) return false;
  const auto expires = lock.find("expires");
  return expires == lock.end() || expires->is_null() || expires->get<double>() > at;
}

bool IsOf(const json& resource, const std::string& source) {
  return Label(resource, "teleport.dev/origin") == "okta" && Label(resource, "oktasync/source") == source;
}

bool Garbled(const json& entry) {
  const std::string fault = Text(entry, "fault");
  for (const char* kind : {"html", "bad_json", "body", "echo", "truncate", "chunked_cut", "tls_cut",
                           "short_length", "drop_embedded", "null_embedded", "missing_id"}) {
    if (fault == kind) return true;
  }
  return false;
}

bool IsWrite(const json& entry) { return Text(entry, "kind") == "write" && Text(entry, "side") == "auth"; }

}  // namespace harness
