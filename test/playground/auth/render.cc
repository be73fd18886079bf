#include "auth/render.h"

#include <cmath>

#include "auth/json_fields.h"

namespace playground {
namespace {

using nlohmann::json;

json TimeJson(bool has, const google::protobuf::Timestamp& time) {
  const auto seconds = TimeOf(has, time);
  return seconds ? json(*seconds) : json();
}

// Length of the UTF-8 sequence at `at`, or 0 when it is none.
size_t SequenceAt(const std::string& text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  size_t length = 0;
  uint32_t code = 0;
  if (first >= 0xc2 && first <= 0xdf) {
    length = 2, code = first & 0x1f;
  } else if (first >= 0xe0 && first <= 0xef) {
    length = 3, code = first & 0x0f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    length = 4, code = first & 0x07;
  } else {
    return 0;
  }
  if (at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(at + i) & 0x3f);
  }
  if (length == 3 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff))) return 0;
  if (length == 4 && (code < 0x10000 || code > 0x10ffff)) return 0;
  return length;
}

}  // namespace

std::optional<double> TimeOf(bool has, const google::protobuf::Timestamp& time) {
  if (!has || time.seconds() <= kGoZeroSeconds) return std::nullopt;
  return static_cast<double>(time.seconds()) + time.nanos() * 1e-9;
}

void SetTime(google::protobuf::Timestamp* out, double seconds) {
  const double whole = std::floor(seconds);
  out->set_seconds(static_cast<int64_t>(whole));
  out->set_nanos(static_cast<int32_t>((seconds - whole) * 1e9));
}

std::string Utf8(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t length = SequenceAt(text, at);
    if (length == 0) {
      out += "\xef\xbf\xbd";
      ++at;
    } else {
      out.append(text, at, length);
      at += length;
    }
  }
  return out;
}

json Render(const types::UserV2& user, bool with_traits) {
  const auto& spec = user.spec();
  const auto& by = spec.createdby();
  json connector;
  if (by.has_connector()) {
    connector = {{"type", Utf8(by.connector().type())},
                 {"id", Utf8(by.connector().id())},
                 {"identity", Utf8(by.connector().identity())}};
  }
  json out = {{"name", Utf8(user.metadata().name())},
              {"labels", LabelsJson(user.metadata().labels())},
              {"roles", ListJson(spec.roles())},
              {"created_by",
               {{"user", Utf8(by.user().name())},
                {"time", TimeJson(by.has_time(), by.time())},
                {"connector", std::move(connector)}}},
              {"revision", user.metadata().revision()},
              {"expires", TimeJson(user.metadata().has_expires(), user.metadata().expires())},
              {"password_state", static_cast<int>(user.status().password_state())}};
  if (with_traits) {
    out["traits"] = ValuesJson(spec.traits());
  } else {
    out["trait_count"] = spec.traits().values().size();
  }
  return out;
}

json Render(const types::LockV2& lock) {
  const auto& spec = lock.spec();
  json target = json::object();
  const auto add = [&target](const char* key, const std::string& value) {
    if (!value.empty()) target[key] = Utf8(value);
  };
  add("user", spec.target().user());
  add("role", spec.target().role());
  add("login", spec.target().login());
  add("mfa_device", spec.target().mfadevice());
  add("windows_desktop", spec.target().windowsdesktop());
  add("access_request", spec.target().accessrequest());
  add("device", spec.target().device());
  add("server_id", spec.target().serverid());
  return {{"name", Utf8(lock.metadata().name())},
          {"labels", LabelsJson(lock.metadata().labels())},
          {"target", std::move(target)},
          {"message", Utf8(spec.message())},
          {"expires", TimeJson(spec.has_expires(), spec.expires())},
          {"metadata_expires", TimeJson(lock.metadata().has_expires(), lock.metadata().expires())},
          {"created_at", TimeJson(spec.has_createdat(), spec.createdat())},
          {"created_by", Utf8(spec.createdby())},
          {"revision", lock.metadata().revision()}};
}

json Render(const types::SemaphoreV3& semaphore) {
  json out = json::array();
  for (const auto& lease : semaphore.spec().leases()) {
    out.push_back({{"kind", Utf8(semaphore.subkind())},
                   {"name", Utf8(semaphore.metadata().name())},
                   {"lease_id", lease.leaseid()},
                   {"holder", Utf8(lease.holder())},
                   {"expires", TimeJson(lease.has_expires(), lease.expires())}});
  }
  return out;
}

