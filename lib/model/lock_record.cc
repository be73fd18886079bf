#include "model/lock_record.h"

#include <array>
#include <utility>

namespace oktasync {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kPurposes = {
    std::pair{"leave"sv, LockPurpose::kLeave},     std::pair{"rename"sv, LockPurpose::kRename},
    std::pair{"suspend"sv, LockPurpose::kSuspend}, std::pair{"handover"sv, LockPurpose::kHandover},
    std::pair{"scim"sv, LockPurpose::kScim},
};

}  // namespace

std::string_view ToString(LockPurpose purpose) {
  for (const auto& [word, known] : kPurposes) {
    if (known == purpose) return word;
  }
  return "unknown";
}

std::optional<LockPurpose> ParseLockPurpose(std::string_view text) {
  for (const auto& [word, known] : kPurposes) {
    if (word == text) return known;
  }
  return std::nullopt;
}

}  // namespace oktasync
