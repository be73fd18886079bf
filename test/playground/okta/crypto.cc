#include "okta/crypto.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace playground::okta {
namespace {

void Require(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("OpenSSL cannot ") + what);
}

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

template <typename Write>
std::string ToPem(const char* what, Write write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free);
  Require(bio != nullptr && write(bio.get()) == 1, what);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

void AddExtension(X509* cert, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value), X509_EXTENSION_free);
  Require(extension != nullptr && X509_add_ext(cert, extension.get(), -1) == 1,
          "add a certificate extension");
}

Cert NewCert(EVP_PKEY* key, const std::string& organisation, const std::string& name, X509* issuer) {
  Cert cert(X509_new());
  Require(cert != nullptr, "make a certificate");
  X509_set_version(cert.get(), 2);  // X.509 v3
  const std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> serial(BN_new(), BN_free);
  Require(BN_rand(serial.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(cert.get())) != nullptr,
          "make a serial number");
  // An hour back, so that a client whose clock is set back a little by a test still accepts it.
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 10L * 24 * 3600);
  X509_set_pubkey(cert.get(), key);
  X509_NAME* subject = X509_get_subject_name(cert.get());
  X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, Bytes(std::string_view(organisation)), -1, -1, 0);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, Bytes(std::string_view(name)), -1, -1, 0);
  X509_set_issuer_name(cert.get(), issuer == nullptr ? subject : X509_get_subject_name(issuer));
  return cert;
}

}  // namespace

std::string RandomBytes(size_t count) {
  std::string out(count, '\0');
  Require(RAND_bytes(Bytes(out), static_cast<int>(count)) == 1, "give random bytes");
  return out;
}

std::string Sha256(std::string_view bytes) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  SHA256(Bytes(bytes), bytes.size(), Bytes(out));
  return out;
}

std::string HmacSha256(std::string_view key, std::string_view bytes) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  unsigned int size = 0;
  Require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(bytes), bytes.size(), Bytes(out),
               &size) != nullptr,
          "compute an HMAC");
  return out;
}

Key MakeEcKey() {
  Key key(EVP_EC_gen("P-256"));
  Require(key != nullptr, "make a P-256 key");
  return key;
}

Key MakeRsaKey() {
  Key key(EVP_RSA_gen(2048));
  Require(key != nullptr, "make an RSA key");
  return key;
}

std::string PrivatePem(EVP_PKEY* key) {
  return ToPem("write a private key", [key](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string CertPem(X509* cert) {
  return ToPem("write a certificate", [cert](BIO* bio) { return PEM_write_bio_X509(bio, cert); });
}

ServerIdentity MakeServerIdentity(const std::string& organisation, bool expired) {
  ServerIdentity out;
  const Key root_key = MakeEcKey();
  out.root = NewCert(root_key.get(), organisation, organisation + " Root CA", nullptr);
  AddExtension(out.root.get(), out.root.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  AddExtension(out.root.get(), out.root.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(out.root.get(), out.root.get(), NID_subject_key_identifier, "hash");
  Require(X509_sign(out.root.get(), root_key.get(), EVP_sha256()) > 0, "sign the root certificate");
  out.key = MakeEcKey();
  out.cert = NewCert(out.key.get(), organisation, "localhost", out.root.get());
  if (expired) {
    X509_gmtime_adj(X509_getm_notBefore(out.cert.get()), -10L * 24 * 3600);
    X509_gmtime_adj(X509_getm_notAfter(out.cert.get()), -24L * 3600);
  }
  AddExtension(out.cert.get(), out.root.get(), NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(out.cert.get(), out.root.get(), NID_key_usage, "critical,digitalSignature");
  AddExtension(out.cert.get(), out.root.get(), NID_ext_key_usage, "serverAuth");
  AddExtension(out.cert.get(), out.root.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  AddExtension(out.cert.get(), out.root.get(), NID_authority_key_identifier, "keyid:always");
  Require(X509_sign(out.cert.get(), root_key.get(), EVP_sha256()) > 0, "sign the server certificate");
  return out;
}

void WriteFile(const std::string& path, std::string_view content, bool secret) {
  ::unlink(path.c_str());
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secret ? 0600 : 0644);
  if (fd < 0) throw std::runtime_error("cannot write " + path + ": " + std::strerror(errno));
  size_t written = 0;
  while (written < content.size()) {
    const ssize_t n = ::write(fd, content.data() + written, content.size() - written);
    if (n < 0) {
      const int error = errno;
      ::close(fd);
      throw std::runtime_error("cannot write " + path + ": " + std::strerror(error));
    }
    written += static_cast<size_t>(n);
  }
  ::close(fd);
}

}  // namespace playground::okta
