#include "reconcile/roster.h"

#include <algorithm>
#include <cstring>

#include "base/status.h"
#include "base/text.h"
#include "model/labels.h"

namespace oktasync::reconcile {

Holder HolderOf(const UserRecord& user, const SourceId& source, std::string_view org_url,
                const ConnectorRef& connector) {
  const std::string_view from = LabelOr(user.labels, labels::kSource);
  if (LabelOr(user.labels, labels::kOrigin) != labels::kOriginOkta) {
    const bool login = !connector.type.empty() && user.connector.type == connector.type &&
                       user.connector.name == connector.name;
    return login ? Holder::kLogin : Holder::kLocal;
  }
  if (from == source.Label()) {
    return LabelOr(user.labels, labels::kOktaUserId).empty() ? Holder::kOktaUnknown : Holder::kOurs;
  }
  if (!from.empty()) return Holder::kOtherSource;
  return LabelOr(user.labels, labels::kOrg) == org_url ? Holder::kUnlabelled : Holder::kOktaUnknown;
}

uint64_t NameKey(std::string_view name) {
  const std::string digest = Sha256(FoldCase(name));
  uint64_t key;
  std::memcpy(&key, digest.data(), sizeof(key));
  return key;
}

void Roster::AddOurs(std::string_view okta_id, std::string_view name, const traits::Digest& digest) {
  Entry entry{};
  entry.digest = digest;
  entry.id_at = static_cast<uint32_t>(text_.size());
  // An Okta id has 20 characters and a name at most 255; what a foreign hand made longer is cut, and then
  // matches nobody.
  entry.id_size = static_cast<uint8_t>(std::min<size_t>(okta_id.size(), 255));
  text_.append(okta_id.substr(0, entry.id_size));
  entry.name_at = static_cast<uint32_t>(text_.size());
  entry.name_size = static_cast<uint16_t>(std::min<size_t>(name.size(), 65535));
  text_.append(name.substr(0, entry.name_size));
  entries_.push_back(entry);
}

void Roster::AddOther(std::string_view name, Holder holder) {
  const auto value = kOther + static_cast<uint32_t>(holder);
  if (names_.emplace(NameKey(name), value).second) ++others_;
}

void Roster::AddUnlabelled(std::string_view okta_id, std::string_view name) {
  AddOther(name, Holder::kUnlabelled);
  unlabelled_names_.emplace(name);
  if (!okta_id.empty()) unlabelled_ids_.emplace(okta_id, name);
}

std::string Roster::Unlabelled(std::string_view okta_id, std::string_view name) const {
  if (unlabelled_names_.empty()) return {};
  if (const auto it = unlabelled_ids_.find(Sv(okta_id)); it != unlabelled_ids_.end()) return it->second;
  return unlabelled_names_.contains(Sv(name)) ? std::string(name) : std::string();
}

void Roster::Seal() {
  const auto id_then_name = [this](const Entry& a, const Entry& b) {
    const int by_id = Text(a.id_at, a.id_size).compare(Text(b.id_at, b.id_size));
    if (by_id != 0) return by_id < 0;
    return Text(a.name_at, a.name_size) < Text(b.name_at, b.name_size);
  };
  std::sort(entries_.begin(), entries_.end(), id_then_name);
  const auto same = [this](const Entry& a, const Entry& b) {
    return Text(a.id_at, a.id_size) == Text(b.id_at, b.id_size) &&
           Text(a.name_at, a.name_size) == Text(b.name_at, b.name_size);
  };
  entries_.erase(std::unique(entries_.begin(), entries_.end(), same), entries_.end());
  entries_.shrink_to_fit();
  text_.shrink_to_fit();
  names_.reserve(names_.size() + entries_.size());
  for (Index i = 0; i < size(); ++i) names_.emplace(NameKey(name(i)), i);
}

Roster::Range Roster::Find(std::string_view okta_id) const {
  const auto first = std::lower_bound(
      entries_.begin(), entries_.end(), okta_id,
      [this](const Entry& entry, std::string_view id) { return Text(entry.id_at, entry.id_size) < id; });
  auto last = first;
  while (last != entries_.end() && Text(last->id_at, last->id_size) == okta_id) ++last;
  return {static_cast<Index>(first - entries_.begin()), static_cast<Index>(last - entries_.begin())};
}

Roster::NameHolder Roster::HolderOfName(std::string_view name) const {
  const auto it = names_.find(NameKey(name));
  if (it == names_.end()) return {};
  if (it->second >= kOther) return {static_cast<Holder>(it->second - kOther), kNone};
  return {Holder::kOurs, it->second};
}

}  // namespace oktasync::reconcile
