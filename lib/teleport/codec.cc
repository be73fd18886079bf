#include "teleport/codec.h"

#include <google/protobuf/timestamp.pb.h>

#include "base/status.h"
#include "base/text.h"
#include "model/labels.h"
#include "teleport/legacy/types/types.pb.h"

namespace oktasync::teleport {
namespace {

using google::protobuf::Timestamp;

constexpr int64_t kGoZeroSeconds = -62'135'596'800;  // 0001-01-01 00:00:00 UTC

template <class Message>
absl::Time TimeOr(const Message& message, bool (Message::*has)() const,
                  const Timestamp& (Message::*get)() const, absl::Time unset) {
  return FromTimestamp((message.*has)() ? &(message.*get)() : nullptr, unset);
}

// The record's own expiry counts before the spec's (UserV2.Expiry).
absl::Time UserExpiry(const ::types::UserV2& user) {
  const absl::Time of_record = TimeOr(user.metadata(), &::types::Metadata::has_expires,
                                      &::types::Metadata::expires, absl::InfiniteFuture());
  if (of_record != absl::InfiniteFuture()) return of_record;
  return TimeOr(user.spec(), &::types::UserSpecV2::has_expires, &::types::UserSpecV2::expires,
                absl::InfiniteFuture());
}

template <class Map>
Labels DecodeLabels(const Map& map) {
  Labels labels;
  for (const auto& [key, value] : map) labels.emplace(key, value);
  return labels;
}

// Whole: a label that the record no longer has is gone.
void EncodeLabels(const Labels& labels, ::types::Metadata* metadata) {
  auto& map = *metadata->mutable_labels();
  map.clear();
  for (const auto& [key, value] : labels) map[key] = value;
}

void EncodeExpiry(absl::Time expires, ::types::UserV2* user) {
  if (expires == UserExpiry(*user)) return;  // as read; whichever field it was in
  if (expires == absl::InfiniteFuture()) {
    user->mutable_metadata()->clear_expires();
    user->mutable_spec()->clear_expires();
    return;
  }
  ToTimestamp(expires, user->mutable_metadata()->mutable_expires());
  ToTimestamp(expires, user->mutable_spec()->mutable_expires());
}

void EncodeCreatedBy(const UserRecord& record, absl::Time now, ::types::UserSpecV2* spec) {
  const bool connector = record.connector != ConnectorRef{};
  if (!connector && record.created_by_user.empty() && !spec->has_createdby()) return;
  ::types::CreatedBy* created_by = spec->mutable_createdby();
  if (connector) {
    created_by->mutable_connector()->set_type(record.connector.type);
    created_by->mutable_connector()->set_id(record.connector.name);
    created_by->mutable_connector()->set_identity(record.connector.identity);
  } else {
    created_by->clear_connector();
  }
  if (record.created_by_user.empty()) {
    created_by->clear_user();
    return;
  }
  created_by->mutable_user()->set_name(record.created_by_user);
  // The server fills the time only when it fills the user too.
  if (!created_by->has_time()) ToTimestamp(now, created_by->mutable_time());
}

}  // namespace

absl::Time FromTimestamp(const Timestamp* timestamp, absl::Time unset) {
  if (timestamp == nullptr || timestamp->seconds() <= kGoZeroSeconds) return unset;
  return absl::FromUnixSeconds(timestamp->seconds()) + absl::Nanoseconds(timestamp->nanos());
}

void ToTimestamp(absl::Time time, Timestamp* timestamp) {
  const int64_t seconds = absl::ToUnixSeconds(time);  // rounds down, so the rest is not negative
  timestamp->set_seconds(seconds);
  timestamp->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

UserRecord DecodeUser(const ::types::UserV2& user, std::string_view raw) {
  UserRecord record;
  const ::types::Metadata& metadata = user.metadata();
  const ::types::UserSpecV2& spec = user.spec();
  record.name = metadata.name();
  record.revision = metadata.revision();
  record.labels = DecodeLabels(metadata.labels());
  record.roles.assign(spec.roles().begin(), spec.roles().end());
  for (const auto& [key, values] : spec.traits().values()) {
    if (values.values_size() == 0) continue;  // the server treats it as absent too, when it stores it
    record.traits.emplace(key, std::vector<std::string>(values.values().begin(), values.values().end()));
  }
  const ::types::CreatedBy& created_by = spec.createdby();
  record.connector = {created_by.connector().type(), created_by.connector().id(),
                      created_by.connector().identity()};
  record.created_by_user = created_by.user().name();
  record.expires = UserExpiry(user);
  record.raw = raw.empty() ? user.SerializeAsString() : std::string(raw);
  return record;
}

absl::Status EncodeUser(const UserRecord& record, absl::Time now, ::types::UserV2* user) {
  user->Clear();
  if (!record.raw.empty() && !user->ParseFromString(record.raw)) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "the record of user " + Escape(record.name) +
                                                              " does not hold the message it was read from");
  }
  user->set_kind("user");
  user->set_version("v2");
  ::types::Metadata* metadata = user->mutable_metadata();
  metadata->set_name(record.name);
  metadata->set_revision(record.revision);
  EncodeLabels(record.labels, metadata);
  ::types::UserSpecV2* spec = user->mutable_spec();
  spec->clear_roles();
  for (const std::string& role : record.roles) spec->add_roles(role);
  auto& traits = *spec->mutable_traits()->mutable_values();
  traits.clear();
  for (const auto& [key, values] : record.traits) {
    if (values.empty()) continue;
    for (const std::string& value : values) traits[key].add_values(value);
  }
  EncodeCreatedBy(record, now, spec);
  EncodeExpiry(record.expires, user);
  return absl::OkStatus();
}

