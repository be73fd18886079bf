// Proof, person by person, before anything is taken away or given back (rules R13, R16).
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "reconcile/run_context.h"

namespace oktasync::reconcile {

// What a fresh read says about one person.
struct Verdict {
  enum class Kind {
    kGone,     // deactivated, deleted, or not assigned any more
    kPresent,  // assigned and in a status that we know as present
    kSuspended,
    kUnclear,  // the read failed, was refused (403 never counts), or told a status that we do not know
  };
  Kind kind = Kind::kUnclear;
  bool deactivated = false;  // with kGone: DEPROVISIONED or deleted, so he cannot log in through Okta either
  absl::Duration begun;      // Clock::SinceBoot() before the read was sent that tells the most
  std::string words;         // for the report and the lock: what was read, with Okta's request id
};

// The second whole walk that stands in for assignment reads when there are too many of them. It must have
// begun after the first ended. What makes Okta skip somebody may well make it skip him again, so of those whom it
// does not show some are read all the same: of a crowd that was deactivated that is whoever was not.
struct SecondWalk {
  absl::flat_hash_map<std::string, Presence> rows;  // only of the people that we asked about
  static constexpr int kReadsBeside = 20;

  // Null when it did not show this person.
  const Presence* Find(const std::string& okta_id) const {
    const auto row = rows.find(okta_id);
    return row == rows.end() ? nullptr : &row->second;
  }
};

// Thread-safe.
class Confirmer {
 public:
  // `second` may be null: then each person's assignment is read.
  explicit Confirmer(RunContext& ctx, const SecondWalk* second = nullptr) : ctx_(ctx), second_(second) {}

  // Reads the user, then the assignment, or asks the second walk. An unassignment counts only while the app itself
  // answers, is ACTIVE and does not assign implicitly.
  Verdict Read(const std::string& okta_id);
  // Only the user: kGone with `deactivated`, or kUnclear for everything else.
  Verdict ReadUserAlone(const std::string& okta_id);

 private:
  absl::Status CheckApp();

  RunContext& ctx_;
  const SecondWalk* second_;
  std::atomic<int> reads_beside_{0};
  std::mutex app_mutex_;
  absl::Duration app_checked_ = -absl::InfiniteDuration();
};

// OK when the app answers, is ACTIVE and assigns explicitly: only then does its list of users mean anything.
absl::Status CheckApp(const okta::App& app);

}  // namespace oktasync::reconcile
