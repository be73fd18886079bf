// TLS client over a connected socket, as Teleport's auth server wants it.
//
// TLS 1.2 or newer; exactly our one certificate (OpenSSL would append the CA's root, and Teleport hangs up on
// a client that sends more than one certificate); only the cluster's host CA is trusted, never the system's
// store; the server proves the name teleport.cluster.local, whatever its address; ALPN must end in h2.
// Source: facts in Teleport's lib/auth/middleware.go and api/constants (APIDomain). Whoever joins has no certificate
// yet and may trust otherwise: TlsTarget.
//
// Used by tunnel.cc and pump.cc. One thread at a time. Writes never raise SIGPIPE, on any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "teleport/fd.h"
#include "teleport/identity.h"
#include "teleport/pem.h"

namespace oktasync::teleport {

inline constexpr char kServerName[] = "teleport.cluster.local";
// What the proxy's port calls its own gRPC, where hosts join.
inline constexpr char kProxyJoinAlpn[] = "teleport-proxy-grpc";

// What a failed handshake or a broken stream tells, before it is put in words.
struct TlsFailure {
  unsigned long error = 0;  // OpenSSL's, 0 for none
  long verify = 0;          // X509_V_OK, or why the server's certificate was refused
  int system_error = 0;     // errno, 0 for none
  bool ended = false;       // the stream ended
};

// In words for the person who must act. kUnauthenticated: certificates are not accepted on one side, trying
// again is of no use. kFailedPrecondition: this is not the port of an auth server. kUnavailable: the rest.
// `as_proxy`: the address was meant to be the proxy's port (`ToProxy` of the offered ALPN names).
absl::Status TlsFailureInWords(const TlsFailure& failure, bool as_proxy = false);
// The first name is one of those by which Teleport's proxy passes a connection on to the auth server.
bool ToProxy(const std::vector<std::string>& alpn);
// Behind words about something that is not the auth server's port.
std::string WhichPort(bool as_proxy);

// The same for the proxy's web certificate, which was to be for `server_name`.
absl::Status WebFailureInWords(const TlsFailure& failure, const std::string& server_name);

// RFC 7301's wire form: each name with its length before it. kInvalidArgument for a name of 0 or > 255 bytes.
absl::StatusOr<std::string> AlpnWire(const std::vector<std::string>& protocols);

// Whom we want to reach, how it is to prove itself, and how we do.
struct TlsTarget {
  enum class Trust {
    kCas,     // `ca_pem` alone, the cluster's host CA
    kWeb,     // a web certificate: the system's store, or `ca_pem` when there is one
    kNobody,  // whoever answers: for what is then checked in another way, and never for a secret
  };
  Trust trust = Trust::kCas;
  std::string ca_pem;
  std::string server_name = kServerName;  // or an IP address, with kWeb
  const Identity* identity = nullptr;     // null: without a client certificate
  std::vector<std::string> alpn = {"h2"};
};

class TlsStream {
 public:
  // Blocks until the handshake is done. `fd` must be non-blocking. Errors: TlsFailureInWords,
  // kDeadlineExceeded, kCancelled when woken.
  static absl::StatusOr<TlsStream> Connect(UniqueFd fd, const Identity& identity,
                                           const std::vector<std::string>& alpn, const Deadline& deadline,
                                           const Waker& waker);
  static absl::StatusOr<TlsStream> Connect(UniqueFd fd, const TlsTarget& target, const Deadline& deadline,
                                           const Waker& waker);
  // Over a stream that was secured by others: bytes pass as they are. `fd` must be non-blocking.
  static TlsStream Secured(UniqueFd fd) { return TlsStream(std::move(fd), nullptr, nullptr); }
  ~TlsStream() { Close(); }
  TlsStream(TlsStream&&) = default;
  TlsStream& operator=(TlsStream&&) = delete;

  enum class Outcome { kDone, kWantsRead, kWantsWrite, kEnded, kFailed };
  struct Result {
    Outcome outcome;
    size_t bytes = 0;
  };
  // Non-blocking. kEnded: the peer ended its side. kFailed: see failure().
  Result Read(char* buffer, size_t size);
  // A write that was not kDone must be repeated with the same bytes (more may follow them).
  Result Write(const char* bytes, size_t size);

  const TlsFailure& failure() const { return failure_; }
  int fd() const { return fd_.get(); }

  // Says goodbye if that is possible without waiting, and closes the socket.
  void Close();

 private:
  TlsStream(UniqueFd fd, Owned<SSL_CTX> context, Owned<SSL> ssl)
      : fd_(std::move(fd)), context_(std::move(context)), ssl_(std::move(ssl)) {}
  Result Judge(int result);
  Result JudgePlain(ssize_t result, Outcome again);

  UniqueFd fd_;
  Owned<SSL_CTX> context_;
  Owned<SSL> ssl_;  // null: secured by others
  TlsFailure failure_;
};

}  // namespace oktasync::teleport
