#include "http/tls_guard.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace oktasync::http {
namespace {

// libcurl tells a refused certificate only when OpenSSL happens to put that on top of its error queue; a CA
// renewed under its old name, for one, comes out as "EVP lib". The context outlives the exchange that made
// it, so the note is kept here and not there.
struct Refused {
  const void* ssl_ctx = nullptr;
  int error = X509_V_OK;
};
thread_local Refused last_refused;

int NoteVerdict(int accepted, X509_STORE_CTX* store) {
  if (accepted != 1) {
    const auto* ssl =
        static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    last_refused = {SSL_get_SSL_CTX(ssl), X509_STORE_CTX_get_error(store)};
  }
  return accepted;
}

}  // namespace

void GuardTlsContext(void* ssl_ctx) {
  auto* context = static_cast<SSL_CTX*>(ssl_ctx);
  // libcurl has set this when SSLKEYLOGFILE is in the environment: with the keys in that file whoever
  // recorded the connection reads the access tokens.
  SSL_CTX_set_keylog_callback(context, nullptr);
  SSL_CTX_set_verify(context, SSL_CTX_get_verify_mode(context), NoteVerdict);
  if (last_refused.ssl_ctx == context) last_refused = {};  // of a freed context at the same address
}

std::string_view RefusedCertificate(const void* ssl_ctx) {
  if (ssl_ctx == nullptr || last_refused.ssl_ctx != ssl_ctx) return {};
  return X509_verify_cert_error_string(last_refused.error);
}

}  // namespace oktasync::http
