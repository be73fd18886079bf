#include "teleport/tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>

#include "base/status.h"
#include "base/text.h"
#include "teleport/socket_bio.h"

namespace oktasync::teleport {
namespace {

absl::Status OutOfOpenssl(std::string_view what) {
  return MakeStatus(absl::StatusCode::kResourceExhausted,
                    "OpenSSL cannot " + std::string(what) + ": " + TakeOpensslError());
}

absl::Status UseIdentity(SSL_CTX* context, const Identity& identity) {
  OKTASYNC_ASSIGN_OR_RETURN(const PrivateKey key, ParseKey(identity.key_pem.Reveal()));
  OKTASYNC_ASSIGN_OR_RETURN(const auto certificates, ParseCertificates(identity.cert_pem));
  ERR_clear_error();
  if (SSL_CTX_use_certificate(context, certificates.front().get()) == 1 &&
      SSL_CTX_use_PrivateKey(context, key.get()) == 1) {
    return absl::OkStatus();
  }
  return MakeStatus(absl::StatusCode::kInvalidArgument,
                    "the identity's key and certificate cannot be used: " + TakeOpensslError());
}

absl::Status Trust(SSL_CTX* context, const TlsTarget& target) {
  if (target.trust == TlsTarget::Trust::kNobody) {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    return absl::OkStatus();
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (target.trust == TlsTarget::Trust::kWeb && target.ca_pem.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) == 1) return absl::OkStatus();
    return OutOfOpenssl("read the system's trusted certificates");
  }
  OKTASYNC_ASSIGN_OR_RETURN(const auto cas, ParseCertificates(target.ca_pem));
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const Owned<X509>& ca : cas) {
    if (X509_STORE_add_cert(store, ca.get()) != 1) return OutOfOpenssl("use the cluster's CA");
  }
  return absl::OkStatus();
}

// Everything here is per connection: a renewed identity is used from the next one on.
absl::StatusOr<Owned<SSL_CTX>> MakeContext(const TlsTarget& target) {
  ERR_clear_error();
  Owned<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return OutOfOpenssl("make a TLS context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  // A host that sets a key log on contexts of its own does not reach this one; the environment is not read.
  OKTASYNC_RETURN_IF_ERROR(Trust(context.get(), target));
  if (target.identity != nullptr) OKTASYNC_RETURN_IF_ERROR(UseIdentity(context.get(), *target.identity));
  return context;
}

// Whom the server must prove to be. An IP address has a check of its own, and no place in the SNI (RFC 6066).
bool SetServerName(SSL* ssl, const std::string& name) {
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1) return true;
  ERR_clear_error();
  // SSL_set_tlsext_host_name without its macro's casts.
  return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                  const_cast<char*>(name.c_str())) == 1 &&
         SSL_set1_host(ssl, name.c_str()) == 1;
}

absl::Status CheckAlpn(const SSL* ssl, bool web, bool as_proxy) {
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl, &chosen, &size);
  const std::string_view name(reinterpret_cast<const char*>(chosen), size);
  if (name == "h2") return absl::OkStatus();
  // The proxy may choose its own name for what is h2 all the same.
  if (web && name == kProxyJoinAlpn) return absl::OkStatus();
  return MakeStatus(absl::StatusCode::kFailedPrecondition,
                    "the server did not choose h2 by ALPN (it chose " +
                        (name.empty() ? "nothing" : "\"" + Escape(name) + "\"") +
                        "): " + WhichPort(as_proxy));
}

}  // namespace

absl::StatusOr<std::string> AlpnWire(const std::vector<std::string>& protocols) {
  std::string wire;
  for (const std::string& name : protocols) {
    if (name.empty() || name.size() > 255) {
      return MakeStatus(absl::StatusCode::kInvalidArgument, "an ALPN name has 1 to 255 bytes");
    }
    wire += static_cast<char>(static_cast<uint8_t>(name.size()));
    wire += name;
  }
  if (wire.empty()) return MakeStatus(absl::StatusCode::kInvalidArgument, "the list of ALPN names is empty");
  return wire;
}

absl::StatusOr<TlsStream> TlsStream::Connect(UniqueFd fd, const Identity& identity,
                                             const std::vector<std::string>& alpn, const Deadline& deadline,
                                             const Waker& waker) {
  TlsTarget target;
  target.ca_pem = identity.ca_pem;
  target.identity = &identity;
  target.alpn = alpn;
  return Connect(std::move(fd), target, deadline, waker);
}

