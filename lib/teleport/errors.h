// What Teleport's answers mean, in the words and codes of this house.
//
// Used by call.cc and the files of the single calls. Source: facts seen on an 18.0.0 auth server, and
// Teleport's api/trail/trail.go for how its errors become gRPC codes. Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "teleport/identity.h"

namespace oktasync::teleport {

// One call as a message names it: "UpsertLock of lock x, as <id>.<cluster>, role Okta".
struct CallName {
  std::string_view call;  // Teleport's name of it
  std::string subject;    // escaped; "" when there is none
  std::string_view who;   // escaped; whom the server sees
};

// grpc::Status taken apart, so that this header and its tests do without gRPC.
struct ServerAnswer {
  int code = 0;  // grpc::StatusCode
  std::string message;
  // Why the connection ended, when it did; OK else. Explains an UNAVAILABLE.
  absl::Status connection;
};

// The connection broke, or the deadline passed: the server may have done it or not.
bool IsOutcomeUnknown(const absl::Status& status);

// Never OK: for answers that are errors.
absl::Status AnswerInWords(const CallName& call, const ServerAnswer& answer);

// RESOURCE_EXHAUSTED has three meanings. A message over a size limit: ask for less.
bool IsMessageTooLarge(const absl::Status& status);
// Too many requests or connections; the server did nothing. (The third: client.h, IsLeaseTaken.)
bool IsRateLimit(const absl::Status& status);

// An identity without the system role Okta: kFailedPrecondition.
absl::Status WrongRole(const IdentityFacts& facts);

}  // namespace oktasync::teleport
