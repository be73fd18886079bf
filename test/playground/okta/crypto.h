// Keys, certificates and random bytes for the playground, over OpenSSL's EVP.
//
// Failures of OpenSSL here mean a broken installation: they throw std::runtime_error, which ends the start.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

namespace playground::okta {

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct CertDeleter {
  void operator()(X509* cert) const { X509_free(cert); }
};
using Key = std::unique_ptr<EVP_PKEY, KeyDeleter>;
using Cert = std::unique_ptr<X509, CertDeleter>;

std::string RandomBytes(size_t count);
std::string Sha256(std::string_view bytes);
std::string HmacSha256(std::string_view key, std::string_view bytes);

Key MakeEcKey();                        // P-256
Key MakeRsaKey();                       // 2048 bits
std::string PrivatePem(EVP_PKEY* key);  // PKCS #8
std::string CertPem(X509* cert);

// A root of one's own and a server certificate from it for localhost and 127.0.0.1, both good for ten days.
struct ServerIdentity {
  Cert root;
  Cert cert;
  Key key;
};
// `expired`: the server certificate ended yesterday.
ServerIdentity MakeServerIdentity(const std::string& organisation, bool expired = false);

// Writes a file anew; `secret` makes it mode 0600 from its first byte on.
void WriteFile(const std::string& path, std::string_view content, bool secret);

}  // namespace playground::okta
