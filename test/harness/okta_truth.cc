#include "harness/okta_truth.h"

#include <algorithm>

#include "harness/record_entry.h"

namespace harness {
namespace {

using nlohmann::json;

bool IsOneOf(const std::string& word, std::initializer_list<const char*> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The table of rule R3.
Presence PresenceOf(const std::string& status, const std::string& assignment) {
  if (IsOneOf(status, {"DEPROVISIONED", "DELETED"}) ||
      IsOneOf(assignment, {"", "INACTIVE", "REVOKED", "DEPROVISIONED"})) {
    return Presence::kGone;
  }
  if (status == "SUSPENDED" || assignment == "SUSPENDED") return Presence::kSuspended;
  const bool known =
      IsOneOf(status, {"STAGED", "PROVISIONED", "ACTIVE", "RECOVERY", "LOCKED_OUT", "PASSWORD_EXPIRED"}) &&
      IsOneOf(assignment, {"ACTIVE", "PROVISIONED", "STAGED", "PENDING", "APPROVED", "IMPLICIT"});
  return known ? Presence::kPresent : Presence::kUnknown;
}

}  // namespace

void OktaTruth::See(const json& entry) {
  if (Text(entry, "side") != "okta") return;
  const auto seq = entry.value("seq", uint64_t{0});
  if (Text(entry, "kind") == "event") {
    if (!entry.contains("user_name")) return;  // of the org, not of a person
    const std::string user = Text(entry, "status");
    changes_[Text(entry, "id")].push_back(
        {seq,
         {PresenceOf(user, Text(entry, "assignment_status")), IsOneOf(user, {"DEPROVISIONED", "DELETED"}),
          Text(entry, "user_name")}});
    return;
  }
  const int status = entry.value("status", 0);
  if (Text(entry, "kind") != "request" || (status != 200 && status != 404)) return;
  // An empty list is read to its end like another, but tells of nobody either.
  if (Garbled(entry) || Text(entry, "fault") == "empty_list") return;
  const std::string path = Text(entry, "path");
  const double began = entry.value("began", 0.0);
  const std::string of_app = "/apps/" + app_ + "/users";
  const size_t one = path.rfind("/users/");
  if (one != std::string::npos) {
    const bool assignment = path.find(of_app + "/") != std::string::npos;
    if (!assignment && path.find("/apps/") != std::string::npos) return;
    requests_.push_back({seq, began, assignment ? Asked::kAssignment : Asked::kUser,
                         path.substr(one + 7, path.find('?') - one - 7)});
  } else if (status == 200 && path.find(of_app) != std::string::npos) {
    requests_.push_back({seq, began, entry.value("last_page", false) ? Asked::kLastPage : Asked::kPage, ""});
  }
}

OktaTruth::State OktaTruth::At(const std::string& id, uint64_t seq) const {
  const auto found = changes_.find(id);
  if (found == changes_.end()) return {};
  State state;
  for (const Change& change : found->second) {
    if (change.seq <= seq) state = change.state;
  }
  return state;
}

std::vector<OktaTruth::Read> OktaTruth::ReadsOf(const std::string& id, double since) const {
  std::vector<Read> reads;
  for (auto it = requests_.rbegin(); it != requests_.rend(); ++it) {
    if (it->began < since) continue;  // a slow one may stand behind a quick one
    if (it->id.empty() || it->id == id) reads.push_back({it->began, it->asked, At(id, it->seq)});
  }
  return reads;
}

}  // namespace harness
