// Keeps the identity of a file alive: a new certificate when the cluster's host CA is rotated, and before it expires.
//
// Looks before each run. What it learns it takes only over a connection whose server was proved by the CAs that it
// holds; a new certificate always has a new key. A renewal that fails is a warning as long as the old identity works.
// One that cannot be written to the file is used all the same, and lost with the process. Both are troubles that stay
// until they are mended: the report and the status tell them.
// Source: phases of `tctl auth rotate` (docs and lib/auth/rotate.go): between init and standby both CAs are trusted, so
// whoever looks once in that time gets through it.
//
// Used by lib/config/service.cc. Thread-safe.
#pragma once

#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "teleport/client.h"
#include "teleport/identity.h"

namespace oktasync::teleport {

class IdentityKeeper {
 public:
  // clock and log must outlive the keeper.
  IdentityKeeper(std::string file, const Clock& clock, LogSink& log);

  // For IdentitySource: the file as it is now; or what this process holds, when that was renewed and could not be
  // written, or when the file cannot be used. Once the file can be read again, what was renewed is given up only for
  // an identity that was put there since and is no older.
  absl::StatusOr<Identity> Current();

  // Before a run. Blocks for one call, two and a file when the identity is renewed; then the client is told to connect
  // anew. What fails is logged.
  void Look(Client& client, Cancel& cancel);

  // What somebody must mend, as of the last Look or Current: a sentence, or "".
  std::string Trouble() const;

 private:
  absl::Status KeepUnsaved();
  absl::Status Renew(Client& client, const IdentityFacts& facts, const std::string& cas,
                     const std::string& reason, Cancel& cancel);

  const std::string file_;
  const Clock& clock_;
  LogSink& log_;
  mutable std::mutex mutex_;
  // All guarded by mutex_.
  Identity held_;            // of the file when it could be read last, or renewed since; no key: none yet
  uint64_t seen_ = 0;        // the generation that the file had when it could be read last
  bool unsaved_ = false;     // held_ was renewed, and the file does not have it
  std::string unsaved_why_;  // then: why not
  std::string unread_why_;   // "" when the file could be read
  std::string
      unrenewed_why_;  // "" when the last renewal that was due was made; else what follows "our identity"
};

// Why the identity is to be renewed by what the cluster trusts now (`cas`, PEM), "" when it is not. kInvalidArgument
// when something does not parse.
absl::StatusOr<std::string> WhyRotate(const Identity& identity, const std::string& cas);
// The same, or because of its age.
absl::StatusOr<std::string> WhyRenew(const Identity& identity, const IdentityFacts& facts,
                                     const std::string& cas, absl::Time now);

// How long before its end a certificate is to be looked after: two weeks, or a quarter of a short life.
absl::Duration SoonBefore(const IdentityFacts& facts);

// "join again: tctl …": how, when the identity is of this file.
std::string JoinAgain(const std::string& file);
// What to do about three files, which nothing of ours renews.
inline constexpr char kThreeFiles[] =
    "oktasync does not renew three files: have them renewed by what made them, or name one file in "
    "teleport.identity.file and join (oktasync join), which each run looks after";
// The words behind errors about certificates, when the identity is of this file: how to join again.
std::string JoinAgainAdvice(const std::string& file);

}  // namespace oktasync::teleport
