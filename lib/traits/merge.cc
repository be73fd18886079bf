#include <algorithm>
#include <string>
#include <vector>

#include "traits/managed.h"
#include "traits/mapper.h"

namespace oktasync::traits {
namespace {

std::string SortedList(std::vector<std::string> items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return JoinList(items);
}

// Sets the label, or removes it when there is nothing to remember.
void Remember(std::string_view label, const std::string& list, Labels& labels) {
  const auto it = labels.find(label);
  if (list.empty()) {
    if (it != labels.end()) labels.erase(it);
  } else if (it == labels.end()) {
    labels.emplace(label, list);
  } else {
    it->second = list;
  }
}

// The list of `label` without `items`; untouched when none of them stands in it.
void Forget(std::string_view label, const std::vector<std::string>& items, Labels& labels) {
  const Remembered list(labels, label);
  std::vector<std::string> left;
  for (std::string_view item : list.items()) {
    if (!Contains(items, item)) left.emplace_back(item);
  }
  if (left.size() != list.items().size()) Remember(label, SortedList(std::move(left)), labels);
}

// Those of `asked` that stand in `possible`, which is sorted.
std::vector<std::string> Among(const std::vector<std::string>& asked,
                               const std::vector<std::string>& possible) {
  std::vector<std::string> both;
  for (const std::string& item : asked) {
    if (std::binary_search(possible.begin(), possible.end(), item)) both.push_back(item);
  }
  return both;
}

}  // namespace

Taken WouldTake(const UserRecord& stored, const DesiredUser& desired) {
  Taken taken;
  const Remembered own_keys(stored.labels, labels::kTraits);
  for (const auto& [key, values] : stored.traits) {
    if (values.empty() || !IsOursTrait(key, own_keys)) continue;
    const auto wanted = desired.traits.find(key);
    if (wanted == desired.traits.end() || wanted->second.empty()) taken.trait_keys.push_back(key);
  }
  const Remembered given(stored.labels, labels::kRoles);
  for (std::string_view role : given.items()) {
    if (Contains(stored.roles, role) && !Contains(desired.roles, role)) taken.roles.emplace_back(role);
  }
  return taken;
}

UserRecord Merge(const UserRecord& stored, const DesiredUser& desired, const Taken& keep) {
  const Taken going = WouldTake(stored, desired);
  const std::vector<std::string> kept_keys = Among(keep.trait_keys, going.trait_keys);
  const std::vector<std::string> kept_roles = Among(keep.roles, going.roles);

  UserRecord merged = stored;
  for (const std::string& key : going.trait_keys) {
    if (!Contains(kept_keys, key)) merged.traits.erase(key);
  }
  for (const auto& [key, values] : desired.traits) {
    if (!values.empty()) merged.traits.insert_or_assign(key, values);
  }
  std::erase_if(merged.roles, [&](const std::string& role) {
    return std::binary_search(going.roles.begin(), going.roles.end(), role) && !Contains(kept_roles, role);
  });
  for (const std::string& role : desired.roles) {
    if (!Contains(merged.roles, role)) merged.roles.push_back(role);
  }

  for (std::string_view label : kManagedLabels) {
    const auto wanted = desired.labels.find(label);
    if (wanted != desired.labels.end()) {
      merged.labels.insert_or_assign(std::string(label), wanted->second);
    } else if (const auto it = merged.labels.find(label); it != merged.labels.end()) {
      merged.labels.erase(it);
    }
  }
  // What is kept stays remembered; keys in "okta/" are ours by their name.
  if (!kept_roles.empty()) {
    std::vector<std::string> roles = desired.roles;
    roles.insert(roles.end(), kept_roles.begin(), kept_roles.end());
    Remember(labels::kRoles, SortedList(std::move(roles)), merged.labels);
  }
  std::vector<std::string> own = desired.own_trait_keys;
  const size_t wanted_own = own.size();
  std::copy_if(kept_keys.begin(), kept_keys.end(), std::back_inserter(own),
               [](const std::string& key) { return !key.starts_with(kKeyPrefix); });
  if (own.size() > wanted_own) Remember(labels::kTraits, SortedList(std::move(own)), merged.labels);
  return merged;
}

UserRecord Without(const UserRecord& stored, const Taken& taken) {
  UserRecord left = stored;
  const Remembered own_keys(stored.labels, labels::kTraits);
  for (const std::string& key : taken.trait_keys) {
    if (IsOursTrait(key, own_keys)) left.traits.erase(key);
  }
  const Remembered given(stored.labels, labels::kRoles);
  std::erase_if(left.roles,
                [&](const std::string& role) { return given.Holds(role) && Contains(taken.roles, role); });
  Forget(labels::kTraits, taken.trait_keys, left.labels);
  Forget(labels::kRoles, taken.roles, left.labels);
  return left;
}

UserRecord NewUser(const DesiredUser& desired) {
  UserRecord user;
  user.name = desired.name;
  user.labels = desired.labels;
  user.roles = desired.roles;
  for (const auto& [key, values] : desired.traits) {
    if (!values.empty()) user.traits.emplace_hint(user.traits.end(), key, values);
  }
  user.connector = desired.connector;
  return user;
}

}  // namespace oktasync::traits
