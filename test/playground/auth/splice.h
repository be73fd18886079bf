// Moves bytes between a TLS connection and a plain one until either ends. Of the TLS port (auth/tls_front.h).
#pragma once

struct ssl_st;

namespace playground {

// `ssl` stands on `client` after its handshake; both descriptors are non-blocking and stay the caller's.
// Blocks; shutting either descriptor down from another thread ends it.
void Splice(ssl_st* ssl, int client, int inner);

}  // namespace playground
