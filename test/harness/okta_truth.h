// What Okta had of each person, and when it was asked: from the playground's record.
//
// Somebody of whom the record has no event has been assigned from the beginning, and nothing else is known of
// him.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"

namespace harness {

enum class Presence : uint8_t { kPresent, kSuspended, kGone, kUnknown };

class OktaTruth {
 public:
  enum class Asked : uint8_t {
    kUser,        // the user alone, whether assigned or not
    kAssignment,  // to the app; tells of the user, too
    kPage,        // of the app's list
    kLastPage,
  };
  struct State {
    Presence presence = Presence::kPresent;  // by user and assignment
    bool user_gone = false;                  // deactivated or deleted
    std::string user_name;                   // "": not known
  };
  struct Read {
    double began = 0;
    Asked asked = Asked::kPage;
    State state;  // of the person, when it was answered
  };

  explicit OktaTruth(std::string app_id) : app_(std::move(app_id)) {}

  // Entries of the record in their order; others than Okta's are passed over.
  void See(const nlohmann::json& entry);
  // The reads that tell of this person, the last first, back to those that began before `since`.
  std::vector<Read> ReadsOf(const std::string& id, double since) const;

 private:
  struct Change {
    uint64_t seq;
    State state;
  };
  struct Request {
    uint64_t seq;
    double began;
    Asked asked;
    std::string id;  // "" for a page of the list
  };
  State At(const std::string& id, uint64_t seq) const;

  const std::string app_;
  std::map<std::string, std::vector<Change>> changes_;
  std::vector<Request> requests_;
};

}  // namespace harness
