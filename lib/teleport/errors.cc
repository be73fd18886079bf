#include "teleport/errors.h"

#include <algorithm>
#include <array>

#include "absl/strings/cord.h"
#include "base/status.h"
#include "base/text.h"
#include "teleport/client.h"

namespace oktasync::teleport {
namespace {

// Payloads mark what the code alone does not tell; Annotate keeps them.
constexpr std::string_view kLeaseTaken = "oktasync/lease-taken";
constexpr std::string_view kTooLarge = "oktasync/message-too-large";
constexpr std::string_view kRateLimit = "oktasync/rate-limit";
constexpr std::string_view kMissingRole = "oktasync/missing-role";

// gRPC's numbers (grpc/status.h).
enum GrpcCode {
  kGrpcCancelled = 1,
  kGrpcInvalidArgument = 3,
  kGrpcNotFound = 5,
  kGrpcAlreadyExists = 6,
  kGrpcPermissionDenied = 7,
  kGrpcResourceExhausted = 8,
  kGrpcFailedPrecondition = 9,
  kGrpcUnimplemented = 12,
  kGrpcInternal = 13,
  kGrpcUnavailable = 14,
};

bool Has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// A rule of the server that its own words do not explain to an admin. First match counts.
struct Rule {
  int code;
  std::string_view part;  // of the server's message; "" matches any
  std::string_view words;
};

constexpr std::array kRules = {
    Rule{kGrpcInvalidArgument, "Okta service must supply",
         "Teleport lets an identity of role Okta write only users and locks that carry the label "
         "teleport.dev/origin: okta"},
    Rule{kGrpcInvalidArgument, "Must be Okta service to set",
         "only an identity of system role Okta may set teleport.dev/origin: okta, and the server does not "
         "see ours as "
         "one; join again with a token of type okta"},
    Rule{kGrpcInvalidArgument, "Okta origin may not be changed",
         "what has the origin okta can be changed only by an identity of system role Okta"},
    Rule{kGrpcInvalidArgument, "only lock okta user",
         "a lock of the Okta service must target exactly one user and nothing else"},
    Rule{kGrpcInvalidArgument, "special characters are not allowed",
         "names in Teleport are made of the ASCII letters, digits and @ _ : . + - only"},
    Rule{kGrpcInvalidArgument, "expired semaphore lease",
         "the lease's end is in the past by the server's clock; compare the clocks of the two machines"},
    Rule{kGrpcPermissionDenied, "only lock okta user",
         "the user does not exist (any more), or was not made by an Okta sync (label teleport.dev/origin: "
         "okta); the "
         "Okta service can lock no other"},
    Rule{kGrpcPermissionDenied, "Okta service may only",
         "the one that Teleport holds under this name was not made by an Okta sync (it lacks the label "
         "teleport.dev/origin: okta); the Okta service may not touch it. An admin can rename or remove it"},
    Rule{kGrpcPermissionDenied, "lock targeting",
         "our own identity is locked; find the lock with tctl get locks and remove it, if that is meant to "
         "be"},
    Rule{kGrpcPermissionDenied, "invalid client certificate",
         "the server does not accept our certificate; renew the identity, or join again"},
    Rule{kGrpcPermissionDenied, "client version is unsupported",
         "the server is of a version that we do not know"},
    Rule{kGrpcPermissionDenied, "built-in server",
         "only system roles such as Okta may do this, and the server does not see ours as one; join again "
         "with a token "
         "of type okta"},
    Rule{kGrpcPermissionDenied, "",
         "the system role Okta has the right to do this in Teleport 15 and newer; check that the identity "
         "has that "
         "role and is of this cluster"},
    Rule{kGrpcFailedPrecondition, "revision does not match",
         "somebody changed or removed it since it was read; read it again and decide again"},
    Rule{kGrpcUnimplemented, "",
         "the server does not know this call; Teleport 15 or newer is needed, and the address must be the "
         "auth "
         "server's"},
    Rule{kGrpcAlreadyExists, "", "somebody made it since it was looked for; read it and decide again"},
};

// Safe inside single quotes in a shell, and in YAML as it stands.
bool PlainName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

// "role X is not found" has the code of a user that is not found; X is what is missing then.
std::string RoleNotFound(std::string_view message) {
  constexpr std::string_view kBefore = "role ";
  constexpr std::string_view kAfter = " is not found";
  const size_t end = message.find(kAfter);
  if (end == std::string_view::npos) return "";
  const size_t begin = message.rfind(kBefore, end);
  if (begin == std::string_view::npos || (begin > 0 && message[begin - 1] != ' ')) return "";
  std::string_view name = message.substr(begin + kBefore.size(), end - begin - kBefore.size());
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
  return std::string(name);
}

std::string CreateRoleAdvice(const std::string& role) {
  if (!PlainName(role)) return "the role does not exist in Teleport; create it, or correct the configuration";
  return "the role " + role +
         " does not exist in Teleport; create it as you need it (tctl create role.yaml), or an "
         "empty one with: printf 'kind: role\\nversion: v7\\nmetadata: {name: \"" +
         role + "\"}\\nspec: {}\\n' | tctl create";
}

absl::StatusCode CodeOf(const ServerAnswer& answer) {
  switch (answer.code) {
    case kGrpcCancelled:
      // We did not ask for it (call.cc looks at that first), so the server stopped in the middle.
    case kGrpcInternal:
      // Teleport's own errors never have this code: it is gRPC's for a broken stream.
    case kGrpcUnavailable:
      return answer.connection.code() == absl::StatusCode::kUnauthenticated
                 ? absl::StatusCode::kUnauthenticated
                 : absl::StatusCode::kUnavailable;
    case kGrpcUnimplemented:
      return absl::StatusCode::kFailedPrecondition;
    default:
      return static_cast<absl::StatusCode>(answer.code);  // the numbers are the same
  }
}

bool HasPayload(const absl::Status& status, std::string_view mark) {
  return status.GetPayload(Sv(mark)).has_value();
}

}  // namespace

bool IsOutcomeUnknown(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kDeadlineExceeded;
}

absl::Status AnswerInWords(const CallName& call, const ServerAnswer& answer) {
  std::string words(call.call);
  if (!call.subject.empty()) words += " of " + call.subject;
  words += ", as ";
  words += call.who;
  words += ": ";
  words += answer.message.empty() ? "the server gave no reason" : Escape(answer.message, 1024);
  const absl::StatusCode code = CodeOf(answer);
  std::string_view mark;
  std::string value;
  if (code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kUnauthenticated) {
    if (!answer.connection.ok()) words += " (" + Message(answer.connection) + ")";
  } else if (code == absl::StatusCode::kDeadlineExceeded) {
    words += "; the server did not answer in time";
  } else if (code == absl::StatusCode::kResourceExhausted) {
    if (Has(answer.message, "err-max-leases")) {
      mark = kLeaseTaken;
      words += "; another instance holds the lease and runs this sync";
    } else if (Has(answer.message, "larger than max") || Has(answer.message, "message too large")) {
      mark = kTooLarge;
      words += "; the message is over a limit of size on the way";
    } else {
      mark = kRateLimit;
      words += "; the server asks us to slow down";
    }
  } else if (const std::string role = code == absl::StatusCode::kNotFound ? RoleNotFound(answer.message) : "";
             !role.empty()) {
    mark = kMissingRole;
    value = role;
    words += "; " + CreateRoleAdvice(role);
  } else {
    const auto rule = std::find_if(kRules.begin(), kRules.end(), [&](const Rule& candidate) {
      return candidate.code == answer.code && Has(answer.message, candidate.part);
    });
    if (rule != kRules.end()) words += "; " + std::string(rule->words);
  }
  absl::Status status = MakeStatus(code, words);
  if (!mark.empty()) status.SetPayload(Sv(mark), absl::Cord(value));
  return status;
}

bool IsMessageTooLarge(const absl::Status& status) { return HasPayload(status, kTooLarge); }
bool IsRateLimit(const absl::Status& status) { return HasPayload(status, kRateLimit); }
bool IsLeaseTaken(const absl::Status& status) { return HasPayload(status, kLeaseTaken); }

std::string MissingRole(const absl::Status& status) {
  const auto role = status.GetPayload(Sv(kMissingRole));
  return role.has_value() ? std::string(*role) : "";
}

absl::Status WrongRole(const IdentityFacts& facts) {
  return MakeStatus(
      absl::StatusCode::kFailedPrecondition,
      "the identity " + Escape(DescribeIdentity(facts)) +
          " does not hold the system role Okta, and Teleport lets no other write users of origin "
          "okta; make a token with tctl tokens add --type=okta and join with it");
}

}  // namespace oktasync::teleport
