#include "harness/removals.h"

#include <algorithm>

#include "harness/record_entry.h"

namespace harness {
namespace {

using nlohmann::json;

constexpr double kDay = 24 * 3600.0;
constexpr double kReadAge = 60.0;

bool TakesAway(const std::string& purpose) {
  return purpose == "leave" || purpose == "rename" || purpose == "handover";
}

}  // namespace

std::vector<std::string> Removals::See(const json& entry) {
  at_ = entry.value("at", at_);
  seq_ = entry.value("seq", seq_);
  const std::string kind = Text(entry, "kind");
  const std::string call = Text(entry, "call");
  if (kind == "request") SeeRequest(entry);
  if (kind == "write" && Text(entry, "side") == "auth") {
    if (call == "UpsertLock") SeeLock(entry);
    if (call == "DeleteUser") SeeDelete(entry);
  }
  // The auth service's state after the write, whoever made it.
  if (kind == "write" && (call.find("Lock") != std::string::npos || call.find("lock") != std::string::npos)) {
    const json after = entry.value("after", json());
    locks_.erase(Text(entry, "name"));
    if (IsOf(after, promises_.source)) locks_[Text(entry, "name")] = Parse(after);
  }
  return std::exchange(broken_, {});
}

// A run begins by taking the lease, and ends with its audit event. Another host may be refused the lease meanwhile, or
// tell of a run that failed before it came to that.
void Removals::SeeRequest(const json& entry) {
  const std::string call = Text(entry, "call");
  const bool taken = call == "AcquireSemaphore" && Text(entry, "code") == "OK";
  if (taken) holder_ = entry.value("conn", json());
  if (taken || (call == "EmitAuditEvent" && entry.value("conn", json()) == holder_)) whole_ = false;
  const std::string path = Text(entry, "path");
  if (path.find("/apps/" + promises_.AppId() + "/users?") == std::string::npos) return;
  if (path.find("after=") == std::string::npos) whole_ = false;
  if (entry.value("status", 0) == 200 && entry.value("last_page", false) && !Garbled(entry)) whole_ = true;
}

void Removals::SeeLock(const json& entry) {
  const json before = entry.value("before", json());
  const Lock lock = Parse(entry.value("after", json()));
  const std::string who = lock.id + " " + lock.target;
  if (!Lasts(lock.value, at_)) {
    if (lock.purpose == "leave") leaving_.erase(who);
    return;
  }
  if (!TakesAway(lock.purpose)) return;
  const std::string digest = Label(lock.value, "oktasync/approval");
  const bool clean_up = promises_.CleansUp(lock.value, seq_);
  const bool leaves = lock.purpose == "leave" && leaving_.insert(who).second;
  const bool moves = lock.purpose != "leave" && !Lasts(before, at_);
  if ((leaves || moves) && !whole_ && !clean_up &&
      !(leaves && promises_.sweeps.Holds(seq_) && ShownDeactivated(lock.id))) {
    Break("6", who + " is locked (" + lock.purpose + ") and the list was not read to its end");
  }
  if (!digest.empty()) {
    if (!promises_.Approved(digest, lock.id, lock.target, seq_))
      Break("7", "the lock on " + who + " says that " + digest + " was approved for it, which was not");
    // What was locked before it was approved is no removal without an approval any more.
    removals_.erase(std::remove_if(removals_.begin(), removals_.end(),
                                   [&](const Removal& removal) { return removal.who == who; }),
                    removals_.end());
  } else if (!lock.held) {
    Count(lock);
  } else if (!ShownDeactivated(lock.id)) {
    Break("7", who + " is locked beyond the limit, and no single read shows a deactivation");
  }
}

void Removals::Count(const Lock& lock) {
  for (const auto& [name, known] : locks_) {
    if (known.id == lock.id && known.target == lock.target && TakesAway(known.purpose) && !known.held &&
        Lasts(known.value, at_)) {
      return;  // counted when that one was made
    }
  }
  while (!removals_.empty() && removals_.front().at <= at_ - kDay) removals_.pop_front();
  removals_.push_back({at_, lock.id + " " + lock.target});
  const size_t most = promises_.MostRemovals(seq_);
  if (removals_.size() > most) {
    Break("7", std::to_string(removals_.size()) + " removals in 24 hours without an approval, the last of " +
                   removals_.back().who + "; the limit is " + std::to_string(most));
  }
}

void Removals::SeeDelete(const json& entry) {
  const std::string name = Text(entry, "name");
  const std::string id = Label(entry.value("before", json()), "teleport.internal/okta-user-id");
  bool counted = false;
  bool clean_up = false;
  for (const auto& [lock_name, lock] : locks_) {
    if (lock.id != id || lock.target != name || !Lasts(lock.value, at_)) continue;
    counted = counted || (TakesAway(lock.purpose) && !lock.held);
    clean_up = clean_up || promises_.CleansUp(lock.value, seq_);
  }
  if (!counted)
    Break("7", id + " " + name + " is deleted under no lock that the guard counts, and no approval");
  if (!whole_ && !clean_up && leaving_.count(id + " " + name) == 0)
    Break("6", id + " " + name + " is deleted and the list was not read to its end");
}

bool Removals::ShownDeactivated(const std::string& id) const {
  const auto reads = okta_.ReadsOf(id, at_ - kReadAge);
  return std::any_of(reads.begin(), reads.end(), [](const OktaTruth::Read& read) {
    const bool single = read.asked == OktaTruth::Asked::kUser || read.asked == OktaTruth::Asked::kAssignment;
    return single && read.state.user_gone;
  });
}

Removals::Lock Removals::Parse(const json& value) {
  return {Label(value, "oktasync/okta-user-id"), Target(value), Label(value, "oktasync/purpose"),
          !Label(value, "oktasync/held").empty(), value};
}

void Removals::Break(const char* number, const std::string& what) {
  broken_.push_back(std::string(number) + ": " + what + " (entry " + std::to_string(seq_) + ")");
}

}  // namespace harness
