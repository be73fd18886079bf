// OpenSSL's settings of the auth service's TLS port. Of auth/tls_front.h.
#pragma once

#include <string>

#include "auth/pki.h"

struct ssl_ctx_st;

namespace playground {

// TLS 1.2 or later, ALPN `protocol` (in the client's list, wherever it stands) or nothing, a client certificate
// of one of `ca_pem` verified if given, no resumption. With "" for `ca_pem` none is asked for. The caller frees
// it with SSL_CTX_free. Throws std::runtime_error.
ssl_ctx_st* MakeServerContext(const KeyAndCertificate& server, const std::string& ca_pem,
                              const char* protocol = "h2");

// OpenSSL's reason for this thread's last failure, and forgets it.
std::string LastSslError();

}  // namespace playground
