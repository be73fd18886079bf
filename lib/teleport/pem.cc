#include "teleport/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/private_key.h"
#include "base/status.h"

namespace oktasync::teleport {
namespace {

// Without this OpenSSL would ask on the terminal of whoever runs the host.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) { return -1; }

absl::Status Invalid(std::string_view what) { return MakeStatus(absl::StatusCode::kInvalidArgument, what); }

Owned<BIO> Reader(std::string_view text) {
  if (text.size() > (1u << 20)) return nullptr;
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

}  // namespace

std::string TakeOpensslError() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  if (error == 0) return "no reason given";
  const char* reason = ERR_reason_error_string(error);
  return reason == nullptr ? "error " + std::to_string(error) : std::string(reason);
}

absl::StatusOr<PrivateKey> ParseKey(std::string_view pem) {
  if (pem.find("-----BEGIN") == std::string_view::npos) {
    return Invalid("the private key is not PEM text (it has no \"-----BEGIN\" line)");
  }
  if (pem.find("ENCRYPTED") != std::string_view::npos) {
    return Invalid("the private key is encrypted; give it without a passphrase, in a file of mode 0600");
  }
  if (pem.find("BEGIN OPENSSH PRIVATE KEY") != std::string_view::npos) {
    return Invalid("the private key is in OpenSSH's own format; convert it to PKCS #8 PEM");
  }
  absl::StatusOr<PrivateKey> key = ReadPrivateKey(pem);
  if (!key.ok()) return Invalid("the private key " + Message(key.status()));
  return key;
}

absl::StatusOr<std::vector<Owned<X509>>> ParseCertificates(std::string_view pem) {
  const Owned<BIO> bio = Reader(pem);
  if (bio == nullptr) return Invalid("the text is too long");
  std::vector<Owned<X509>> out;
  ERR_clear_error();
  while (true) {
    Owned<X509> certificate(PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr));
    if (certificate == nullptr) break;
    out.push_back(std::move(certificate));
  }
  // The loop ends with NO_START_LINE when the text is used up, with something else when it is broken.
  const bool used_up = ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_PEM &&
                       ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string why = TakeOpensslError();
  if (!used_up) return Invalid("certificate " + std::to_string(out.size() + 1) + " cannot be read: " + why);
  if (out.empty()) return Invalid("there is no certificate in it (no \"-----BEGIN CERTIFICATE\" line)");
  return out;
}

}  // namespace oktasync::teleport
