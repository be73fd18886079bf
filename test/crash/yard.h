// A playground and the product run against it, one process after another, each of which may be killed at one
// of its requests; and the playground's state, saved, brought back and compared.
//
// Each worker thread has its own. Throws std::runtime_error when playground or product cannot be used.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/process.h"
#include "harness/product.h"
#include "nlohmann/json.hpp"
#include "playground/client.h"

namespace crash {

// A point of a run: its n-th request, before it is looked at or after it was done and before it is answered.
struct KillPoint {
  uint64_t number = 0;
  bool after = false;
};

struct Ended {
  int exit_code = -1;
  nlohmann::json report;  // null when it printed none
  std::string err;
  uint64_t requests = 0;
  bool killed = false;
  std::string killed_at;             // the request
  std::vector<std::string> secrets;  // that it told; see harness/secret_lines.h
};

class Yard {
 public:
  Yard(const harness::Programs& programs, int people);
  ~Yard();
  Yard(const Yard&) = delete;
  Yard& operator=(const Yard&) = delete;

  const playground::Client& world() const { return *world_; }
  std::string Source() const { return world_->Info("org_id") + "/" + world_->Info("app_id"); }
  void Configure(int guard_least, const std::string& suspended);

  // `run` is a daemon: it is told to end when its first sync is over, and has no report.
  Ended Run(const std::vector<std::string>& words) { return RunKilled(words, {}); }
  Ended RunKilled(const std::vector<std::string>& words, KillPoint point);
  // The dead one's lease ends by itself after its term; here at once.
  void EndLeases() const { world_->Post("/auth/drop_lease"); }

  void Save(const std::string& name) const;
  void Restore(const std::string& name) const;
  uint64_t RecordEnd() const { return world_->RecordEnd(); }
  nlohmann::json RecordSince(uint64_t entry) const { return world_->Record(entry); }

  // Users with all that we give them, and the locks of ours in force: what two ends are compared by.
  nlohmann::json State() const;
  // The names of all who are present in Okta, sorted.
  std::vector<std::string> Present() const;
  // All that a process finds which begins now: users as above, and each lock, in force or not, with its labels.
  nlohmann::json World() const;

 private:
  nlohmann::json Users() const;
  // Until the daemon's first sync is over, or it was killed.
  void AwaitSync(uint64_t since) const;

  std::string dir_;
  std::vector<std::string> secrets_;
  std::unique_ptr<playground::Client> world_;
  std::unique_ptr<harness::Product> product_;
};

}  // namespace crash
