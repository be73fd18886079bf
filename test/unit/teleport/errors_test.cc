// teleport/errors.h: each answer seen on a real 18.0.0 server, with the code and the advice it becomes.
#include "teleport/errors.h"

#include <catch2/catch.hpp>

#include "base/status.h"
#include "teleport/client.h"
#include "teleport/tls.h"
#include "world.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace oktasync::teleport {
namespace {

using absl::StatusCode;

constexpr char kWho[] = "2f1e.root, role Okta";

absl::Status Words(int code, const std::string& message, const absl::Status& connection = absl::OkStatus()) {
  return AnswerInWords({"UpdateUser", "user ada@example.com", kWho}, {code, message, connection});
}

struct Row {
  int grpc;
  std::string message;
  StatusCode code;
  std::vector<std::string> advice;
};

TEST_CASE("errors: what the server says becomes what an admin can do") {
  const std::vector<Row> rows = {
      {3,
       "Okta service must supply \"okta\" origin",
       StatusCode::kInvalidArgument,
       {"teleport.dev/origin: okta"}},
      {3,
       "Must be Okta service to set \"okta\" origin",
       StatusCode::kInvalidArgument,
       {"system role Okta", "join"}},
      {3,
       "Okta origin may not be changed",
       StatusCode::kInvalidArgument,
       {"only by an identity of system role Okta"}},
      {7,
       "Okta service may only update Okta resources",
       StatusCode::kPermissionDenied,
       {"not made by an Okta sync"}},
      {7,
       "Okta service may only delete Okta resources",
       StatusCode::kPermissionDenied,
       {"not made by an Okta sync"}},
      {7,
       "Okta service may only lock okta user",
       StatusCode::kPermissionDenied,
       {"does not exist (any more)"}},
      {3, "Okta service may only lock okta user", StatusCode::kInvalidArgument, {"exactly one user"}},
      {7,
       "access denied to perform action \"update\" on \"user\"",
       StatusCode::kPermissionDenied,
       {"system role Okta"}},
      {7,
       "lock targeting Role:\"Okta\" is in force",
       StatusCode::kPermissionDenied,
       {"our own identity is locked"}},
      {7, "access denied: invalid client certificate", StatusCode::kPermissionDenied, {"renew the identity"}},
      {7,
       "this request can be only executed by a teleport built-in server",
       StatusCode::kPermissionDenied,
       {"type okta"}},
      {3,
       "special characters are not allowed in resource names, ... : \"/web/users/a b/params\"",
       StatusCode::kInvalidArgument,
       {"ASCII letters"}},
      {9,
       "resource revision does not match, it may have been concurrently created|modified|deleted; ...",
       StatusCode::kFailedPrecondition,
       {"read it again"}},
      {6,
       "user \"b@example.com\" already registered",
       StatusCode::kAlreadyExists,
       {"read it and decide again"}},
      {5, "\"user\" \"x\" does not exist", StatusCode::kNotFound, {}},
      {5, "user \"x\" not found", StatusCode::kNotFound, {}},
      {12, "unknown method GetUser", StatusCode::kFailedPrecondition, {"Teleport 15 or newer"}},
      {13, "Received RST_STREAM with error code 2", StatusCode::kUnavailable, {}},
      {1, "context canceled", StatusCode::kUnavailable, {}},
      {14, "Socket closed", StatusCode::kUnavailable, {}},
      {4, "Deadline Exceeded", StatusCode::kDeadlineExceeded, {"in time"}},
      {2, "some trace error", StatusCode::kUnknown, {}},
  };
  for (const Row& row : rows) {
    INFO(row.message);
    const absl::Status status = Words(row.grpc, row.message);
    CHECK(status.code() == row.code);
    CHECK(Lacks(status, {"UpdateUser of user ada@example.com", kWho}) == "");
    CHECK(Lacks(status, row.advice) == "");
    CHECK_FALSE(IsLeaseTaken(status));
    CHECK_FALSE(IsRateLimit(status));
    CHECK_FALSE(IsMessageTooLarge(status));
  }
}

TEST_CASE("errors: a missing role is told from a missing user, with the command that makes it") {
  const absl::Status status = Words(5, "role okta-requester is not found");
  CHECK(status.code() == StatusCode::kNotFound);
  CHECK(Lacks(status,
              {"the role okta-requester does not exist", "tctl create", "{name: \"okta-requester\"}"}) == "");
  CHECK(MissingRole(Annotate(status, "creating")) == "okta-requester");
  const absl::Status user = Words(5, "user \"x\" not found");
  CHECK(Message(user).find("tctl") == std::string::npos);
  CHECK(MissingRole(user).empty());
  // A name that would do something else in a shell is not put into a command.
  const absl::Status evil = Words(5, "role x'; rm -rf / #' is not found");
  CHECK(Message(evil).find("printf") == std::string::npos);
  CHECK(Lacks(evil, {"create it"}) == "");
}

TEST_CASE("errors: RESOURCE_EXHAUSTED has three meanings") {
  const absl::Status lease = Words(8, "cannot acquire semaphore oktasync/00o1.0oa1 (err-max-leases)");
  CHECK(IsLeaseTaken(lease));
  CHECK_FALSE(IsRateLimit(lease));
  CHECK(IsLeaseTaken(Annotate(lease, "starting")));
  const absl::Status size = Words(8, "grpc: received message larger than max (5000000 vs. 4194304)");
  CHECK(IsMessageTooLarge(size));
  CHECK_FALSE(IsRateLimit(size));
  CHECK_FALSE(IsLeaseTaken(size));
  for (const char* text : {"rate limit exceeded", "too much contention on semaphore"}) {
    const absl::Status busy = Words(8, text);
    CHECK(IsRateLimit(busy));
    CHECK_FALSE(IsLeaseTaken(busy));
    CHECK_FALSE(IsMessageTooLarge(busy));
  }
}

TEST_CASE("errors: a broken connection is explained by how it ended") {
  const absl::Status hung_up =
      absl::UnavailableError("the auth server hung up right after the TLS handshake");
  CHECK(Lacks(Words(14, "Socket closed", hung_up), {"Socket closed", "hung up right after"}) == "");
  const absl::Status refused = absl::UnauthenticatedError("the server refused our certificate");
  CHECK(Words(14, "Socket closed", refused).code() == StatusCode::kUnauthenticated);
  // Only a broken connection's end is an explanation.
  CHECK(Words(7, "no", refused).code() == StatusCode::kPermissionDenied);
}

TEST_CASE("errors: text from the server is escaped and bounded") {
  const absl::Status status = Words(2, "\x1b[31mred" + std::string(5000, 'x'));
  CHECK(Message(status).find('\x1b') == std::string::npos);
  CHECK(Message(status).size() < 1500);
}

TlsFailure Ssl(int reason, long verify = X509_V_OK) {
  TlsFailure failure;
  failure.error = ERR_PACK(ERR_LIB_SSL, 0, reason);
  failure.verify = verify;
  return failure;
}

TEST_CASE("errors: handshakes that fail, in words") {
  const auto check = [](const TlsFailure& failure, StatusCode code, const std::vector<std::string>& words) {
    const absl::Status status = TlsFailureInWords(failure);
    CHECK(status.code() == code);
    CHECK(Lacks(status, words) == "");
  };
  check(Ssl(SSL_R_CERTIFICATE_VERIFY_FAILED, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY),
        StatusCode::kUnauthenticated,
        {"not from the cluster's CA", "rotated", "tls-host", "teleport.proxy: true"});
  check(Ssl(SSL_R_CERTIFICATE_VERIFY_FAILED, X509_V_ERR_HOSTNAME_MISMATCH), StatusCode::kUnauthenticated,
        {"teleport.cluster.local"});
  check(Ssl(SSL_R_CERTIFICATE_VERIFY_FAILED, X509_V_ERR_CERT_HAS_EXPIRED), StatusCode::kUnauthenticated,
        {"clock"});
  check(Ssl(SSL_R_CERTIFICATE_VERIFY_FAILED, X509_V_ERR_CERT_NOT_YET_VALID), StatusCode::kUnauthenticated,
        {"clock"});
  check(Ssl(SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL), StatusCode::kFailedPrecondition,
        {"ALPN", "teleport.proxy: true"});
  check(Ssl(SSL_R_WRONG_VERSION_NUMBER), StatusCode::kFailedPrecondition, {"does not speak TLS"});
  check(Ssl(SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED), StatusCode::kUnauthenticated,
        {"refused our certificate", "expired"});
  check(Ssl(SSL_R_TLSV1_ALERT_UNKNOWN_CA), StatusCode::kUnauthenticated, {"refused our certificate", "CA"});
  check(Ssl(SSL_R_SSLV3_ALERT_BAD_CERTIFICATE), StatusCode::kUnauthenticated, {"refused our certificate"});
  check(Ssl(SSL_R_NO_SHARED_CIPHER), StatusCode::kUnavailable, {"TLS failed"});
  TlsFailure reset;
  reset.system_error = ECONNRESET;
  check(reset, StatusCode::kUnavailable, {"Connection reset"});
  TlsFailure ended;
  ended.ended = true;
  check(ended, StatusCode::kUnavailable, {"closed the connection"});
  // With teleport.proxy set there is something else to look at.
  CHECK(ToProxy({"teleport-auth@61.teleport.cluster.local", "h2"}));
  CHECK_FALSE(ToProxy({"h2"}));
  for (const TlsFailure& failure :
       {Ssl(SSL_R_CERTIFICATE_VERIFY_FAILED, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY),
        Ssl(SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL), Ssl(SSL_R_WRONG_VERSION_NUMBER)}) {
    const absl::Status status = TlsFailureInWords(failure, /*as_proxy=*/true);
    CHECK(Lacks(status, {"TLS routing", "load balancer"}) == "");
    CHECK(Message(status).find("teleport.proxy: true") == std::string::npos);
  }
}

TEST_CASE("errors: ALPN names on the wire") {
  CHECK(*AlpnWire({"h2"}) == std::string("\x02h2"));
  CHECK(*AlpnWire({"teleport-auth@61.teleport.cluster.local", "h2"}) ==
        std::string("\x27teleport-auth@61.teleport.cluster.local\x02h2"));
  CHECK_FALSE(AlpnWire({}).ok());
  CHECK_FALSE(AlpnWire({""}).ok());
  CHECK_FALSE(AlpnWire({std::string(256, 'a')}).ok());
}

}  // namespace
}  // namespace oktasync::teleport
