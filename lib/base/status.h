// Errors with words for the person who must act.
//
// A message says what failed, for whom, why, and what to do; it never holds a secret. Context is added on
// the way up with Annotate, outermost first: "confirming 00u1 (ada@example.com): reading the user: ...".
// Debian's Abseil has string types of its own (ABSL_OPTION_USE_STD_STRING_VIEW 0), so Sv and Std bridge.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace oktasync {

inline absl::string_view Sv(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view Std(absl::string_view text) { return {text.data(), text.size()}; }

// What the codes mean between our rooms:
//   kUnavailable, kDeadlineExceeded   the other side could not be reached or did not answer, retries included
//   kResourceExhausted                the other side asks us to slow down, and our patience is used up
//   kUnauthenticated                  our credentials were not accepted
//   kPermissionDenied                 they were, but they do not allow this
//   kFailedPrecondition               an admin must change something first; or a stale revision
//   kNotFound, kAlreadyExists         as they say
//   kDataLoss                         an answer that is broken, incomplete or contradicts itself
//   kInvalidArgument                  bad input of ours: configuration, key, name
//   kCancelled                        we were told to stop
inline absl::Status MakeStatus(absl::StatusCode code, std::string_view message) {
  return absl::Status(code, Sv(message));
}

inline std::string Message(const absl::Status& status) { return std::string(Std(status.message())); }

// The same status with "context: " before its message. OK stays OK.
absl::Status Annotate(const absl::Status& status, std::string_view context);

// "UNAVAILABLE: text" for logs.
std::string Describe(const absl::Status& status);

}  // namespace oktasync

#define OKTASYNC_CONCAT_INNER(a, b) a##b
#define OKTASYNC_CONCAT(a, b) OKTASYNC_CONCAT_INNER(a, b)

// Returns from the calling function when `expr` is an error.
#define OKTASYNC_RETURN_IF_ERROR(expr)                                                        \
  do {                                                                                        \
    if (absl::Status oktasync_status = (expr); !oktasync_status.ok()) return oktasync_status; \
  } while (false)

// OKTASYNC_ASSIGN_OR_RETURN(auto page, Read());
#define OKTASYNC_ASSIGN_OR_RETURN(lhs, expr) \
  OKTASYNC_ASSIGN_OR_RETURN_IMPL(OKTASYNC_CONCAT(oktasync_or_, __LINE__), lhs, expr)
#define OKTASYNC_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                                   \
  if (!tmp.ok()) return tmp.status();                  \
  lhs = *std::move(tmp)