LockRecord DecodeLock(const ::types::LockV2& lock) {
  LockRecord record;
  const ::types::Metadata& metadata = lock.metadata();
  const ::types::LockSpecV2& spec = lock.spec();
  const ::types::LockTarget& target = spec.target();
  record.name = metadata.name();
  record.revision = metadata.revision();
  record.labels = DecodeLabels(metadata.labels());
  record.user = target.user();
  // Whatever else is there, kinds of target of a later Teleport included, makes it another lock than ours.
  ::types::LockTarget rest = target;
  rest.clear_user();
  record.user_only = rest.ByteSizeLong() == 0;
  record.message = spec.message();
  record.expires =
      TimeOr(spec, &::types::LockSpecV2::has_expires, &::types::LockSpecV2::expires, absl::InfiniteFuture());
  record.record_expires =
      TimeOr(metadata, &::types::Metadata::has_expires, &::types::Metadata::expires, absl::InfiniteFuture());
  record.created_at = TimeOr(spec, &::types::LockSpecV2::has_createdat, &::types::LockSpecV2::createdat,
                             absl::InfinitePast());
  record.created_by = spec.createdby();
  return record;
}

absl::Status EncodeLock(const LockRecord& record, ::types::LockV2* lock) {
  lock->Clear();
  if (record.user.empty() || !record.user_only) {
    return MakeStatus(absl::StatusCode::kInvalidArgument,
                      "lock " + Escape(record.name) + " does not target exactly one user");
  }
  lock->set_kind("lock");
  lock->set_version("v2");
  ::types::Metadata* metadata = lock->mutable_metadata();
  metadata->set_name(record.name);
  EncodeLabels(record.labels, metadata);
  ::types::LockSpecV2* spec = lock->mutable_spec();
  spec->mutable_target()->set_user(record.user);
  spec->set_message(record.message);
  if (record.expires != absl::InfiniteFuture()) ToTimestamp(record.expires, spec->mutable_expires());
  if (record.record_expires != absl::InfiniteFuture()) {
    ToTimestamp(record.record_expires, metadata->mutable_expires());
  }
  if (record.created_at != absl::InfinitePast()) ToTimestamp(record.created_at, spec->mutable_createdat());
  spec->set_createdby(record.created_by);
  return absl::OkStatus();
}

namespace {

LabelSelector DecodeSelector(const ::wrappers::LabelValues& labels) {
  LabelSelector selector;
  for (const auto& [key, values] : labels.values()) {
    selector.emplace(key, std::vector<std::string>(values.values().begin(), values.values().end()));
  }
  return selector;
}

template <class Texts>
void Append(const Texts& texts, std::vector<std::string>& out) {
  out.insert(out.end(), texts.begin(), texts.end());
}

}  // namespace

RoleFacts DecodeRole(const ::types::RoleV6& role) {
  RoleFacts facts;
  facts.name = role.metadata().name();
  const int64_t nanoseconds = role.spec().options().maxsessionttl();
  if (nanoseconds > 0) facts.max_session_ttl = absl::Nanoseconds(nanoseconds);
  const ::types::RoleConditions& allow = role.spec().allow();
  for (const ::types::Rule& rule : allow.rules()) {
    RoleAllowRule& out = facts.rules.emplace_back();
    Append(rule.resources(), out.resources);
    Append(rule.verbs(), out.verbs);
  }
  Append(allow.logins(), facts.logins);
  Append(allow.kubegroups(), facts.kube_users);
  Append(allow.kubeusers(), facts.kube_users);
  Append(allow.databaseusers(), facts.database_users);
  Append(allow.databaseroles(), facts.database_users);
  Append(allow.windowsdesktoplogins(), facts.desktop_logins);
  facts.node_labels = DecodeSelector(allow.nodelabels());
  facts.app_labels = DecodeSelector(allow.applabels());
  facts.kube_labels = DecodeSelector(allow.kuberneteslabels());
  facts.database_labels = DecodeSelector(allow.databaselabels());
  facts.desktop_labels = DecodeSelector(allow.windowsdesktoplabels());
  // Its members are unknown fields to us; an empty one impersonates nobody.
  facts.impersonates = allow.impersonate().ByteSizeLong() > 0;
  return facts;
}

SamlConnector DecodeSamlConnector(const ::types::SAMLConnectorV2& connector) {
  const auto& all = connector.metadata().labels();
  const auto app = all.find(std::string(labels::kOktaAppId));
  return {connector.metadata().name(), app == all.end() ? "" : app->second, connector.spec().issuer(),
          connector.spec().sso(), connector.spec().assertionconsumerservice()};
}

}  // namespace oktasync::teleport
