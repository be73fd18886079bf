// The pure pieces: roster, lock book, guard, decisions, what was taken.
#include <catch2/catch.hpp>

#include "base/status.h"
#include "model/labels.h"
#include "reconcile/changes.h"
#include "reconcile/decide.h"
#include "reconcile/guard.h"
#include "reconcile/lock_book.h"
#include "reconcile/roster.h"

namespace oktasync::reconcile {
namespace {

const SourceId kSource{"00oorg", "0oaapp"};
const std::string kOrgUrl = "https://example.okta.com";
const ConnectorRef kConnector{"saml", "okta", ""};
const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

UserRecord User(const std::string& name, Labels labels, ConnectorRef connector = {}) {
  UserRecord user;
  user.name = name;
  user.labels = std::move(labels);
  user.connector = std::move(connector);
  return user;
}

LockRecord LeaveLock(const std::string& id, const std::string& target, absl::Time created, absl::Time expires,
                     LockPurpose purpose = LockPurpose::kLeave) {
  LockRecord lock;
  lock.name = LockName(kSource, id, target, purpose);
  lock.labels = {{std::string(labels::kOrigin), "okta"},
                 {std::string(labels::kSource), kSource.Label()},
                 {std::string(labels::kLockOktaUserId), id},
                 {std::string(labels::kPurpose), std::string(ToString(purpose))}};
  lock.user = target;
  lock.created_at = created;
  lock.expires = lock.record_expires = expires;
  return lock;
}

TEST_CASE("R1: a user is ours by origin, source and Okta id together") {
  const auto holder = [](Labels labels, ConnectorRef connector = {}) {
    return HolderOf(User("a", std::move(labels), std::move(connector)), kSource, kOrgUrl, kConnector);
  };
  const Labels ours = {{"teleport.dev/origin", "okta"},
                       {"oktasync/source", "00oorg/0oaapp"},
                       {"teleport.internal/okta-user-id", "00u1"},
                       {"okta/org", kOrgUrl}};
  CHECK(holder(ours) == Holder::kOurs);
  Labels other = ours;
  other["oktasync/source"] = "00oorg/0oaother";
  CHECK(holder(other) == Holder::kOtherSource);
  Labels no_id = ours;
  no_id.erase("teleport.internal/okta-user-id");
  CHECK(holder(no_id) == Holder::kOktaUnknown);
  Labels enterprise = ours;
  enterprise.erase("oktasync/source");
  CHECK(holder(enterprise) == Holder::kUnlabelled);
  enterprise["okta/org"] = "https://another.okta.com";
  CHECK(holder(enterprise) == Holder::kOktaUnknown);
  Labels local = ours;
  local.erase("teleport.dev/origin");
  CHECK(holder(local) == Holder::kLocal);
  CHECK(holder({}, {"saml", "okta", "ada"}) == Holder::kLogin);
  CHECK(holder({}, {"saml", "other", "ada"}) == Holder::kLocal);
}

TEST_CASE("the roster finds people by id and names by folded case, and counts a user listed twice once") {
  Roster roster;
  roster.AddOurs("00u2", "Bob@example.com", {1, 2});
  roster.AddOurs("00u1", "ada@example.com", {3, 4});
  roster.AddOurs("00u2", "Bob@example.com", {1, 2});
  roster.AddOurs("00u1", "ada.new@example.com", {5, 6});
  roster.AddOther("admin", Holder::kLocal);
  roster.Seal();
  CHECK(roster.size() == 3);
  const Roster::Range ada = roster.Find("00u1");
  CHECK(ada.last - ada.first == 2);
  CHECK(roster.Find("00u").empty());
  CHECK(roster.Find("00u3").empty());
  CHECK(roster.HolderOfName("BOB@example.com").holder == Holder::kOurs);
  CHECK(roster.name(roster.HolderOfName("bob@EXAMPLE.com").entry) == "Bob@example.com");
  CHECK(roster.HolderOfName("Admin").holder == Holder::kLocal);
  CHECK(roster.HolderOfName("eve").holder == Holder::kNobody);
  CHECK(roster.digest(ada.first) == traits::Digest{5, 6});
}

TEST_CASE("R10: a lock's name depends on source, id, target and purpose, and has alternatives") {
  const std::string name = LockName(kSource, "00u1", "ada", LockPurpose::kLeave);
  CHECK(name == LockName(kSource, "00u1", "ada", LockPurpose::kLeave));
  CHECK(name != LockName({"00oorg", "0oaother"}, "00u1", "ada", LockPurpose::kLeave));
  CHECK(name != LockName(kSource, "00u2", "ada", LockPurpose::kLeave));
  CHECK(name != LockName(kSource, "00u1", "ada2", LockPurpose::kLeave));
  CHECK(name != LockName(kSource, "00u1", "ada", LockPurpose::kRename));
  CHECK(name != LockName(kSource, "00u1", "ada", LockPurpose::kLeave, 1));
  // Parts do not run into each other.
  CHECK(LockName(kSource, "00u1a", "da", LockPurpose::kLeave) !=
        LockName(kSource, "00u1", "ada", LockPurpose::kLeave));
  for (char c : name) CHECK((std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'));
}

TEST_CASE("R1: locks are recognised by their labels, never by their name") {
  LockRecord lock = LeaveLock("00u1", "ada", kNow, kNow + absl::Hours(31));
  CHECK(IsOurs(lock, kSource));
  lock.name = "anything";
  CHECK(IsOurs(lock, kSource));
  for (std::string_view key : {labels::kOrigin, labels::kSource, labels::kLockOktaUserId, labels::kPurpose}) {
    LockRecord without = lock;
    without.labels.erase(std::string(key));
    CHECK_FALSE(IsOurs(without, kSource));
  }
  lock.user_only = false;
  CHECK_FALSE(IsOurs(lock, kSource));
}

TEST_CASE(
    "R12: the guard remembers removals by our locks, lifted ones included, held and approved ones not") {
  const absl::Time window = kNow - absl::Hours(24);
  std::vector<LockRecord> locks;
  locks.push_back(LeaveLock("00u1", "a", kNow - absl::Hours(2), kNow + absl::Hours(29)));
  locks.push_back(LeaveLock("00u2", "b", kNow - absl::Hours(3), kNow - absl::Hours(3)));  // lifted
  locks.push_back(
      LeaveLock("00u2", "b", kNow - absl::Hours(1), kNow + absl::Hours(30), LockPurpose::kRename));
  locks.push_back(LeaveLock("00u3", "c", kNow - absl::Hours(25), kNow + absl::Hours(6)));  // too old
  locks.push_back(LeaveLock("00u4", "d", kNow, kNow + absl::Hours(31), LockPurpose::kSuspend));
  locks.push_back(LeaveLock("00u5", "e", kNow, kNow + absl::Hours(31)));
  locks.back().labels[std::string(labels::kHeld)] = "true";
  locks.push_back(LeaveLock("00u6", "f", kNow, kNow + absl::Hours(31)));
  locks.back().labels[std::string(labels::kApproval)] = "abc";
  const LockBook book(locks, {}, kSource, kNow);
  CHECK(book.RemovedSince(window) == 3);  // who left twice counts twice
  CHECK(book.CountedSince("00u1", "a", window));
  CHECK_FALSE(book.CountedSince("00u1", "b", window));
  CHECK_FALSE(book.CountedSince("00u3", "c", window));
  CHECK_FALSE(book.CountedSince("00u5", "e", window));
}

TEST_CASE("R17: a name is in quarantine for everybody but its own former holder, whatever the case") {
  const LockBook book({LeaveLock("00u1", "Ada@example.com", kNow, kNow + absl::Hours(31)),
                       LeaveLock("00u2", "bob", kNow, kNow + absl::Hours(31), LockPurpose::kSuspend),
                       LeaveLock("00u3", "eve", kNow - absl::Hours(32), kNow - absl::Hours(1))},
                      {}, kSource, kNow);
  CHECK(book.QuarantineOf("ada@example.com", "00u9") != nullptr);
  CHECK(book.QuarantineOf("ada@example.com", "00u1") == nullptr);
  // A suspension, too: were the user deleted by hand, the lock would keep out whoever got the name.
  CHECK(book.QuarantineOf("bob", "00u9") != nullptr);
  CHECK(book.QuarantineOf("eve", "00u9") == nullptr);
}

TEST_CASE("R17: the server's clock keeps a lock in force although ours says that it has ended") {
  const LockRecord lock = LeaveLock("00u1", "ada", kNow - absl::Hours(32), kNow - absl::Minutes(1));
  const LockBook book({lock}, {lock}, kSource, kNow);
  CHECK(book.QuarantineOf("ada", "00u9") != nullptr);
}

TEST_CASE("R12: the guard's limit is the larger of 10 and 10 % of roster and removed, at most 500") {
  const GuardOptions options;
  CHECK(GuardLimit(3, 0, options) == 10);
  CHECK(GuardLimit(100, 0, options) == 10);
  CHECK(GuardLimit(990, 10, options) == 100);
  CHECK(GuardLimit(30'000, 0, options) == 500);
}

TEST_CASE("R12: the guard holds what exceeds the limit, an empty listing, and more than half missing") {
  const GuardOptions options;
  const auto judge = [&](uint64_t roster, uint64_t removed, uint64_t candidates, uint64_t absent,
                         uint64_t listed) {
    return JudgeRemovals({roster, removed, candidates, absent, listed}, options).hold;
  };
  CHECK_FALSE(judge(100, 0, 10, 10, 90));
  CHECK(judge(100, 0, 11, 11, 89));
  CHECK(judge(100, 5, 6, 6, 94));
  CHECK_FALSE(judge(100, 5, 5, 5, 95));
  CHECK(judge(3, 0, 3, 3, 0));  // 200 [] with 3 users
  CHECK(judge(30'000, 0, 30'000, 30'000, 0));
  CHECK(judge(3, 0, 2, 2, 1));        // more than half, although below 10
  CHECK_FALSE(judge(4, 0, 2, 2, 2));  // exactly half
  CHECK_FALSE(judge(1'000, 0, 0, 0, 1'000));
  CHECK(judge(100'000, 0, 501, 501, 99'499));
  // The empty list names its likely cause.
  CHECK(JudgeRemovals({3, 0, 3, 3, 0}, options).reason.find("an empty list") != std::string::npos);
}

Roster TwelvePeople() {
  Roster roster;
  for (int i = 0; i < 12; ++i) {
    const std::string number = std::to_string(100 + i);
    roster.AddOurs("00u" + number, "u" + number, {});
  }
  roster.Seal();
  return roster;
}

TEST_CASE("R12, R14: what would be taken from too many goes from those for whom it was approved") {
  TakenBook book;
  for (Roster::Index i = 0; i < 12; ++i) book.Add(i, {{"okta/department"}, {}});
  const Roster roster = TwelvePeople();
  HeldSet set = book.Rule(10, roster, {}).held.at(0);
  set.items.pop_back();  // one more has lost the attribute since
  const Approvals approvals({ApprovalOf(set, "s", kNow)});
  const TakenBook::Ruling ruling = book.Rule(0, roster, approvals);
  CHECK(ruling.allowed.size() == 11);
  REQUIRE(ruling.held.size() == 1);
  CHECK(ruling.held[0].items.size() == 1);
}

TEST_CASE("R12: an attribute or role that would be taken from more than the limit stays") {
  TakenBook book;
  for (Roster::Index i = 0; i < 12; ++i) book.Add(i, {{"okta/department"}, {}});
  book.Add(0, {{"okta/title"}, {"old-role"}});
  const TakenBook::Ruling ruling = book.Rule(10, TwelvePeople(), {});
  REQUIRE(ruling.held.size() == 1);
  CHECK(ruling.held[0].reason.find("okta/department") != std::string::npos);
  CHECK(ruling.held[0].items.size() == 12);
  REQUIRE(ruling.allowed.size() == 1);
  CHECK(ruling.allowed.at(0).what.trait_keys == std::vector<std::string>{"okta/title"});
  CHECK(ruling.allowed.at(0).what.roles == std::vector<std::string>{"old-role"});
  CHECK(book.Rule(12, TwelvePeople(), {}).allowed.size() == 12);
}

}  // namespace
}  // namespace oktasync::reconcile
