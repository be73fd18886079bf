#include "history/record.h"

#include "model/labels.h"

namespace history {
namespace {

using oktasync::LabelOr;

std::string Clock(absl::Time at) { return absl::FormatTime("%d %H:%M:%E3S", at, absl::UTCTimeZone()); }

std::string LockWords(const oktasync::LockRecord& lock) {
  std::string words(LabelOr(lock.labels, oktasync::labels::kPurpose));
  if (words.empty()) words = "foreign";
  words += " lock of " + std::string(LabelOr(lock.labels, oktasync::labels::kLockOktaUserId)) + " on " +
           lock.user + " until " + (lock.expires == absl::InfiniteFuture() ? "ever" : Clock(lock.expires));
  if (const auto approval = LabelOr(lock.labels, oktasync::labels::kApproval); !approval.empty()) {
    words += " approved";
  }
  if (!LabelOr(lock.labels, oktasync::labels::kHeld).empty()) words += " held";
  return words;
}

std::string UserWords(const oktasync::UserRecord& user) {
  std::string words =
      user.name + " of " + std::string(LabelOr(user.labels, oktasync::labels::kOktaUserId)) + " [";
  for (const std::string& role : user.roles) words += role + " ";
  for (const auto& [key, values] : user.traits) {
    words += key + "=" + (values.empty() ? "" : values.front()) + " ";
  }
  return words + "]";
}

}  // namespace

std::string Words(const Person& person) {
  std::string words = person.user_name + " " + person.status + "/" +
                      (person.assignment.empty() ? "not assigned" : person.assignment);
  for (const auto& [key, value] : person.profile) {
    if (key != "login") words += " " + key + "=" + value;
  }
  if (person.deleted) words += " deleted";
  if (person.hidden) words += " hidden";
  return words;
}

std::string CallOf(const Entry& entry) {
  switch (entry.what) {
    case Entry::What::kCreate:
      return "create user";
    case Entry::What::kUpdate:
      return "update user";
    case Entry::What::kDelete:
      return "delete user";
    case Entry::What::kLock:
      return entry.lock_after->InForce(entry.at) ? "lock" : "lift lock";
    default:
      return "";
  }
}

std::string Words(const Entry& entry) {
  std::string words = std::to_string(entry.seq) + " " + Clock(entry.at) + " ";
  if (entry.run != 0) {
    words += "p" + std::to_string(entry.process) + " run " + std::to_string(entry.run) + " ";
  }
  const std::string said = entry.person == nullptr ? "404" : Words(*entry.person);
  switch (entry.what) {
    case Entry::What::kPerson:
      return words + "Okta: " + entry.id + " " + said;
    case Entry::What::kApp:
      return words + "Okta: the app is " + (entry.good ? "active" : "not to be trusted");
    case Entry::What::kForeign:
      if (entry.lock_after != nullptr) return words + "somebody else: " + LockWords(*entry.lock_after);
      return words + "somebody else: " +
             (entry.user_after != nullptr ? UserWords(*entry.user_after) : "erases " + entry.name);
    case Entry::What::kStart:
      return words + "process " + std::to_string(entry.process) + " starts";
    case Entry::What::kBegin:
      return words + (entry.plan ? "plan begins" : "begins");
    case Entry::What::kEnd:
      return words + "ends";
    case Entry::What::kApproval: {
      words += "approved, process " + std::to_string(entry.process) + ": " +
               std::string(ToString(entry.approval->kind)) + " " + entry.approval->digest;
      for (const auto& item : entry.approval->items) {
        words += " (" + item.okta_id + " " + item.name + " " + item.what + ")";
      }
      return words;
    }
    case Entry::What::kLease:
      return words + "has the lease";
    case Entry::What::kAppRead:
      return words + "reads the app: " + (entry.good ? "active" : "not to be trusted");
    case Entry::What::kPage: {
      words += "reads a page:";
      for (const auto& [id, person] : *entry.rows) words += " (" + id + " " + Words(person) + ")";
      return words;
    }
    case Entry::What::kWalkEnd:
      return words + "has read the whole list";
    case Entry::What::kUserRead:
      return words + "reads the user " + entry.id + ": " + said;
    case Entry::What::kAssignmentRead:
      return words + "reads the assignment of " + entry.id + ": " + said;
    case Entry::What::kCreate:
    case Entry::What::kUpdate:
      return words + CallOf(entry) + " " + UserWords(*entry.user_after);
    case Entry::What::kDelete:
      return words + CallOf(entry) + " " + entry.name;
    case Entry::What::kLock:
      return words + CallOf(entry) + ": " + LockWords(*entry.lock_after) + (entry.dud ? " (a dud)" : "");
  }
  return words;
}

}  // namespace history
