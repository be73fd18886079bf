// What Teleport holds, read once per run and kept small: about 100 bytes a user of ours, 16 of any other.
//
// Of a user of ours: Okta id, name, a digest of what we manage. Of all others: a digest of the name, case
// folded, and what kind of holder it is, so that a conflict can be explained. No profile is kept.
//
// Filled by Add on one thread, sealed, then read; marks may be set on the run's own thread only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "model/source_id.h"
#include "model/user_record.h"
#include "traits/mapper.h"

namespace oktasync::reconcile {

// Whose a Teleport user is (rules R1, R2, R6).
enum class Holder : uint8_t {
  kNobody,
  kOurs,
  kLocal,        // made by an admin, or by another program
  kLogin,        // the record of a login through our SSO connector, which may have replaced ours
  kOtherSource,  // an oktasync user of another org or app
  kUnlabelled,   // okta origin and our org, but not our source: made by Teleport Enterprise, say
  kOktaUnknown,  // okta origin of another org, or our labels without an Okta id
};

// `connector` is the one that new users get.
Holder HolderOf(const UserRecord& user, const SourceId& source, std::string_view org_url,
                const ConnectorRef& connector);

class Roster {
 public:
  using Index = uint32_t;
  static constexpr Index kNone = ~Index{0};

  enum Mark : uint8_t {
    kSeen = 1,     // in the walk, whatever its status
    kGoneRow = 2,  // in the walk, but as deactivated or no longer assigned
    kDone = 4,     // decided before the walk, which then leaves it alone
  };

  void AddOurs(std::string_view okta_id, std::string_view name, const traits::Digest& digest);
  void AddOther(std::string_view name, Holder holder);
  // A user of this org without a source label (R2); `okta_id` may be "".
  void AddUnlabelled(std::string_view okta_id, std::string_view name);
  // Call once, after the last Add. A user added twice counts once.
  void Seal();

  // Users of ours; one Okta id may have several (an unfinished rename).
  Index size() const { return static_cast<Index>(entries_.size()); }
  uint64_t others() const { return others_; }

  // Entries of an Okta id stand side by side: [first, last).
  struct Range {
    Index first = 0;
    Index last = 0;
    bool empty() const { return first == last; }
  };
  Range Find(std::string_view okta_id) const;

  std::string_view okta_id(Index i) const { return Text(entries_[i].id_at, entries_[i].id_size); }
  std::string_view name(Index i) const { return Text(entries_[i].name_at, entries_[i].name_size); }
  const traits::Digest& digest(Index i) const { return entries_[i].digest; }

  void SetMark(Index i, Mark mark) { entries_[i].marks = static_cast<uint8_t>(entries_[i].marks | mark); }
  bool Has(Index i, Mark mark) const { return (entries_[i].marks & mark) != 0; }

  // The name of the unlabelled user who carries this Okta id, or whose name is this very one; "" for none.
  std::string Unlabelled(std::string_view okta_id, std::string_view name) const;
  uint64_t unlabelled() const { return unlabelled_names_.size(); }

  // Who holds `name`, compared with case folded. `entry` is set when it is ours.
  struct NameHolder {
    Holder holder = Holder::kNobody;
    Index entry = kNone;
  };
  NameHolder HolderOfName(std::string_view name) const;

 private:
  struct Entry {
    traits::Digest digest;
    uint32_t id_at;
    uint32_t name_at;
    uint16_t name_size;
    uint8_t id_size;
    uint8_t marks;
  };
  std::string_view Text(uint32_t at, size_t size) const { return std::string_view(text_).substr(at, size); }

  std::string text_;
  std::vector<Entry> entries_;
  // Digest of the folded name to an entry's index, or to kOther + Holder.
  static constexpr uint32_t kOther = 0xFFFFFF00u;
  absl::flat_hash_map<uint64_t, uint32_t> names_;
  uint64_t others_ = 0;
  absl::flat_hash_map<std::string, std::string> unlabelled_ids_;  // Okta id to name
  absl::flat_hash_set<std::string> unlabelled_names_;
};

// 64 bits of a digest of the folded name.
uint64_t NameKey(std::string_view name);

}  // namespace oktasync::reconcile
