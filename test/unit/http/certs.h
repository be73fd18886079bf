// A certificate authority for one test run, made with OpenSSL.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace oktasync::http_test {

struct FreeCert {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

struct Leaf {
  std::unique_ptr<X509, FreeCert> certificate;
  std::unique_ptr<EVP_PKEY, FreeCert> key;
};

class TestCa {
 public:
  explicit TestCa(const std::string& name = "oktasync test CA");
  ~TestCa();
  TestCa(const TestCa&) = delete;
  TestCa& operator=(const TestCa&) = delete;

  // A PEM file with the CA's certificate.
  const std::string& file() const { return file_; }
  // A server certificate for `name` (a subject alternative name such as "DNS:localhost"), valid from
  // `from_seconds` to `to_seconds` from now.
  std::shared_ptr<const Leaf> Issue(const std::string& name, long from_seconds = -3600,
                                    long to_seconds = 3600) const;

 private:
  Leaf ca_;
  std::string file_;
};

}  // namespace oktasync::http_test
