// An OpenSSL BIO over a socket whose writes never raise SIGPIPE.
//
// OpenSSL's own socket BIO uses write(), and a SIGPIPE on a thread of a Go host kills the host. Used by
// tls.cc.
#pragma once

#include <openssl/bio.h>

namespace oktasync::teleport {

// The BIO does not own `fd`. Null when memory is short.
BIO* NewSocketBio(int fd);

}  // namespace oktasync::teleport
