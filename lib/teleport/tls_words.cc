// TlsFailureInWords: what an admin can do about each way that a handshake fails.
#include <openssl/err.h>

#include "base/status.h"
#include "base/text.h"
#include "teleport/tls.h"

namespace oktasync::teleport {
namespace {

absl::Status ServerNotTrusted(long verify, bool as_proxy) {
  switch (verify) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
      return MakeStatus(
          absl::StatusCode::kUnauthenticated,
          "the server's certificate is from the cluster's CA but not for teleport.cluster.local: "
          "this is not the auth server; check host and port");
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return MakeStatus(
          absl::StatusCode::kUnauthenticated,
          "the server's certificate, or the CA that it comes from, has expired by this machine's "
          "clock; check the clock, else restart or rotate the cluster");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return MakeStatus(absl::StatusCode::kUnauthenticated,
                        "the server's certificate is not valid yet by this machine's clock; check the clock");
    default:
      return MakeStatus(absl::StatusCode::kUnauthenticated,
                        std::string("the server's certificate is not from the cluster's CA (") +
                            X509_verify_cert_error_string(verify) +
                            "). Either the identity's CA file is of another cluster or the host CA was "
                            "rotated since (tctl auth "
                            "export --type=tls-host prints the present one), or " +
                            WhichPort(as_proxy));
  }
}

// Alerts that the server sends about our certificate.
const char* CertificateAlert(int reason) {
  switch (reason) {
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return "says that it has expired";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
      return "says that it was revoked";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return "does not know the CA that issued it";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return "says that it got none";
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
      return "gives no closer reason";
    default:
      return nullptr;
  }
}

}  // namespace

bool ToProxy(const std::vector<std::string>& alpn) {
  return !alpn.empty() && alpn.front().starts_with("teleport-auth@");
}

std::string WhichPort(bool as_proxy) {
  return as_proxy ? "this is not the port of Teleport's proxy with TLS routing on, or a load balancer in "
                    "front of it "
                    "ends TLS, which the proxy must do itself"
                  : "this is not the auth server's port: for the port of Teleport's proxy set "
                    "teleport.proxy: true";
}

absl::Status TlsFailureInWords(const TlsFailure& failure, bool as_proxy) {
  const int reason = ERR_GET_REASON(failure.error);
  const bool ssl = failure.error != 0 && ERR_GET_LIB(failure.error) == ERR_LIB_SSL;
  if (ssl && reason == SSL_R_CERTIFICATE_VERIFY_FAILED) return ServerNotTrusted(failure.verify, as_proxy);
  if (ssl && reason == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "the server takes none of the offered ALPN names: " + WhichPort(as_proxy));
  }
  if (ssl && (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
              reason == SSL_R_PACKET_LENGTH_TOO_LONG)) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "what listens there does not speak TLS: " + WhichPort(as_proxy));
  }
  if (const char* why = ssl ? CertificateAlert(reason) : nullptr; why != nullptr) {
    return MakeStatus(absl::StatusCode::kUnauthenticated,
                      std::string("the server refused our certificate and ") + why);
  }
  if (failure.ended) {
    return MakeStatus(absl::StatusCode::kUnavailable, "the server closed the connection");
  }
  if (failure.system_error != 0) {
    return MakeStatus(absl::StatusCode::kUnavailable,
                      "the connection broke: " + ErrnoText(failure.system_error));
  }
  const char* text = failure.error == 0 ? nullptr : ERR_reason_error_string(failure.error);
  return MakeStatus(absl::StatusCode::kUnavailable,
                    std::string("TLS failed: ") + (text == nullptr ? "no reason given" : text));
}

absl::Status WebFailureInWords(const TlsFailure& failure, const std::string& server_name) {
  const int reason = ERR_GET_REASON(failure.error);
  const bool ssl = failure.error != 0 && ERR_GET_LIB(failure.error) == ERR_LIB_SSL;
  if (ssl && reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    return MakeStatus(
        absl::StatusCode::kUnauthenticated,
        "the proxy's certificate for " + Escape(server_name) + " is not trusted (" +
            X509_verify_cert_error_string(failure.verify) +
            "); use the name that the certificate is for, or name the CA that issued it "
            "(--proxy-ca-file); if this is the auth server's port, take teleport.proxy out of the "
            "configuration and join with --ca-pin");
  }
  if (ssl && reason == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL) {
    return MakeStatus(
        absl::StatusCode::kFailedPrecondition,
        "what listens there does not let hosts join (it refused the ALPN name "
        "teleport-proxy-grpc); is this the port of Teleport's proxy, with TLS routing on? For the "
        "auth server's port take teleport.proxy out of the configuration");
  }
  return TlsFailureInWords(failure);
}

}  // namespace oktasync::teleport
