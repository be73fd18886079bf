#include "okta/app_user_dom.h"

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "okta/ids.h"

namespace oktasync::okta {
namespace {

namespace dom = simdjson::dom;
using dom::element_type;

absl::Status Bad(const std::string& reason) { return MakeStatus(absl::StatusCode::kDataLoss, reason); }

absl::Status Missing(std::string_view what) { return Bad("`" + std::string(what) + "` is missing"); }
absl::Status Twice(std::string_view what) { return Bad("`" + std::string(what) + "` appears twice"); }

absl::Status ReadText(dom::element value, std::string_view what, std::string_view& out) {
  if (value.get_string().get(out) != simdjson::SUCCESS) {
    return Bad("`" + std::string(what) + "` is not a string");
  }
  return absl::OkStatus();
}

absl::Status ReadId(dom::element value, std::string_view what, std::string_view& out) {
  std::string_view id;
  OKTASYNC_RETURN_IF_ERROR(ReadText(value, what, id));
  if (!IsOktaId(id)) return Bad("`" + std::string(what) + "` is no Okta id: '" + Escape(id, 64) + "'");
  out = id;
  return absl::OkStatus();
}

// Marks `seen`; false when it was marked before: which of two equal keys counts is anybody's guess.
bool First(bool& seen) { return !std::exchange(seen, true); }

absl::Status ReadCredentials(dom::element value, std::string_view& user_name) {
  if (value.is_null()) return absl::OkStatus();
  dom::object credentials;
  if (value.get_object().get(credentials) != simdjson::SUCCESS) return Bad("`credentials` is not an object");
  bool seen = false;
  for (const auto [key, member] : credentials) {
    if (key != "userName") continue;
    if (!First(seen)) return Twice("credentials.userName");
    if (member.is_null()) continue;
    OKTASYNC_RETURN_IF_ERROR(ReadText(member, "credentials.userName", user_name));
  }
  return absl::OkStatus();
}

// A name's slot in the filter of names seen; equal names have equal slots.
constexpr size_t kSlots = 4096;
size_t Slot(std::string_view name) {
  uint64_t head = 0;
  uint64_t tail = 0;
  const size_t n = std::min<size_t>(name.size(), 8);
  std::memcpy(&head, name.data(), n);
  std::memcpy(&tail, name.data() + name.size() - n, n);
  const uint64_t mixed = (head ^ (tail * 0x9e3779b97f4a7c15u) ^ name.size()) * 0xff51afd7ed558ccdu;
  return mixed >> 52;
}

template <typename T>
bool Append(simdjson::simdjson_result<T> result, std::vector<Scalar>& values) {
  T value{};
  if (std::move(result).get(value) != simdjson::SUCCESS) return false;
  values.emplace_back(value);
  return true;
}

// Appends the scalar; false for what has no trait form.
bool AppendScalar(dom::element value, std::vector<Scalar>& values) {
  switch (value.type()) {
    case element_type::STRING:
      return Append(value.get_string(), values);
    case element_type::BOOL:
      return Append(value.get_bool(), values);
    case element_type::INT64:
      return Append(value.get_int64(), values);
    case element_type::UINT64:
      return Append(value.get_uint64(), values);
    case element_type::DOUBLE:
      return Append(value.get_double(), values);
    default:
      return false;
  }
}

void AppendValues(dom::element value, Attribute& attribute, std::vector<Scalar>& values) {
  if (value.is_null()) return;
  dom::array items;
  if (value.get_array().get(items) != simdjson::SUCCESS) {
    if (!AppendScalar(value, values)) ++attribute.skipped;
    return;
  }
  for (const dom::element item : items) {
    if (!item.is_null() && !AppendScalar(item, values)) ++attribute.skipped;
  }
}

}  // namespace

absl::Status AppUserReader::Read(dom::element row, AppUser& out) {
  dom::object object;
  if (row.get_object().get(object) != simdjson::SUCCESS) return Bad("not an object");
  bool id = false;
  bool status = false;
  bool credentials = false;
  bool profile = false;
  bool embedded = false;
  // `_embedded.user` is compared with the row's id, which may come later.
  dom::element embedded_value;
  for (const auto [key, value] : object) {
    if (key == "id") {
      if (!First(id)) return Twice("id");
      OKTASYNC_RETURN_IF_ERROR(ReadId(value, "id", out.id));
    } else if (key == "status") {
      if (!First(status)) return Twice("status");
      OKTASYNC_RETURN_IF_ERROR(ReadText(value, "status", out.assignment_text));
    } else if (key == "credentials") {
      if (!First(credentials)) return Twice("credentials");
      OKTASYNC_RETURN_IF_ERROR(ReadCredentials(value, out.user_name));
    } else if (key == "profile") {
      if (!First(profile)) return Twice("profile");
      OKTASYNC_RETURN_IF_ERROR(ReadProfile(value, "profile", out.app_profile));
    } else if (key == "_embedded") {
      if (!First(embedded)) return Twice("_embedded");
      embedded_value = value;
    }
  }
  if (!id) return Missing("id");
  if (!status) return Missing("status");
  if (!embedded) return Missing("_embedded.user");
  out.assignment = ParseAssignmentStatus(out.assignment_text);
  return ReadEmbedded(embedded_value, out);
}

absl::Status AppUserReader::ReadEmbedded(dom::element embedded, AppUser& out) {
  dom::object holder;
  if (embedded.get_object().get(holder) != simdjson::SUCCESS) return Bad("`_embedded` is not an object");
  bool found = false;
  dom::object user;
  for (const auto [key, value] : holder) {
    if (key != "user") continue;
    if (!First(found)) return Twice("_embedded.user");
    if (value.get_object().get(user) != simdjson::SUCCESS) {
      return Bad(value.is_null() ? "`_embedded.user` is null" : "`_embedded.user` is not an object");
    }
  }
  if (!found) return Missing("_embedded.user");

  bool id = false;
  bool status = false;
  bool profile = false;
  std::string_view user_id;
  for (const auto [key, value] : user) {
    if (key == "id") {
      if (!First(id)) return Twice("_embedded.user.id");
      OKTASYNC_RETURN_IF_ERROR(ReadId(value, "_embedded.user.id", user_id));
    } else if (key == "status") {
      if (!First(status)) return Twice("_embedded.user.status");
      OKTASYNC_RETURN_IF_ERROR(ReadText(value, "_embedded.user.status", out.status_text));
    } else if (key == "profile") {
      if (!First(profile)) return Twice("_embedded.user.profile");
      OKTASYNC_RETURN_IF_ERROR(ReadProfile(value, "_embedded.user.profile", out.user_profile));
    }
  }
  if (!id) return Missing("_embedded.user.id");
  if (!status) return Missing("_embedded.user.status");
  if (user_id != out.id) {
    return Bad("`_embedded.user.id` is " + std::string(user_id) + ", another user than the row's");
  }
  out.status = ParseUserStatus(out.status_text);
  return absl::OkStatus();
}

absl::Status AppUserReader::ReadProfile(dom::element value, std::string_view whose, Profile& out) {
  if (value.is_null()) return absl::OkStatus();
  dom::object profile;
  if (value.get_object().get(profile) != simdjson::SUCCESS) {
    return Bad("`" + std::string(whose) + "` is not an object");
  }
  out.attributes.reserve(profile.size());
  out.values.reserve(profile.size());
  std::bitset<kSlots> slots;
  bool doubtful = false;
  for (const auto [name, member] : profile) {
    const size_t slot = Slot(name);
    doubtful = doubtful || slots.test(slot);
    slots.set(slot);
    Attribute attribute;
    attribute.name = name;
    attribute.first = static_cast<uint32_t>(out.values.size());
    AppendValues(member, attribute, out.values);
    attribute.count = static_cast<uint32_t>(out.values.size()) - attribute.first;
    out.attributes.push_back(attribute);
  }
  if (!doubtful) return absl::OkStatus();
  names_.clear();
  for (const Attribute& attribute : out.attributes) names_.push_back(attribute.name);
  std::sort(names_.begin(), names_.end());
  const auto twin = std::adjacent_find(names_.begin(), names_.end());
  if (twin == names_.end()) return absl::OkStatus();
  return Twice(std::string(whose) + "." + Escape(*twin, 64));
}

}  // namespace oktasync::okta