absl::StatusOr<TlsStream> TlsStream::Connect(UniqueFd fd, const TlsTarget& target, const Deadline& deadline,
                                             const Waker& waker) {
  OKTASYNC_ASSIGN_OR_RETURN(const std::string alpn_wire, AlpnWire(target.alpn));
  OKTASYNC_ASSIGN_OR_RETURN(Owned<SSL_CTX> context, MakeContext(target));
  const bool web = target.trust == TlsTarget::Trust::kWeb;
  Owned<SSL> ssl(SSL_new(context.get()));
  BIO* bio = ssl == nullptr ? nullptr : NewSocketBio(fd.get());
  if (bio == nullptr) return OutOfOpenssl("make a TLS session");
  SSL_set_bio(ssl.get(), bio, bio);  // takes the BIO
  SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (!SetServerName(ssl.get(), target.server_name) ||
      // 0 is success here, unlike everywhere else.
      SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(alpn_wire.data()),
                          static_cast<unsigned int>(alpn_wire.size())) != 0) {
    return OutOfOpenssl("set up a TLS session");
  }
  TlsStream stream(std::move(fd), std::move(context), std::move(ssl));
  while (true) {
    ERR_clear_error();
    const Result result = stream.Judge(SSL_connect(stream.ssl_.get()));
    short events = 0;
    switch (result.outcome) {
      case Outcome::kDone:
        OKTASYNC_RETURN_IF_ERROR(CheckAlpn(stream.ssl_.get(), web, ToProxy(target.alpn)));
        return stream;
      case Outcome::kWantsRead:
        events = POLLIN;
        break;
      case Outcome::kWantsWrite:
        events = POLLOUT;
        break;
      case Outcome::kEnded:
      case Outcome::kFailed:
        return web ? WebFailureInWords(stream.failure_, target.server_name)
                   : TlsFailureInWords(stream.failure_, ToProxy(target.alpn));
    }
    OKTASYNC_RETURN_IF_ERROR(WaitFor(stream.fd(), events, deadline, waker));
  }
}

TlsStream::Result TlsStream::Read(char* buffer, size_t size) {
  if (ssl_ == nullptr) return JudgePlain(recv(fd_.get(), buffer, size, 0), Outcome::kWantsRead);
  ERR_clear_error();
  size_t got = 0;
  const int result = SSL_read_ex(ssl_.get(), buffer, size, &got);
  Result judged = Judge(result);
  judged.bytes = got;
  return judged;
}

TlsStream::Result TlsStream::Write(const char* bytes, size_t size) {
  if (ssl_ == nullptr) {
    return JudgePlain(send(fd_.get(), bytes, size, MSG_NOSIGNAL), Outcome::kWantsWrite);
  }
  ERR_clear_error();
  size_t put = 0;
  const int result = SSL_write_ex(ssl_.get(), bytes, size, &put);
  Result judged = Judge(result);
  judged.bytes = put;
  return judged;
}

TlsStream::Result TlsStream::Judge(int result) {
  if (result == 1) return {Outcome::kDone};
  const int system_error = errno;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {Outcome::kWantsRead};
    case SSL_ERROR_WANT_WRITE:
      return {Outcome::kWantsWrite};
    case SSL_ERROR_ZERO_RETURN:
      failure_.ended = true;
      return {Outcome::kEnded};
    default:
      break;
  }
  failure_.error = ERR_peek_error();
  failure_.verify = SSL_get_verify_result(ssl_.get());
  failure_.ended = (ERR_GET_LIB(failure_.error) == ERR_LIB_SSL &&
                    ERR_GET_REASON(failure_.error) == SSL_R_UNEXPECTED_EOF_WHILE_READING) ||
                   (failure_.error == 0 && system_error == 0);
  if (!failure_.ended && failure_.error == 0) failure_.system_error = system_error;
  if (ERR_GET_LIB(failure_.error) == ERR_LIB_SYS) failure_.system_error = ERR_GET_REASON(failure_.error);
  ERR_clear_error();
  return {failure_.ended ? Outcome::kEnded : Outcome::kFailed};
}

TlsStream::Result TlsStream::JudgePlain(ssize_t result, Outcome again) {
  if (result > 0) return {Outcome::kDone, static_cast<size_t>(result)};
  if (result == 0) {
    failure_.ended = true;
    return {Outcome::kEnded};
  }
  // A signal costs a turn of the pump; the event that it then waits for is there.
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {again};
  failure_.system_error = errno;
  return {Outcome::kFailed};
}

void TlsStream::Close() {
  if (ssl_ != nullptr && fd_.valid() && failure_.error == 0 && failure_.system_error == 0) {
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  ssl_.reset();
  fd_.Close();
}

}  // namespace oktasync::teleport
