// What the steps of one run share.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/source_id.h"
#include "reconcile/held.h"
#include "reconcile/lock_book.h"
#include "reconcile/options.h"
#include "reconcile/report.h"
#include "reconcile/source.h"
#include "reconcile/target.h"
#include "traits/mapper.h"

namespace oktasync::reconcile {

// Collects a report from several threads, and counts for the progress bar.
class ReportBuilder {
 public:
  // `written` counts for who looks at the progress meanwhile.
  explicit ReportBuilder(std::atomic<uint64_t>& written) : written_(written) {}
  void Add(Outcome outcome, std::string_view okta_id, std::string_view name, std::string reason);
  void Count(const std::string& what, uint64_t by = 1);
  void Notice(std::string text);
  // The approval of that digest lets something through.
  void Used(const std::string& digest);
  uint64_t CountOf(const std::string& what) const;
  uint64_t CountOf(Outcome outcome) const;
  // A write that Teleport accepted, for the progress.
  void Wrote() { written_.fetch_add(1, std::memory_order_relaxed); }
  // Moves what was collected into `report`.
  void Finish(Report* report);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, uint64_t> counts_;
  std::vector<Line> lines_;
  std::vector<std::string> notices_;
  std::vector<std::string> used_;  // each once
  std::atomic<uint64_t>& written_;
};

// Thread-safe. Everything referred to outlives the run.
class RunContext {
 public:
  RunContext(const Options& options_in, Source& source_in, const CorrectedClock& clock_in, LogSink& log_in,
             Cancel& cancel_in, std::atomic<uint64_t>& written)
      : options(options_in),
        source(source_in),
        clock(clock_in),
        log(log_in),
        cancel(cancel_in),
        report(written) {}

  const Options& options;
  Source& source;
  const CorrectedClock& clock;
  LogSink& log;
  Cancel& cancel;  // the run's own: requested from outside, or by Fail
  ReportBuilder report;

  // Set by the checks that begin a run, before any change.
  Target* target = nullptr;
  SourceId id;
  std::string org_url;
  const traits::Mapper* mapper = nullptr;
  LockBook locks;

  Approvals approvals;  // those of this source (R14)

  // The approval that lets this through, null for none. It holds once: who was removed under it, by whatever process,
  // and has come back since, is another case.
  const Approval* Approved(HeldKind kind, const HeldItem& item);
  // Somebody takes a name that approvals gave to this person.
  void TookName(std::string_view okta_id, std::string_view name);
  // Once those who leave are known: a notice about each approval that was carried out before.
  void TellOfSpent();
  // The notice about one.
  void TellSpent(const std::string& digest, const std::string& for_whom);

  // A role that cannot be given (R8): creates and updates that need it wait, removals go on. `why` is a notice
  // with what to do.
  void RoleWaits(const std::string& role, std::string why);
  void RoleMissing(const std::string& role);
  // Whether Teleport knows the role; asked once a run. True when that cannot be found out.
  bool RoleExists(const std::string& role);
  // Nobody's roles, or connector, are known in this run: every create and update waits for `what`.
  void ChangesWait(std::string what, std::string why);
  bool ChangesAllWait() const;
  // What somebody who should have these roles has to wait for ("the role x"), or "".
  std::string WaitsFor(const std::vector<std::string>& roles) const;

  // An error of the whole (R21): nothing more is begun.
  void Fail(const absl::Status& status);
  absl::Status failure() const;

  // Files an error met while doing `what` for one person: as that person's line, or, when it concerns
  // everybody (permission, identity, lease, Teleport out of reach), as the failure of the run.
  void PersonFailed(std::string_view okta_id, std::string_view name, std::string_view what,
                    const absl::Status& status);
  // A write went through: the series of unreachable ones is broken.
  void Reached() { unreachable_.store(0); }

 private:
  mutable std::mutex mutex_;
  absl::Status failure_;
  std::set<std::string> waiting_roles_;
  std::map<std::string, bool> role_exists_;
  std::map<std::string, uint64_t> came_back_;  // digests to people who were removed under them before
  std::string changes_wait_;                   // for what; "" for nothing
  std::atomic<int> unreachable_{0};
};

}  // namespace oktasync::reconcile
