// A token source that keeps the token it was given last.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "oauth/minter.h"
#include "oauth/token_source.h"

namespace oktasync::oauth {

// `patient`: nobody can go on without the token, so it may try for long; otherwise one quick try, since the
// old token still serves.
using Mint = std::function<absl::StatusOr<MintedToken>(bool patient, Cancel& cancel)>;

// Renews at 85 % of the lifetime; while a renewal fails the old token serves until its end, and the next
// renewal is tried half a minute later. One mint at a time; who has a living token never waits for it, the
// others wait and share its outcome. clock and log must outlive the source.
std::unique_ptr<TokenSource> MakeCachedSource(Mint mint, const Clock& clock, LogSink& log);

}  // namespace oktasync::oauth
