// What of a user record is ours. For digest.cc and merge.cc, which must agree on it.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "model/labels.h"
#include "model/user_record.h"

namespace oktasync::traits {

inline constexpr std::array kManagedLabels = {labels::kOrigin, labels::kOrg,   labels::kOktaUserId,
                                              labels::kSource, labels::kRoles, labels::kTraits};

inline constexpr std::string_view kKeyPrefix = "okta/";

// A list that one of our labels remembers; sorted, without repetitions. Borrows from the label.
class Remembered {
 public:
  Remembered(const Labels& labels, std::string_view label) {
    std::string_view text = LabelOr(labels, label);
    while (!text.empty()) {
      const size_t comma = std::min(text.find(','), text.size());
      if (comma > 0) items_.push_back(text.substr(0, comma));
      text.remove_prefix(std::min(comma + 1, text.size()));
    }
    std::sort(items_.begin(), items_.end());
    items_.erase(std::unique(items_.begin(), items_.end()), items_.end());
  }
  bool Holds(std::string_view item) const {
    return !items_.empty() && std::binary_search(items_.begin(), items_.end(), item);
  }
  const std::vector<std::string_view>& items() const { return items_; }

 private:
  std::vector<std::string_view> items_;
};

inline bool IsOursTrait(std::string_view key, const Remembered& own_keys) {
  return key.starts_with(kKeyPrefix) || own_keys.Holds(key);
}

template <typename Item>
bool Contains(const std::vector<std::string>& items, const Item& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

}  // namespace oktasync::traits
