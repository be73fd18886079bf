#include "auth/pki.h"

#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace playground {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* thing) const {
    Free(thing);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;

void Must(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("OpenSSL: ") + what + " failed");
}

std::string Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

std::string ToPem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  Must(PEM_write_bio_X509(bio.get(), certificate) == 1, "writing a certificate");
  return Text(bio.get());
}

std::string ToPem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  Must(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "writing a key");
  return Text(bio.get());
}

Key NewKey() {
  Key key(EVP_EC_gen("P-256"));
  Must(key != nullptr, "making a P-256 key");
  return key;
}

void AddName(X509_NAME* name, const char* field, const std::string& value) {
  Must(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                  reinterpret_cast<const unsigned char*>(value.data()),
                                  static_cast<int>(value.size()), -1, 0) == 1,
       "setting a name");
}

Certificate NewCertificate(const CertificateRequest& request, EVP_PKEY* key) {
  Certificate certificate(X509_new());
  X509* x = certificate.get();
  Must(X509_set_version(x, X509_VERSION_3) == 1, "setting the version");
  const std::unique_ptr<BIGNUM, Freer<BN_free>> serial(BN_new());
  Must(BN_rand(serial.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1, "making a serial number");
  Must(BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(x)) != nullptr, "setting the serial number");
  Must(X509_gmtime_adj(X509_getm_notBefore(x), request.not_before) != nullptr, "setting notBefore");
  Must(X509_gmtime_adj(X509_getm_notAfter(x), request.not_after) != nullptr, "setting notAfter");
  AddName(X509_get_subject_name(x), "O", request.organization);
  AddName(X509_get_subject_name(x), "CN", request.common_name);
  Must(X509_set_pubkey(x, key) == 1, "setting the public key");
  return certificate;
}

void AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  Must(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, "adding an extension");
}

std::string Sign(const CertificateRequest& request, EVP_PKEY* key, X509* ca, EVP_PKEY* ca_key) {
  const Certificate certificate = NewCertificate(request, key);
  X509* x = certificate.get();
  Must(X509_set_issuer_name(x, X509_get_subject_name(ca)) == 1, "setting the issuer");
  AddExtension(x, ca, NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(x, ca, NID_key_usage, "critical,digitalSignature,keyEncipherment");
  AddExtension(x, ca, NID_ext_key_usage, "serverAuth,clientAuth");
  AddExtension(x, ca, NID_authority_key_identifier, "keyid:always");
  if (!request.dns_names.empty()) {
    std::string names;
    for (const std::string& name : request.dns_names) names += (names.empty() ? "DNS:" : ",DNS:") + name;
    AddExtension(x, ca, NID_subject_alt_name, names);
  }
  Must(X509_sign(x, ca_key, EVP_sha256()) > 0, "signing");
  return ToPem(x);
}

}  // namespace

struct CertificateAuthority::Parts {
  Key key;
  Certificate certificate;
};

CertificateAuthority::CertificateAuthority(const std::string& cluster) : parts_(std::make_unique<Parts>()) {
  parts_->key = NewKey();
  CertificateRequest request;
  request.organization = cluster;
  request.common_name = cluster;
  parts_->certificate = NewCertificate(request, parts_->key.get());
  X509* x = parts_->certificate.get();
  Must(X509_set_issuer_name(x, X509_get_subject_name(x)) == 1, "setting the issuer");
  AddExtension(x, x, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(x, x, NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature");
  AddExtension(x, x, NID_subject_key_identifier, "hash");
  Must(X509_sign(x, parts_->key.get(), EVP_sha256()) > 0, "signing");
  certificate_pem_ = ToPem(x);
}

CertificateAuthority::~CertificateAuthority() = default;

KeyAndCertificate CertificateAuthority::Issue(const CertificateRequest& request) const {
  const Key key = NewKey();
  return {ToPem(key.get()), Sign(request, key.get(), parts_->certificate.get(), parts_->key.get())};
}

std::string CertificateAuthority::IssueFor(const CertificateRequest& request,
                                           const std::string& public_key_pem) const {
  const Bio bio(BIO_new_mem_buf(public_key_pem.data(), static_cast<int>(public_key_pem.size())));
  const Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (key == nullptr) return "";
  return Sign(request, key.get(), parts_->certificate.get(), parts_->key.get());
}

std::string CertificateAuthority::Pin() const {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(parts_->certificate.get()), &der);
  Must(size > 0, "writing a public key");
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  const bool done = EVP_Digest(der, static_cast<size_t>(size), digest, &length, EVP_sha256(), nullptr) == 1;
  OPENSSL_free(der);
  Must(done, "digesting a public key");
  std::string pin = "sha256:";
  for (unsigned int i = 0; i < length; ++i) {
    constexpr char kDigits[] = "0123456789abcdef";
    pin += kDigits[digest[i] >> 4];
    pin += kDigits[digest[i] & 15];
  }
  return pin;
}

void WritePrivateFile(const std::string& path, const std::string& text) {
  const auto fail = [&path] { throw std::runtime_error("writing " + path + ": " + std::strerror(errno)); };
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) fail();
  // An older file may have been wider open.
  bool ok = fchmod(fd, 0600) == 0;
  for (size_t at = 0; ok && at < text.size();) {
    const ssize_t n = write(fd, text.data() + at, text.size() - at);
    ok = n > 0;
    if (ok) at += static_cast<size_t>(n);
  }
  const int error = errno;
  close(fd);
  errno = error;
  if (!ok) fail();
}

}  // namespace playground
