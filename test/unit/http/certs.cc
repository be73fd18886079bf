#include "certs.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>

namespace oktasync::http_test {
namespace {

void Extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  REQUIRE(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Leaf Make(const std::string& common_name, long from, long to) {
  static long serial = 1000;
  Leaf leaf;
  leaf.key.reset(EVP_EC_gen("P-256"));
  leaf.certificate.reset(X509_new());
  X509* certificate = leaf.certificate.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), from);
  X509_gmtime_adj(X509_getm_notAfter(certificate), to);
  X509_set_pubkey(certificate, leaf.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  return leaf;
}

}  // namespace

TestCa::TestCa(const std::string& name) : ca_(Make(name, -86400, 86400)) {
  X509* certificate = ca_.certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  Extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  Extend(certificate, certificate, NID_key_usage, "critical,keyCertSign");
  REQUIRE(X509_sign(certificate, ca_.key.get(), EVP_sha256()) > 0);

  char path[] = "/tmp/oktasync-ca-XXXXXX";
  const int fd = mkstemp(path);
  REQUIRE(fd >= 0);
  file_ = path;
  FILE* file = fdopen(fd, "w");
  PEM_write_X509(file, certificate);
  fclose(file);
}

TestCa::~TestCa() { unlink(file_.c_str()); }

std::shared_ptr<const Leaf> TestCa::Issue(const std::string& name, long from_seconds, long to_seconds) const {
  auto leaf = std::make_shared<Leaf>(Make("server", from_seconds, to_seconds));
  X509* certificate = leaf->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(ca_.certificate.get()));
  Extend(certificate, ca_.certificate.get(), NID_subject_alt_name, name);
  REQUIRE(X509_sign(certificate, ca_.key.get(), EVP_sha256()) > 0);
  return leaf;
}

}  // namespace oktasync::http_test
