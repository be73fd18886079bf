// A private key read from PEM, strictly: for those who sign as us, and for the identities that Teleport gives.
//
// Source: RFC 7468, and OpenSSL's PEM_bytes_read_bio(3) and d2i_AutoPrivateKey(3). The armour is looked at first: what
// is cut or damaged is then told apart from a kind of key that OpenSSL does not know, and costs some microseconds
// instead of the millisecond in which OpenSSL tries everything that it has upon it.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"

namespace oktasync {

struct FreePrivateKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using PrivateKey = std::unique_ptr<EVP_PKEY, FreePrivateKey>;

// The first private key of the text: PKCS#8, PKCS#1 or SEC1. kFailedPrecondition when it is encrypted (nobody is asked
// for a passphrase), kInvalidArgument when it cannot be read. The message is what follows "the private key …", and
// never holds any of the text. The calling thread's OpenSSL error queue is empty afterwards. Thread-safe.
absl::StatusOr<PrivateKey> ReadPrivateKey(std::string_view pem);

}  // namespace oktasync
