#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "model/lock_record.h"
#include "model/source_id.h"
#include "model/user_record.h"

namespace oktasync {
namespace {

using Items = std::vector<std::string>;

TEST_CASE("R8: the lists in labels read back as they were written") {
  for (const Items& items : {Items{}, Items{"a"}, Items{"a", "b", "c"}, Items{"okta-requester", "x:y"}}) {
    CHECK(SplitList(JoinList(items)) == items);
  }
  CHECK(JoinList({"a", "b"}) == "a,b");
  CHECK(JoinList({}).empty());
  CHECK(SplitList("").empty());
  CHECK(SplitList(",").empty());
  CHECK(SplitList(",a,,b,") == Items{"a", "b"});
}

TEST_CASE("a label that is not there reads as nothing") {
  const Labels labels = {{"a", "1"}, {"b", ""}};
  CHECK(LabelOr(labels, "a") == "1");
  CHECK(LabelOr(labels, "b").empty());
  CHECK(LabelOr(labels, "c").empty());
}

TEST_CASE("R10: every purpose of a lock has a word, and only those words are read") {
  const std::vector<std::pair<LockPurpose, std::string>> all = {{LockPurpose::kLeave, "leave"},
                                                                {LockPurpose::kRename, "rename"},
                                                                {LockPurpose::kSuspend, "suspend"},
                                                                {LockPurpose::kHandover, "handover"},
                                                                {LockPurpose::kScim, "scim"}};
  for (const auto& [purpose, word] : all) {
    CHECK(ToString(purpose) == word);
    CHECK(ParseLockPurpose(word) == purpose);
  }
  for (const char* word : {"", "Leave", "leave ", "unknown", "lift"}) {
    INFO(word);
    CHECK_FALSE(ParseLockPurpose(word).has_value());
  }
}

TEST_CASE("R9: a lock is in force until its expiry and not at it; without one for ever") {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  LockRecord lock;
  CHECK(lock.InForce(now));
  lock.expires = now + absl::Seconds(1);
  CHECK(lock.InForce(now));
  lock.expires = now;
  CHECK_FALSE(lock.InForce(now));
  // The record's own end says nothing about the force.
  lock.record_expires = now - absl::Hours(1);
  lock.expires = now + absl::Hours(1);
  CHECK(lock.InForce(now));
}

TEST_CASE("R1, R20: the source in labels and as the name of the lease") {
  const SourceId source{"00o1", "0oa1"};
  CHECK(source.Label() == "00o1/0oa1");
  CHECK(source.LeaseName() == "00o1.0oa1");
  CHECK(source == SourceId{"00o1", "0oa1"});
  CHECK_FALSE(source == SourceId{"00o1", "0oa2"});
}

}  // namespace
}  // namespace oktasync
