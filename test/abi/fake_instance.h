// An instance for tests of what stands before it: it remembers what it was asked for and answers what the test
// says.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "operations.h"

namespace oktasync::host {

// Thread-safe as an instance is; the members are for the test, before it serves or after.
class FakeInstance final : public Operations {
 public:
  std::string status = R"({"state":"running","last_run":{"run_id":4,"ok":true},"held":[]})";
  std::string explanation = R"({"decision":"nothing"})";
  PluginError error;                        // of every call, when it is one
  std::map<uint64_t, std::string> reports;  // others are not finished
  Cancel stopped;                           // explain waits for it when `explain_hangs`
  bool explain_hangs = false;

  std::vector<std::string> asked() const {
    std::lock_guard lock(mutex_);
    return asked_;
  }

  PluginError Status(std::string* json) override {
    *json = status;
    return error;
  }
  PluginError Request(bool plan, uint64_t* run_id) override {
    *run_id = Asked(plan ? "plan" : "sync");
    return error;
  }
  PluginError Approve(std::string_view digest, std::string_view plan, uint64_t* run_id) override {
    *run_id = Asked("approve " + std::string(digest) + "|" + std::string(plan));
    return error;
  }
  PluginError Explain(std::string_view who, std::string* json) override {
    Asked("explain " + std::string(who));
    if (explain_hangs && !stopped.SleepFor(absl::Minutes(10))) return {OKTASYNC_CANCELLED, 0, "stopped"};
    *json = explanation;
    return error;
  }
  PluginError Report(uint64_t run_id, Document* document) override {
    if (!error.ok()) return error;
    const auto it = reports.find(run_id);
    if (it == reports.end()) return {OKTASYNC_UNAVAILABLE, OKTASYNC_ERROR_RETRYABLE, "not finished yet"};
    *document = OwnedDocument(it->second);
    return {};
  }

 private:
  uint64_t Asked(const std::string& what) {
    std::lock_guard lock(mutex_);
    asked_.push_back(what);
    return 100 + asked_.size();
  }

  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
};

}  // namespace oktasync::host
