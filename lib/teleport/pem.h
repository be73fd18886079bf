// OpenSSL's objects with owners, and PEM read strictly.
//
// Used by identity.cc and tls.cc. Nothing here asks for a passphrase on a terminal or leaves errors in the
// calling thread's OpenSSL queue.
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/private_key.h"

namespace oktasync::teleport {

struct OpensslFree {
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_STORE* p) const { X509_STORE_free(p); }
  void operator()(BIO* p) const { BIO_free_all(p); }
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
  void operator()(SSL* p) const { SSL_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, OpensslFree>;

// One private key, not encrypted. kInvalidArgument; the message never holds any of the text.
absl::StatusOr<PrivateKey> ParseKey(std::string_view pem);

// All certificates of the text, at least one.
absl::StatusOr<std::vector<Owned<X509>>> ParseCertificates(std::string_view pem);

// The reason of the oldest error in this thread's queue, which is emptied.
std::string TakeOpensslError();

}  // namespace oktasync::teleport
