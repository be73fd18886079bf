#include <openssl/rand.h>

#include <array>

#include "traits/digest_writer.h"
#include "traits/managed.h"

namespace oktasync::traits {
namespace {

// Drawn once in a process. Should the system give no randomness, a constant key still gives right digests.
const std::array<uint64_t, 2>& ProcessKey() {
  static const std::array<uint64_t, 2> key = [] {
    std::array<uint64_t, 2> drawn{};
    RAND_bytes(reinterpret_cast<unsigned char*>(drawn.data()), sizeof(drawn));
    return drawn;
  }();
  return key;
}

void AddLabels(const Labels& labels, DigestWriter& writer) {
  for (std::string_view key : kManagedLabels) {
    const auto it = labels.find(key);
    if (it == labels.end()) {
      writer.NoLabel();
    } else {
      writer.Label(it->second);
    }
  }
}

// A key without values is as good as none: Teleport stores an empty list as null and drops it when it likes.
void AddTrait(const std::string& key, const std::vector<std::string>& values, DigestWriter& writer) {
  if (values.empty()) return;
  writer.Trait(key, values.size());
  for (const std::string& value : values) writer.Value(value);
}

}  // namespace

DigestWriter::DigestWriter() : hash_(ProcessKey()[0], ProcessKey()[1]) {}

Digest DigestOf(const DesiredUser& desired) {
  DigestWriter writer;
  AddLabels(desired.labels, writer);
  for (const auto& [key, values] : desired.traits) AddTrait(key, values, writer);
  writer.EndTraits();
  for (const std::string& role : desired.roles) writer.Role(role);
  return writer.Finish();
}

Digest DigestOf(const UserRecord& stored) {
  DigestWriter writer;
  AddLabels(stored.labels, writer);
  const Remembered own_keys(stored.labels, labels::kTraits);
  for (const auto& [key, values] : stored.traits) {
    if (IsOursTrait(key, own_keys)) AddTrait(key, values, writer);
  }
  writer.EndTraits();
  // A role that we gave and somebody took away is missing here, so the digest differs and it is given again.
  const Remembered given(stored.labels, labels::kRoles);
  for (std::string_view role : given.items()) {
    if (Contains(stored.roles, role)) writer.Role(role);
  }
  return writer.Finish();
}

}  // namespace oktasync::traits
