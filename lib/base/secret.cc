#include "base/secret.h"

#include <openssl/crypto.h>

namespace oktasync {

void Secret::Wipe() {
  // The whole capacity: a short string may have been moved into a larger buffer, or live in the object.
  value_.resize(value_.capacity());
  OPENSSL_cleanse(value_.data(), value_.size());
  value_.clear();
}

}  // namespace oktasync
