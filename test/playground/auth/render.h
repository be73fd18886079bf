// Teleport's messages as JSON for the record and the control port, and back for the control port.
//
// Times are seconds since the epoch as doubles; null means unset. Text that is not UTF-8 is repaired, so the
// JSON can always be printed.
#pragma once

#include <optional>
#include <string>

#include "google/protobuf/timestamp.pb.h"
#include "nlohmann/json.hpp"
#include "teleport/legacy/types/types.pb.h"

namespace playground {

// Go's zero time on the wire: "unset" in both directions.
inline constexpr int64_t kGoZeroSeconds = -62135596800;

// nullopt when unset. An empty Timestamp is 1970, as Go reads it.
std::optional<double> TimeOf(bool has, const google::protobuf::Timestamp& time);
void SetTime(google::protobuf::Timestamp* out, double seconds);

// Replaces bytes that are not UTF-8 by U+FFFD.
std::string Utf8(const std::string& text);

// {name, labels, roles, traits, created_by {user, time, connector {type, id, identity} or null}, revision,
// expires, password_state}. Without traits: {"trait_count": n} in their place.
nlohmann::json Render(const types::UserV2& user, bool with_traits = true);
// {name, labels, target {user, …}, message, expires, metadata_expires, created_at, created_by, revision}
nlohmann::json Render(const types::LockV2& lock);
// {name, labels, max_session_ttl (seconds), rules, impersonates}, and all texts and labels that ParseRole takes
nlohmann::json Render(const types::RoleV6& role);
// [{kind, name, lease_id, holder, expires}, …]
nlohmann::json Render(const types::SemaphoreV3& semaphore);

// The same shapes read; an unknown key or a wrong type throws std::invalid_argument or nlohmann's exception.
types::UserV2 ParseUser(const nlohmann::json& json);
types::LockV2 ParseLock(const nlohmann::json& json);
// {name, labels?, rules? [{resources, verbs}], impersonate? [user, …], search_as_roles?, max_session_ttl?;
// logins?, kube_groups?, kube_users?, db_users?, db_roles?, windows_desktop_logins?: [text, …];
// node_labels?, app_labels?, kubernetes_labels?, db_labels?, windows_desktop_labels?, group_labels?:
// {label: [value, …]}}
types::RoleV6 ParseRole(const nlohmann::json& json);

// In force is decided by spec.expires alone; none means for ever.
bool InForce(const types::LockV2& lock, double now);

// What Go's server sends: sub-messages that are values in Go are always there, times that are unset are Go's
// zero time. Secrets are left out.
types::UserV2 AsSentByGo(types::UserV2 user);
types::LockV2 AsSentByGo(types::LockV2 lock);

}  // namespace playground
