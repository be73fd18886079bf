// The judge judged: for each invariant a record that breaks it, which must be found, beside one that does not.
#include "history/invariants.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "history/outcome.h"
#include "history/play.h"
#include "model/labels.h"

namespace history {
namespace {

namespace labels = oktasync::labels;
using oktasync::reconcile::HeldItem;
using oktasync::reconcile::HeldKind;
using oktasync::reconcile::HeldSet;
using What = Entry::What;

constexpr char kAda[] = "00uada";
constexpr char kBob[] = "00ubob";

// Writes a record by hand.
class Fabricated {
 public:
  Fabricated() : judge_(PromisesHere()) {
    Note(Make(What::kStart));
    Note(Make(What::kLease));
  }

  static Promises PromisesHere() {
    Promises promises;
    promises.guard_least = 2;
    promises.lock_suspended = true;
    return promises;
  }

  Entry Make(What what, const std::string& id = {}, const std::string& name = {}) const {
    Entry entry;
    entry.what = what;
    entry.process = process;
    entry.run = run;
    entry.id = id;
    entry.name = name;
    entry.began_seq = seq_ + 1;
    entry.began_boot = boot_;
    return entry;
  }

  void Note(Entry entry) {
    entry.seq = ++seq_;
    entry.boot = boot_;
    entry.at = absl::FromUnixSeconds(1'790'000'000) + boot_;
    judge_.See(entry);
  }
  void Pass(absl::Duration by) { boot_ += by; }
  absl::Time Now() const { return absl::FromUnixSeconds(1'790'000'000) + boot_; }

  // Okta and others.
  void Is(const std::string& id, const std::string& name, const std::string& status = "ACTIVE",
          const std::string& assignment = "ACTIVE") {
    people_[id] = PersonOf(name, status, assignment);
    Entry entry = Make(What::kPerson, id);
    entry.person = std::make_shared<const Person>(people_[id]);
    Note(entry);
  }
  static Person PersonOf(const std::string& name, const std::string& status = "ACTIVE",
                         const std::string& assignment = "ACTIVE") {
    Person person;
    person.user_name = name;
    person.status = status;
    person.assignment = assignment;
    return person;
  }
  void Foreign(UserPtr user) {
    Entry entry = Make(What::kForeign, "", user->name);
    entry.user_after = user;
    users_[user->name] = user;
    Note(entry);
  }

  // A process.
  void Begin(int next = 0) {
    run = next == 0 ? run + 1 : next;
    Note(Make(What::kBegin));
    Entry app = Make(What::kAppRead);
    Note(app);
  }
  void End() { Note(Make(What::kEnd)); }
  void Walk(const std::vector<std::string>& ids) {
    auto rows = std::make_shared<Rows>();
    for (const std::string& id : ids) rows->emplace_back(id, people_.at(id));
    Entry page = Make(What::kPage);
    page.rows = rows;
    Note(page);
    Note(Make(What::kWalkEnd));
  }
  void Reads(const std::string& id) {
    Entry user = Make(What::kUserRead, id);
    Entry assignment = Make(What::kAssignmentRead, id);
    user.person = std::make_shared<const Person>(people_.at(id));
    if (!people_.at(id).assignment.empty()) assignment.person = user.person;
    Note(user);
    Note(assignment);
  }
  void Approves(HeldKind kind, std::vector<HeldItem> items) {
    Entry entry = Make(What::kApproval);
    auto set = std::make_shared<HeldSet>();
    set->kind = kind;
    set->digest = "d1";
    set->items = std::move(items);
    entry.approval = set;
    Note(entry);
  }

  static oktasync::UserRecord UserOf(const std::string& id, const std::string& name) {
    oktasync::UserRecord user;
    user.name = name;
    user.roles = {"okta-requester"};
    user.labels = {{std::string(labels::kOrigin), "okta"},
                   {std::string(labels::kOrg), "https://example.okta.com"},
                   {std::string(labels::kSource), "00oorg/0oaapp"},
                   {std::string(labels::kRoles), "okta-requester"},
                   {std::string(labels::kOktaUserId), id}};
    return user;
  }
  void Creates(const std::string& id, const std::string& name) { Creates(UserOf(id, name)); }
  void Creates(oktasync::UserRecord user) {
    Entry entry = Make(What::kCreate, "", user.name);
    entry.user_after = std::make_shared<const oktasync::UserRecord>(std::move(user));
    users_[entry.name] = entry.user_after;
    Note(entry);
  }
  void Updates(oktasync::UserRecord user) {
    Entry entry = Make(What::kUpdate, "", user.name);
    entry.user_before = users_.at(user.name);
    entry.user_after = std::make_shared<const oktasync::UserRecord>(std::move(user));
    users_[entry.name] = entry.user_after;
    Note(entry);
  }
  void Deletes(const std::string& name) {
    Entry entry = Make(What::kDelete, "", name);
    entry.user_before = users_.at(name);
    users_.erase(name);
    Note(entry);
  }
  oktasync::LockRecord LockOf(const std::string& id, const std::string& name,
                              const std::string& purpose = "leave") const {
    oktasync::LockRecord lock;
    lock.name = purpose + "-" + id + "-" + name;
    lock.user = name;
    lock.labels = {{std::string(labels::kOrigin), "okta"},
                   {std::string(labels::kSource), "00oorg/0oaapp"},
                   {std::string(labels::kLockOktaUserId), id},
                   {std::string(labels::kPurpose), purpose}};
    lock.created_at = Now();
    lock.expires = lock.record_expires = Now() + absl::Hours(32);
    return lock;
  }
  void Locks(oktasync::LockRecord lock, std::string_view label, const std::string& value) {
    lock.labels[std::string(label)] = value;
    Locks(std::move(lock));
  }
  void Locks(oktasync::LockRecord lock, bool dud = false) {
    Entry entry = Make(What::kLock, "", lock.user);
    const auto before = locks_.find(lock.name);
    if (before != locks_.end()) entry.lock_before = before->second;
    entry.dud = dud;
    entry.lock_after = std::make_shared<const oktasync::LockRecord>(std::move(lock));
    locks_[entry.lock_after->name] = entry.lock_after;
    Note(entry);
  }
  void Lifts(const std::string& lock_name) {
    oktasync::LockRecord lock = *locks_.at(lock_name);
    lock.expires = lock.created_at;
    Locks(lock);
  }

  // Ada and Bob are in Teleport, and so are eight others who stay.
  void Import() {
    Is(kAda, "ada");
    Is(kBob, "bob");
    Begin();
    std::vector<std::string> all = {kAda, kBob};
    for (int i = 0; i < 8; ++i) {
      all.push_back("00u" + std::to_string(i));
      Is(all.back(), "n" + std::to_string(i));
    }
    Walk(all);
    for (const std::string& id : all) Creates(id, people_[id].user_name);
    End();
    Pass(absl::Minutes(30));
  }
  // All who are assigned.
  std::vector<std::string> Listed() const {
    std::vector<std::string> ids;
    for (const auto& [id, person] : people_) {
      if (!person.assignment.empty()) ids.push_back(id);
    }
    return ids;
  }

  const std::vector<std::string>& broken() const { return judge_.broken(); }

  int process = 1;
  int run = 0;

 private:
  Invariants judge_;
  uint64_t seq_ = 0;
  absl::Duration boot_ = absl::Hours(10);
  std::map<std::string, Person> people_;
  std::map<std::string, UserPtr> users_;
  std::map<std::string, LockPtr> locks_;
};

// Something of that invariant was found broken.
bool Found(const Fabricated& record, int number) {
  const std::string prefix = std::to_string(number) + ": ";
  return std::any_of(record.broken().begin(), record.broken().end(), [&](const std::string& sentence) {
    return sentence.substr(0, prefix.size()) == prefix;
  });
}

std::string First(const Fabricated& record) { return record.broken().empty() ? "" : record.broken().front(); }

// A removal as it should be, up to the lock.
void LeavesProperly(Fabricated& record, const std::string& id, const std::string& name) {
  record.Is(id, name, "DEPROVISIONED", "");
  record.Begin();
  record.Walk(record.Listed());
  record.Reads(id);
  record.Locks(record.LockOf(id, name));
}

TEST_CASE("a record of a proper import, removal and return breaks nothing") {
  Fabricated record;
  record.Import();
  LeavesProperly(record, kAda, "ada");
  record.Deletes("ada");
  record.End();
  record.Pass(absl::Hours(1));
  record.Is(kAda, "ada");
  record.Begin();
  record.Walk(record.Listed());
  record.Reads(kAda);
  record.Creates(kAda, "ada");
  record.Lifts("leave-00uada-ada");
  record.End();
  CHECK(First(record) == "");
}

TEST_CASE("invariant 1 is noticed broken: what is not ours is touched") {
  Fabricated record;
  record.Import();
  auto local = std::make_shared<oktasync::UserRecord>();
  local->name = "carol";
  SECTION("a user of others is deleted") {
    record.Foreign(local);
    record.Begin();
    record.Walk(record.Listed());
    record.Deletes("carol");
  }
  SECTION("a user of others is updated") {
    record.Foreign(local);
    record.Begin();
    record.Walk(record.Listed());
    record.Updates(Fabricated::UserOf(kAda, "carol"));
  }
  SECTION("a user of ours loses our labels") {
    record.Begin();
    record.Walk(record.Listed());
    oktasync::UserRecord bare = Fabricated::UserOf(kAda, "ada");
    bare.labels.clear();
    record.Updates(bare);
  }
  SECTION("a role that an admin gave is taken away") {
    oktasync::UserRecord more = Fabricated::UserOf(kAda, "ada");
    more.roles.push_back("night-shift");
    record.Foreign(std::make_shared<const oktasync::UserRecord>(more));
    record.Begin();
    record.Walk(record.Listed());
    record.Updates(Fabricated::UserOf(kAda, "ada"));
  }
  SECTION("a lock of ours is turned against somebody else") {
    LeavesProperly(record, kAda, "ada");
    oktasync::LockRecord lock = record.LockOf(kAda, "ada");
    lock.user = "bob";
    record.Locks(lock);
  }
  CHECK(Found(record, 1));
}

TEST_CASE("invariant 2 is noticed broken: a delete under no lock that outlives it") {
  Fabricated record;
  record.Import();
  record.Is(kAda, "ada", "DEPROVISIONED", "");
  record.Begin();
  record.Walk(record.Listed());
  record.Reads(kAda);
  oktasync::LockRecord lock = record.LockOf(kAda, "ada");
  SECTION("no lock at all") {}
  SECTION("one that ends in 29 hours") {
    lock.expires = lock.record_expires = record.Now() + absl::Hours(29);
    record.Locks(lock);
  }
  SECTION("one that is forgotten in 29 hours") {
    lock.record_expires = record.Now() + absl::Hours(29);
    record.Locks(lock);
  }
  SECTION("one that never came into force") { record.Locks(lock, true); }
  SECTION("one on another name") { record.Locks(record.LockOf(kAda, "Ada")); }
  record.Deletes("ada");
  CHECK(Found(record, 2));
}

TEST_CASE("invariant 3 is noticed broken: shut out without a proof") {
  Fabricated record;
  record.Import();
  SECTION("no read") {
    record.Is(kAda, "ada", "DEPROVISIONED", "");
    record.Begin();
    record.Walk(record.Listed());
    record.Locks(record.LockOf(kAda, "ada"));
  }
  SECTION("a read of somebody else") {
    record.Is(kAda, "ada", "DEPROVISIONED", "");
    record.Begin();
    record.Walk(record.Listed());
    record.Reads(kBob);
    record.Locks(record.LockOf(kAda, "ada"));
  }
  SECTION("a read that is 61 seconds old") {
    record.Is(kAda, "ada", "DEPROVISIONED", "");
    record.Begin();
    record.Walk(record.Listed());
    record.Reads(kAda);
    record.Pass(absl::Seconds(61));
    record.Locks(record.LockOf(kAda, "ada"));
  }
  SECTION("a read of an earlier run") {
    record.Is(kAda, "ada", "DEPROVISIONED", "");
    record.Begin();
    record.Reads(kAda);
    record.End();
    record.Begin();
    record.Walk(record.Listed());
    record.Locks(record.LockOf(kAda, "ada"));
  }
  SECTION("a read that says present under this name, for a rename") {
    record.Begin();
    record.Walk(record.Listed());
    record.Reads(kAda);
    record.Is(kAda, "lovelace");
    record.Locks(record.LockOf(kAda, "ada", "rename"));
  }
  SECTION("not assigned, while the app is not to be trusted") {
    record.Is(kAda, "ada", "ACTIVE", "");
    record.Begin();
    record.Walk(record.Listed());
    record.Reads(kAda);
    Entry app = record.Make(What::kAppRead);
    app.good = false;
    record.Note(app);
    record.Locks(record.LockOf(kAda, "ada"));
  }
  SECTION("a suspension that no row told of") {
    record.Is(kAda, "ada", "SUSPENDED");
    record.Begin();
    record.Locks(record.LockOf(kAda, "ada", "suspend"));
  }
  CHECK(Found(record, 3));
}

TEST_CASE("invariant 3 takes a second whole walk for many who are missing, and no single one") {
  const int many = GENERATE(3, 30);
  const bool again = GENERATE(true, false);
  Fabricated record;
  record.Import();
  std::vector<HeldItem> items;
  const auto id = [](int i) { return "00um" + std::to_string(i); };
  const auto name = [](int i) { return "m" + std::to_string(i); };
  for (int i = 0; i < many; ++i) {
    record.Is(id(i), name(i));
    items.push_back({id(i), name(i), ""});
  }
  record.Begin();
  record.Walk(record.Listed());
  for (int i = 0; i < many; ++i) record.Creates(id(i), name(i));
  record.End();
  for (int i = 0; i < many; ++i) record.Is(id(i), name(i), "ACTIVE", "");
  record.Approves(HeldKind::kRemovals, items);
  record.Begin();
  record.Walk(record.Listed());
  if (again) record.Walk(record.Listed());
  for (int i = 1; i < std::min(many, 21); ++i) record.Reads(id(i));
  Entry user = record.Make(What::kUserRead, id(0));
  user.person = std::make_shared<const Person>(Fabricated::PersonOf(name(0), "ACTIVE", ""));
  record.Note(user);
  record.Locks(record.LockOf(id(0), name(0)), labels::kApproval, "d1");
  record.Deletes(name(0));
  if (again && many > 20) {
    CHECK(First(record) == "");
  } else {
    CHECK(Found(record, 3));
  }
}

TEST_CASE("invariant 4 is noticed broken: back without a fresh read") {
  Fabricated record;
  record.Import();
  LeavesProperly(record, kAda, "ada");
  record.Deletes("ada");
  SECTION("created on a row that was read before the removal") { record.Creates(kAda, "ada"); }
  SECTION("created without any read") {
    record.End();
    record.Begin();
    record.Creates(kAda, "ada");
  }
  SECTION("lifted on a row, without a single read") {
    record.End();
    record.Is(kAda, "ada");
    record.Begin();
    record.Walk(record.Listed());
    record.Lifts("leave-00uada-ada");
  }
  SECTION("lifted on a read that says gone") {
    record.End();
    record.Begin();
    record.Walk(record.Listed());
    record.Reads(kAda);
    record.Lifts("leave-00uada-ada");
  }
  SECTION("lifted on a read that says present under another name") {
    record.End();
    record.Is(kAda, "lovelace");
    record.Begin();
    record.Walk(record.Listed());
    record.Reads(kAda);
    record.Lifts("leave-00uada-ada");
  }
  SECTION("updated without a read") {
    record.End();
    record.Begin();
    record.Updates(Fabricated::UserOf(kBob, "bob"));
  }
  CHECK(Found(record, 4));
}

TEST_CASE("invariant 5 is noticed broken: somebody who was there all the time is shut out") {
  Fabricated record;
  record.Import();
  record.Begin();
  record.Walk(record.Listed());
  SECTION("locked") { record.Locks(record.LockOf(kAda, "ada")); }
  SECTION("locked by a suspension") { record.Locks(record.LockOf(kAda, "ada", "suspend")); }
  SECTION("deleted") { record.Deletes("ada"); }
  CHECK(Found(record, 5));
}

TEST_CASE("invariant 6 is noticed broken: a walk that was not whole causes a removal") {
  Fabricated record;
  record.Import();
  record.Is(kAda, "ada", "DEPROVISIONED", "");
  record.Begin();
  record.Reads(kAda);
  record.Locks(record.LockOf(kAda, "ada"));
  CHECK(Found(record, 6));
}

TEST_CASE("invariant 6 lets the dead man's switch and unfinished removals through") {
  Fabricated record;
  record.Import();
  SECTION("no list for more than two hours, and a read that says deactivated") {
    record.Is(kAda, "ada", "DEPROVISIONED", "");
    record.Pass(absl::Hours(3));
    record.Begin();
    record.Reads(kAda);
    record.Locks(record.LockOf(kAda, "ada"));
  }
  SECTION("locked by an earlier run") {
    LeavesProperly(record, kAda, "ada");
    record.End();
    record.Begin();
    record.Reads(kAda);
  }
  record.Deletes("ada");
  CHECK(First(record) == "");
}

TEST_CASE("invariant 7 is noticed broken: more removals than the guard lets through") {
  Fabricated record;
  record.Import();
  SECTION("a third in 24 hours, with a restart between") {
    for (const char* id : {"00u1", "00u2", "00u3"}) {
      LeavesProperly(record, id, "n" + std::string(id).substr(3));
      record.End();
      record.Pass(absl::Hours(7));
      record.process += 1;
      record.Note(record.Make(What::kStart));
      record.Note(record.Make(What::kLease));
    }
  }
  SECTION("one who came back counts") {
    LeavesProperly(record, kAda, "ada");
    record.End();
    record.Is(kAda, "ada");
    record.Begin();
    record.Reads(kAda);
    record.Lifts("leave-00uada-ada");
    record.End();
    LeavesProperly(record, kBob, "bob");
    record.End();
    LeavesProperly(record, "00u1", "n1");
  }
  SECTION("a delete whose lock was held by the guard") {
    record.Is(kAda, "ada", "DEPROVISIONED", "");
    record.Begin();
    record.Walk(record.Listed());
    record.Reads(kAda);
    record.Locks(record.LockOf(kAda, "ada"), labels::kHeld, "true");
    CHECK(First(record) == "");
    record.Deletes("ada");
  }
  SECTION("a lock beyond the limit on somebody who is only unassigned") {
    record.Is(kAda, "ada", "ACTIVE", "");
    record.Begin();
    record.Walk(record.Listed());
    record.Reads(kAda);
    record.Locks(record.LockOf(kAda, "ada"), labels::kHeld, "true");
  }
  SECTION("a lock that says it was approved, and was not") {
    record.Is(kAda, "ada", "DEPROVISIONED", "");
    record.Begin();
    record.Walk(record.Listed());
    record.Reads(kAda);
    record.Locks(record.LockOf(kAda, "ada"), labels::kApproval, "d1");
  }
  SECTION("an approval of another process, which has crashed") {
    record.Approves(HeldKind::kRemovals, {{kAda, "ada", ""}});
    record.process = 2;
    record.Note(record.Make(What::kStart));
    record.Note(record.Make(What::kLease));
    record.Is(kAda, "ada", "DEPROVISIONED", "");
    record.Begin();
    record.Walk(record.Listed());
    record.Reads(kAda);
    record.Locks(record.LockOf(kAda, "ada"), labels::kApproval, "d1");
  }
  SECTION("an approval that was carried out already") {
    record.Approves(HeldKind::kRemovals, {{kAda, "ada", ""}});
    record.Begin();
    record.Walk(record.Listed());
    record.End();
    record.Is(kAda, "ada", "DEPROVISIONED", "");
    record.Begin();
    record.Walk(record.Listed());
    record.Reads(kAda);
    record.Locks(record.LockOf(kAda, "ada"), labels::kApproval, "d1");
  }
  SECTION("an empty list") {
    record.Is(kAda, "ada", "DEPROVISIONED", "");
    record.Begin();
    record.Walk({});
    record.Reads(kAda);
    record.Locks(record.LockOf(kAda, "ada"));
  }
  CHECK(Found(record, 7));
}

TEST_CASE("invariant 7 counts no approved removal, nor one of yesterday") {
  Fabricated record;
  record.Import();
  for (const char* id : {"00u1", "00u2"}) {
    LeavesProperly(record, id, "n" + std::string(id).substr(3));
    record.End();
  }
  SECTION("approved") {
    record.Is(kAda, "ada", "DEPROVISIONED", "");
    record.Approves(HeldKind::kRemovals, {{kAda, "ada", ""}});
    record.Begin();
    record.Walk(record.Listed());
    record.Reads(kAda);
    record.Locks(record.LockOf(kAda, "ada"), labels::kApproval, "d1");
  }
  SECTION("a day later") {
    record.Pass(absl::Hours(24) + absl::Minutes(1));
    LeavesProperly(record, kAda, "ada");
  }
  CHECK(First(record) == "");
}

TEST_CASE("invariant 8 is noticed broken: at rest, and something is not as it should be") {
  Settings settings;
  World world(settings);
  world.okta.Hire("00u0", "ada@example.com", "Eng");
  const auto wrong = [&] { return NotAsItShould(world); };
  const auto put = [&](const std::string& name, const std::vector<std::string>& roles) {
    oktasync::UserRecord user = Fabricated::UserOf("00u0", name);
    user.roles = roles;
    user.traits = {{"okta/department", {"Eng"}}, {"okta/login", {"00u0@example.com"}}};
    world.teleport.PutUser(user, world.ServerNow());
  };
  CHECK(wrong().size() == 1);  // present, and not there
  put("ada@example.com", {"okta-requester", "engineer"});
  CHECK(wrong().empty());
  SECTION("a role too few") { put("ada@example.com", {"okta-requester"}); }
  SECTION("another trait") { world.okta.Edit("00u0", "department", "Sales"); }
  SECTION("gone and still there") { world.okta.Deactivate("00u0"); }
  SECTION("a name too many") { put("lovelace@example.com", {"okta-requester", "engineer"}); }
  SECTION("renamed, and the new name free") { world.okta.Rename("00u0", "lovelace@example.com"); }
  SECTION("locked") {
    oktasync::LockRecord lock;
    lock.name = "l";
    lock.user = "ada@example.com";
    lock.labels[std::string(labels::kSource)] = "00oorg/0oaapp";
    world.teleport.PutLock(lock, world.ServerNow());
  }
  SECTION("of two who want a free name nobody has it") {
    world.okta.Hire("00u1", "bob@example.com", "Eng");
    world.okta.Hire("00u2", "BOB@example.com", "Eng");
  }
  SECTION("two who could exchange their names have not") {
    world.okta.Hire("00u1", "ada@example.com", "Eng");
    world.okta.Rename("00u0", "bob@example.com");
    oktasync::UserRecord bob = Fabricated::UserOf("00u1", "bob@example.com");
    world.teleport.PutUser(bob, world.ServerNow());
  }
  CHECK(!wrong().empty());
}

TEST_CASE("invariant 8 asks for nothing that cannot be") {
  Settings settings;
  World world(settings);
  SECTION("the name is somebody else's") {
    world.okta.Hire("00u0", "ada@example.com", "Eng");
    oktasync::UserRecord local;
    local.name = "Ada@example.com";
    world.teleport.PutUser(local, world.ServerNow());
  }
  SECTION("the name cannot be used") { world.okta.Hire("00u0", "bot-ada", "Eng"); }
  SECTION("suspended, and never created") {
    world.okta.Hire("00u0", "ada@example.com", "Eng");
    world.okta.Suspend("00u0");
  }
  SECTION("in a status that nobody knows") {
    world.okta.Hire("00u0", "ada@example.com", "Eng");
    world.okta.SetStatus("00u0", "BANISHED");
  }
  CHECK(NotAsItShould(world).empty());
}

TEST_CASE("invariant 9 is noticed broken: the name of a leaver is free too soon") {
  Fabricated record;
  record.Import();
  LeavesProperly(record, kAda, "ada");
  record.Deletes("ada");
  record.End();
  record.Pass(absl::Hours(2));
  SECTION("somebody else gets it") {
    record.Is(kBob, "ada");
    record.Begin();
    record.Walk(record.Listed());
    record.Creates(kBob, "ada");
  }
  SECTION("somebody else gets it in another case") {
    record.Is(kBob, "ADA");
    record.Begin();
    record.Walk(record.Listed());
    record.Creates(kBob, "ADA");
  }
  SECTION("the lock is shortened") {
    oktasync::LockRecord lock = record.LockOf(kAda, "ada");
    lock.expires = record.Now() + absl::Hours(5);
    record.Begin();
    record.Reads(kAda);
    record.Locks(lock);
  }
  SECTION("the lock is lifted") {
    record.Begin();
    record.Lifts("leave-00uada-ada");
  }
  CHECK(Found(record, 9));
}

TEST_CASE("invariant 9 is noticed broken: a lock that waits for an approval or an unsuspension has an end") {
  Fabricated record;
  record.Import();
  const std::string purpose = GENERATE("suspend", "handover");
  const bool endless = GENERATE(true, false);
  if (purpose == "suspend") {
    record.Is(kAda, "ada", "SUSPENDED");
  } else {
    record.Is(kAda, "bob");
  }
  record.Begin();
  record.Walk(record.Listed());
  record.Reads(kAda);
  oktasync::LockRecord lock = record.LockOf(kAda, "ada", purpose);
  if (endless) lock.expires = lock.record_expires = absl::InfiniteFuture();
  record.Locks(lock);
  CHECK(Found(record, 9) != endless);
}

TEST_CASE("invariant 9 lets an approved takeover through") {
  Fabricated record;
  record.Import();
  LeavesProperly(record, kAda, "ada");
  record.Deletes("ada");
  record.End();
  record.Is("00u77", "ada");
  record.Approves(HeldKind::kQuarantine, {{"00u77", "", "ada"}});
  record.Begin();
  record.Walk(record.Listed());
  record.Creates("00u77", "ada");
  record.Lifts("leave-00uada-ada");
  CHECK(First(record) == "");
}

TEST_CASE("invariant 10 is noticed broken: a run that should have written nothing has written") {
  std::vector<Entry> record(3);
  record[0].what = What::kBegin;
  record[1].what = What::kCreate;
  record[1].user_after = std::make_shared<const oktasync::UserRecord>(Fabricated::UserOf(kAda, "ada"));
  record[2].what = What::kEnd;
  CHECK(FirstWrite(record, 0).find("create user ada") != std::string::npos);
  CHECK(FirstWrite(record, 2).empty());
}

TEST_CASE("invariant 12 is noticed broken: the plan names other writes, or in another order") {
  std::vector<Entry> record(2);
  record[0].what = What::kCreate;
  record[0].name = "lovelace";
  record[0].user_after = std::make_shared<const oktasync::UserRecord>(Fabricated::UserOf(kAda, "lovelace"));
  record[1].what = What::kDelete;
  record[1].name = "ada";
  record[1].user_before = std::make_shared<const oktasync::UserRecord>(Fabricated::UserOf(kAda, "ada"));
  using Plan = std::vector<oktasync::reconcile::PlannedWrite>;
  const Plan same = {{"create user", kAda, "lovelace", {}}, {"delete user", kAda, "ada", {}}};
  const Plan turned = {same[1], same[0]};
  const Plan others = {same[0], {"delete user", kBob, "ada", {}}};
  CHECK(WritesById(same) == WritesById(record));
  CHECK(WritesById(turned) != WritesById(record));
  CHECK(WritesById(others) != WritesById(record));
}

TEST_CASE("invariant 12 is noticed broken: a plan writes") {
  Fabricated record;
  record.Import();
  record.run = 9;
  Entry begin = record.Make(What::kBegin);
  begin.plan = true;
  record.Note(begin);
  record.Walk(record.Listed());
  record.Updates(Fabricated::UserOf(kAda, "ada"));
  CHECK(Found(record, 12));
}

TEST_CASE("invariant 13 is noticed broken: what is given is not ours to give") {
  Fabricated record;
  record.Import();
  record.Is("00u77", "carol");
  record.Begin();
  record.Walk(record.Listed());
  oktasync::UserRecord user = Fabricated::UserOf("00u77", "carol");
  SECTION("a role") { user.roles.push_back("admin"); }
  SECTION("a trait") { user.traits["logins"] = {"root"}; }
  SECTION("a trait with other characters") { user.traits["okta/a b"] = {"x"}; }
  record.Creates(user);
  CHECK(Found(record, 13));
}

TEST_CASE("invariant 14 is noticed broken: a write after another process has taken the lease") {
  Fabricated record;
  record.Import();
  record.Is("00u77", "carol");
  record.Begin();
  record.Walk(record.Listed());
  record.process = 2;
  record.Note(record.Make(What::kStart));
  record.Note(record.Make(What::kLease));
  record.process = 1;
  record.Creates("00u77", "carol");
  CHECK(Found(record, 14));
}

}  // namespace
}  // namespace history
