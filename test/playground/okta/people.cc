#include "okta/people.h"

#include <numeric>
#include <set>
#include <stdexcept>

#include "okta/text.h"

namespace playground::okta {
namespace {

// The finaliser of MurmurHash3: a bijection of 64 bits, so two numbers never share an id.
constexpr uint64_t kFirst = 0xff51afd7ed558ccdULL;
constexpr uint64_t kSecond = 0xc4ceb9fe1a85ec53ULL;

uint64_t Scramble(uint64_t v) {
  v ^= v >> 33;
  v *= kFirst;
  v ^= v >> 33;
  v *= kSecond;
  v ^= v >> 33;
  return v;
}

// Newton's iteration for the inverse of an odd number modulo 2^64.
constexpr uint64_t Inverse(uint64_t odd) {
  uint64_t x = odd;
  for (int i = 0; i < 6; ++i) x *= 2 - odd * x;
  return x;
}

uint64_t Unscramble(uint64_t v) {
  v ^= v >> 33;
  v *= Inverse(kSecond);
  v ^= v >> 33;
  v *= Inverse(kFirst);
  v ^= v >> 33;
  return v;
}

constexpr size_t kIdDigits = 11;  // 62^11 > 2^64
constexpr size_t kTailDigits = 6;
constexpr uint64_t kPerCulture = kNamesPerCulture * kNamesPerCulture;

}  // namespace

uint64_t Draw::Next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

People::People(uint64_t seed) : seed_(seed), combinations_(Cultures().size() * kPerCulture) {
  // Logins are unique because a pair of ASCII names belongs to one culture; the tables must keep to that.
  std::set<std::string_view> families;
  for (const Culture& culture : Cultures()) {
    std::set<std::string_view> given;
    for (const Name& name : culture.given) {
      if (!given.insert(name.ascii).second)
        throw std::logic_error(std::string("given name twice: ") + name.ascii);
    }
    for (const Name& name : culture.family) {
      if (!families.insert(name.ascii).second) {
        throw std::logic_error(std::string("family name twice: ") + name.ascii);
      }
    }
  }
  Draw draw(seed);
  first_ = draw.Below(combinations_);
  do {
    stride_ = draw.Below(combinations_);
  } while (std::gcd(stride_, combinations_) != 1);
  key_ = draw.Next();
  tail_ = Base62(draw.Below(56'800'235'584ULL), kTailDigits);  // 62^6
}

Person People::At(uint64_t index) const {
  const uint64_t round = index / combinations_;
  const uint64_t slot = (index % combinations_ * stride_ + first_) % combinations_;
  const Culture& culture = Cultures()[slot / kPerCulture];
  Person person;
  person.index = index;
  person.culture = &culture;
  person.given = &culture.given[slot % kPerCulture / kNamesPerCulture];
  person.family = &culture.family[slot % kNamesPerCulture];
  person.login.reserve(48);
  person.login.append(person.given->ascii).append(".").append(person.family->ascii);
  if (round > 0) person.login += std::to_string(round + 1);
  person.login += "@example.com";
  return person;
}

Draw People::DrawFor(uint64_t index, uint64_t purpose) const {
  return Draw(Scramble(seed_ + index * 0x9e3779b97f4a7c15ULL) ^ (purpose * 0xd1342543de82ef95ULL));
}

std::string People::IdOf(uint64_t index) const { return MakeId("00u", index); }

std::string People::MakeId(std::string_view prefix, uint64_t number) const {
  return std::string(prefix) + Base62(Scramble(number ^ key_), kIdDigits) + tail_;
}

std::optional<uint64_t> People::IndexOf(std::string_view id) const {
  if (id.size() != 3 + kIdDigits + kTailDigits || id.substr(0, 3) != "00u" ||
      id.substr(3 + kIdDigits) != tail_) {
    return std::nullopt;
  }
  const auto scrambled = ParseBase62(id.substr(3, kIdDigits));
  if (!scrambled) return std::nullopt;
  return Unscramble(*scrambled) ^ key_;
}

}  // namespace playground::okta
