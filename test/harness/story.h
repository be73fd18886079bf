// A record made by hand, for the tests of its judges: as the playground writes it, of one app.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/invariants.h"
#include "nlohmann/json.hpp"

namespace harness {

class Story {
 public:
  Story& Event(const std::string& id, const std::string& name, const std::string& status,
               const nlohmann::json& assignment) {
    return Add({{"side", "okta"},
                {"kind", "event"},
                {"event", "some"},
                {"id", id},
                {"user_name", name},
                {"status", status},
                {"assignment_status", assignment}});
  }
  Story& Read(const std::string& id, const std::string& fault = "") {
    nlohmann::json entry = {{"side", "okta"},
                            {"kind", "request"},
                            {"path", "/api/v1/apps/0oa/users/" + id + "?expand=user"},
                            {"status", 200},
                            {"began", at_}};
    if (!fault.empty()) entry["fault"] = fault;
    return Add(std::move(entry));
  }
  Story& ReadUser(const std::string& id) {
    return Add({{"side", "okta"},
                {"kind", "request"},
                {"path", "/api/v1/users/" + id},
                {"status", 200},
                {"began", at_}});
  }
  // The list, read to its end by one page.
  Story& Page(const std::string& app = "0oa") {
    return List("/api/v1/apps/" + app + "/users?limit=500", true);
  }
  // A page of our app's list that is not the whole of it, or was not answered as Okta has it.
  Story& PartOfList(const std::string& after = "", bool last = false, const std::string& fault = "",
                    int status = 200) {
    return List("/api/v1/apps/0oa/users?" + (after.empty() ? "" : "after=" + after + "&") + "limit=500", last,
                fault, status);
  }
  Story& TakeLease(const std::string& code = "OK") {
    return Add(
        {{"side", "auth"}, {"kind", "request"}, {"call", "AcquireSemaphore"}, {"code", code}, {"conn", 1}});
  }
  Story& Audit(int conn = 1) {
    return Add(
        {{"side", "auth"}, {"kind", "request"}, {"call", "EmitAuditEvent"}, {"code", "OK"}, {"conn", conn}});
  }
  Story& Create(const std::string& id, const std::string& name) {
    return Write("CreateUser", name, nullptr, User(id));
  }
  Story& Delete(const std::string& id, const std::string& name) {
    return Write("DeleteUser", name, User(id), nullptr);
  }
  Story& Lock(const std::string& id, const std::string& name, const std::string& purpose, double hours,
              const std::string& approval = "", bool held = false) {
    const std::string lock_name = "lock-" + id + name;
    const nlohmann::json before = locks_[lock_name];
    nlohmann::json lock = {{"target", {{"user", name}}},
                           {"expires", at_ + hours * 3600},
                           {"labels",
                            {{"teleport.dev/origin", "okta"},
                             {"oktasync/source", "00o/0oa"},
                             {"oktasync/okta-user-id", id},
                             {"oktasync/purpose", purpose}}}};
    if (!approval.empty()) lock["labels"]["oktasync/approval"] = approval;
    if (held) lock["labels"]["oktasync/held"] = "true";
    locks_[lock_name] = lock;
    return Write("UpsertLock", lock_name, before, lock);
  }
  Story& DeleteLock(const std::string& id, const std::string& name) {
    const std::string lock_name = "lock-" + id + name;
    return Write("DeleteLock", lock_name, locks_.at(lock_name), nullptr);
  }
  Story& Write(const std::string& call, const std::string& name, const nlohmann::json& before,
               const nlohmann::json& after) {
    return Add({{"side", "auth"},
                {"kind", "write"},
                {"call", call},
                {"name", name},
                {"before", before},
                {"after", after}});
  }
  Story& Later(double seconds) {
    at_ += seconds;
    return *this;
  }
  static nlohmann::json User(const std::string& id) {
    return {{"labels",
             {{"teleport.dev/origin", "okta"},
              {"oktasync/source", "00o/0oa"},
              {"teleport.internal/okta-user-id", id}}},
            {"roles", {"okta-requester"}},
            {"traits", {{"okta/email", {"a@b.c"}}}}};
  }
  // The numbers of the invariants that were broken.
  std::vector<std::string> Broken(Promises promises = {}) const {
    promises.source = "00o/0oa";
    std::vector<std::string> numbers;
    for (const std::string& sentence : BrokenInvariants(record_, promises)) {
      UNSCOPED_INFO(sentence);
      numbers.push_back(sentence.substr(0, sentence.find(':')));
    }
    return numbers;
  }

 private:
  Story& List(const std::string& path, bool last, const std::string& fault = "", int status = 200) {
    nlohmann::json entry = {
        {"side", "okta"}, {"kind", "request"}, {"path", path}, {"status", status}, {"began", at_}};
    if (last) entry["last_page"] = true;
    if (!fault.empty()) entry["fault"] = fault;
    return Add(std::move(entry));
  }
  Story& Add(nlohmann::json entry) {
    entry["seq"] = record_.size() + 1;
    entry["at"] = at_;
    record_.push_back(std::move(entry));
    at_ += 0.01;
    return *this;
  }
  nlohmann::json record_ = nlohmann::json::array();
  std::map<std::string, nlohmann::json> locks_;
  double at_ = 1.7e9;
};

// Somebody who has a user and was then taken off the app.
inline Story Leaver() {
  return Story().TakeLease().Page().Create("00u1", "ada").Event("00u1", "ada", "ACTIVE", nullptr);
}

}  // namespace harness
