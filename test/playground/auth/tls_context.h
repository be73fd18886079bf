// OpenSSL's settings of the auth service's TLS port. Of auth/tls_front.h.
#pragma once

#include <string>

#include "auth/pki.h"

struct ssl_ctx_st;

namespace playground {

// TLS 1.2 or later, ALPN h2 or nothing, a client certificate of `ca_pem` verified if given, no resumption.
// The caller frees it with SSL_CTX_free. Throws std::runtime_error.
ssl_ctx_st* MakeServerContext(const KeyAndCertificate& server, const std::string& ca_pem);

// OpenSSL's reason for this thread's last failure, and forgets it.
std::string LastSslError();

}  // namespace playground
