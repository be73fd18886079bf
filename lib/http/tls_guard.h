// What we change in the TLS contexts that libcurl makes.
//
// Both functions are to be called on the thread that drives the connections.
#pragma once

#include <string_view>

namespace oktasync::http {

// For CURLOPT_SSL_CTX_FUNCTION: takes the effect of SSLKEYLOGFILE away and notes refused certificates. What
// is verified stays as libcurl set it.
void GuardTlsContext(void* ssl_ctx);

// Why a certificate was refused on a connection of this context, in OpenSSL's words; "" when none was, or
// when another connection was refused since. The context is only compared, so it may have been freed.
std::string_view RefusedCertificate(const void* ssl_ctx);

}  // namespace oktasync::http
