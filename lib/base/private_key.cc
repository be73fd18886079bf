#include "base/private_key.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <climits>

#include "base/status.h"

namespace oktasync {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};

// OpenSSL asks for a passphrase here; without a callback it would ask on the terminal of the host.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

absl::Status CannotBeRead(std::string_view why) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, "cannot be read: " + std::string(why));
}

absl::StatusOr<PrivateKey> Read(std::string_view pem) {
  if (pem.size() > INT_MAX) return CannotBeRead("the text is too long");
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (bio == nullptr) return CannotBeRead("there is no memory for it");
  unsigned char* der = nullptr;
  long size = 0;
  char* label = nullptr;
  bool encrypted = false;  // in the traditional way: OpenSSL then asks at once
  const bool whole =
      PEM_bytes_read_bio(&der, &size, &label, PEM_STRING_EVP_PKEY, bio.get(), NoPassphrase, &encrypted) == 1;
  PrivateKey key;
  if (whole) {
    encrypted = std::string_view(label) == PEM_STRING_PKCS8;
    const unsigned char* at = der;
    if (!encrypted) key.reset(d2i_AutoPrivateKey(nullptr, &at, size));
    OPENSSL_clear_free(der, static_cast<size_t>(size));
    OPENSSL_free(label);
  }
  if (encrypted) return MakeStatus(absl::StatusCode::kFailedPrecondition, "is encrypted with a passphrase");
  if (!whole) return CannotBeRead("the PEM is cut or damaged");
  if (key == nullptr) return CannotBeRead("it is damaged, or of a kind that OpenSSL does not know");
  return key;
}

}  // namespace

absl::StatusOr<PrivateKey> ReadPrivateKey(std::string_view pem) {
  ERR_clear_error();
  absl::StatusOr<PrivateKey> key = Read(pem);
  ERR_clear_error();
  return key;
}

}  // namespace oktasync
