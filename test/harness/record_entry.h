// What an entry of the playground's record says. Total: what is not there reads as "".
#pragma once

#include <string>

#include "nlohmann/json.hpp"

namespace harness {

std::string Text(const nlohmann::json& object, const char* key);

// Of a user or a lock; null has none.
std::string Label(const nlohmann::json& resource, const char* key);

// The user whom a lock targets.
std::string Target(const nlohmann::json& lock);

// Whether the lock is in force so long after `at`, in seconds of the epoch.
bool Lasts(const nlohmann::json& lock, double at);

// An object of that source: okta's origin, and our label.
bool IsOf(const nlohmann::json& resource, const std::string& source);

// What Okta's answer says tells of nobody: it was another one, or not the whole of it.
bool Garbled(const nlohmann::json& entry);

// A write that the auth service accepted from a client, not by the admin's side door.
bool IsWrite(const nlohmann::json& entry);

}  // namespace harness