types::UserV2 ParseUser(const json& in) {
  OnlyKeys(in, {"name", "labels", "roles", "traits", "connector", "created_by_user", "expires"});
  types::UserV2 user;
  user.mutable_metadata()->set_name(in.at("name").get<std::string>());
  if (in.contains("labels")) ReadLabels(in["labels"], user.mutable_metadata());
  for (const auto& role : in.value("roles", json::array()))
    user.mutable_spec()->add_roles(role.get<std::string>());
  if (in.contains("traits")) ReadValues(in["traits"], user.mutable_spec()->mutable_traits());
  auto* by = user.mutable_spec()->mutable_createdby();
  by->mutable_user()->set_name(in.value("created_by_user", "admin"));
  if (in.contains("connector") && !in["connector"].is_null()) {
    const json& connector = in["connector"];
    OnlyKeys(connector, {"type", "id", "identity"});
    by->mutable_connector()->set_type(connector.at("type").get<std::string>());
    by->mutable_connector()->set_id(connector.at("id").get<std::string>());
    by->mutable_connector()->set_identity(connector.value("identity", user.metadata().name()));
  }
  if (in.contains("expires") && !in["expires"].is_null()) {
    SetTime(user.mutable_metadata()->mutable_expires(), in["expires"].get<double>());
  }
  user.mutable_status()->set_password_state(types::PASSWORD_STATE_UNSET);
  return user;
}

types::LockV2 ParseLock(const json& in) {
  OnlyKeys(
      in, {"name", "labels", "target", "message", "expires", "metadata_expires", "created_at", "created_by"});
  types::LockV2 lock;
  lock.mutable_metadata()->set_name(in.at("name").get<std::string>());
  if (in.contains("labels")) ReadLabels(in["labels"], lock.mutable_metadata());
  auto* spec = lock.mutable_spec();
  const json& target = in.at("target");
  OnlyKeys(target, {"user", "role", "login", "server_id"});
  spec->mutable_target()->set_user(target.value("user", ""));
  spec->mutable_target()->set_role(target.value("role", ""));
  spec->mutable_target()->set_login(target.value("login", ""));
  spec->mutable_target()->set_serverid(target.value("server_id", ""));
  spec->set_message(in.value("message", ""));
  spec->set_createdby(in.value("created_by", "admin"));
  const auto time = [&in](const char* key) { return in.contains(key) && !in[key].is_null(); };
  if (time("expires")) SetTime(spec->mutable_expires(), in["expires"].get<double>());
  if (time("created_at")) SetTime(spec->mutable_createdat(), in["created_at"].get<double>());
  if (time("metadata_expires")) {
    SetTime(lock.mutable_metadata()->mutable_expires(), in["metadata_expires"].get<double>());
  }
  return lock;
}

bool InForce(const types::LockV2& lock, double now) {
  const auto expires = TimeOf(lock.spec().has_expires(), lock.spec().expires());
  return !expires || *expires > now;
}

types::UserV2 AsSentByGo(types::UserV2 user) {
  user.mutable_metadata();
  auto* spec = user.mutable_spec();
  spec->clear_localauth();
  spec->mutable_traits();
  if (!spec->has_expires()) spec->mutable_expires()->set_seconds(kGoZeroSeconds);
  auto* status = spec->mutable_status();
  if (!status->has_lockedtime()) status->mutable_lockedtime()->set_seconds(kGoZeroSeconds);
  if (!status->has_lockexpires()) status->mutable_lockexpires()->set_seconds(kGoZeroSeconds);
  auto* by = spec->mutable_createdby();
  if (!by->has_time()) by->mutable_time()->set_seconds(kGoZeroSeconds);
  by->mutable_user();
  user.mutable_status();
  return user;
}

types::LockV2 AsSentByGo(types::LockV2 lock) {
  lock.mutable_metadata();
  auto* spec = lock.mutable_spec();
  spec->mutable_target();
  if (!spec->has_createdat()) spec->mutable_createdat()->set_seconds(kGoZeroSeconds);
  return lock;
}

}  // namespace playground
