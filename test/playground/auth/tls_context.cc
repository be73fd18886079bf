#include "auth/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <stdexcept>

namespace playground {
namespace {

// A hello without ALPN never gets as far as the selection, so it is refused here.
int RequireAlpn(SSL* ssl, int* alert, void*) {
  const unsigned char* data = nullptr;
  size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &data, &size) == 1) {
    return SSL_CLIENT_HELLO_SUCCESS;
  }
  *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
  return SSL_CLIENT_HELLO_ERROR;
}

// Wherever it stands in the client's list, as the auth server's ["h2"] does. `protocol` is a static text.
int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                   unsigned size, void* protocol) {
  const std::string name = static_cast<const char*>(protocol);
  for (unsigned at = 0; at < size && at + 1 + in[at] <= size; at += 1u + in[at]) {
    if (name != std::string(reinterpret_cast<const char*>(in) + at + 1, in[at])) continue;
    *out = in + at + 1;
    *out_size = in[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

std::string LastSslError() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "connection closed";
}

ssl_ctx_st* MakeServerContext(const KeyAndCertificate& server, const std::string& ca_pem,
                              const char* protocol) {
  const auto must = [](bool ok, const char* what) {
    if (!ok) throw std::runtime_error(std::string("auth service's TLS: ") + what + ": " + LastSslError());
  };
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  must(context != nullptr, "making a context");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A resumed session would not show how many certificates the client sent.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
  // "Verify if given": without one the caller may only ping and join.
  if (!ca_pem.empty()) SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_client_hello_cb(context, RequireAlpn, nullptr);
  SSL_CTX_set_alpn_select_cb(context, SelectProtocol, const_cast<char*>(protocol));

  const auto read = [&must](const std::string& pem, auto reader, const char* what) {
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    auto* thing = reader(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    must(thing != nullptr, what);
    return thing;
  };
  X509* certificate = read(server.certificate_pem, PEM_read_bio_X509, "reading the certificate");
  must(SSL_CTX_use_certificate(context, certificate) == 1, "using the certificate");
  X509_free(certificate);
  EVP_PKEY* key = read(server.key_pem, PEM_read_bio_PrivateKey, "reading the key");
  must(SSL_CTX_use_PrivateKey(context, key) == 1, "using the key");
  EVP_PKEY_free(key);
  // One while all is calm, two while the CA is rotated.
  BIO* cas = BIO_new_mem_buf(ca_pem.data(), static_cast<int>(ca_pem.size()));
  int trusted = 0;
  while (X509* ca = PEM_read_bio_X509(cas, nullptr, nullptr, nullptr)) {
    must(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca) == 1, "trusting the CA");
    must(SSL_CTX_add_client_CA(context, ca) == 1, "naming the CA");
    X509_free(ca);
    ++trusted;
  }
  BIO_free(cas);
  ERR_clear_error();
  must(trusted > 0 || ca_pem.empty(), "reading the CA");
  // Go's server sends its certificate alone.
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
  return context;
}

}  // namespace playground
