// The encoding under a Digest: labels, then traits, then roles, each in a fixed order. For digest.cc and
// mapper.cc, which must give the same digest for the same user, and for group_members.cc. Every part says whether it is there and how
// long it is, so different users never give the same bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "traits/mapper.h"
#include "traits/siphash.h"

namespace oktasync::traits {

class DigestWriter {
 public:
  DigestWriter();

  // One for each of kManagedLabels, in its order.
  void Label(std::string_view value) {
    hash_.Word(kPresent);
    hash_.Text(value);
  }
  void NoLabel() { hash_.Word(kAbsent); }

  // In the order of keys; then `count` times Value.
  void Trait(std::string_view key, size_t count) {
    hash_.Word(kPresent);
    hash_.Text(key);
    hash_.Word(count);
  }
  void Value(std::string_view value) { hash_.Text(value); }
  void EndTraits() { hash_.Word(kAbsent); }

  // In order.
  void Role(std::string_view role) {
    hash_.Word(kPresent);
    hash_.Text(role);
  }
  Digest Finish() {
    hash_.Word(kAbsent);
    const auto [high, low] = hash_.Finish();
    return {high, low};
  }

 private:
  static constexpr uint64_t kAbsent = 0;
  static constexpr uint64_t kPresent = 1;
  SipHash128 hash_;
};

}  // namespace oktasync::traits
