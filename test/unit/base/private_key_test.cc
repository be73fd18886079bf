// Private keys from PEM: what is read, and which words tell what is wrong with one that is not.
#include "base/private_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <catch2/catch.hpp>
#include <string>

#include "base/status.h"

namespace oktasync {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};

enum class Form { kPkcs8, kTraditional, kEncrypted, kTraditionalEncrypted };

std::string Pem(EVP_PKEY* key, Form form) {
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new(BIO_s_mem()));
  const bool encrypted = form == Form::kEncrypted || form == Form::kTraditionalEncrypted;
  const EVP_CIPHER* cipher = encrypted ? EVP_aes_128_cbc() : nullptr;
  auto* passphrase = encrypted ? reinterpret_cast<unsigned char*>(const_cast<char*>("letmein")) : nullptr;
  const int size = encrypted ? 7 : 0;
  const int written =
      form == Form::kPkcs8 || form == Form::kEncrypted
          ? PEM_write_bio_PKCS8PrivateKey(bio.get(), key, cipher, reinterpret_cast<char*>(passphrase), size,
                                          nullptr, nullptr)
          : PEM_write_bio_PrivateKey_traditional(bio.get(), key, cipher, passphrase, size, nullptr, nullptr);
  REQUIRE(written == 1);
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(length));
}

std::string Refusal(const std::string& pem, absl::StatusCode code = absl::StatusCode::kInvalidArgument) {
  const absl::StatusOr<PrivateKey> key = ReadPrivateKey(pem);
  REQUIRE_FALSE(key.ok());
  CHECK(key.status().code() == code);
  CHECK(ERR_peek_error() == 0);
  return Message(key.status());
}

}  // namespace

TEST_CASE("keys of each kind and form are read, with anything around them") {
  const PrivateKey ec(EVP_EC_gen("P-256"));
  const PrivateKey rsa(EVP_RSA_gen(2048));
  const PrivateKey ed(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  for (EVP_PKEY* made : {ec.get(), rsa.get(), ed.get()}) {
    for (const Form form : {Form::kPkcs8, Form::kTraditional}) {
      if (made == ed.get() && form == Form::kTraditional) continue;  // it has none
      const std::string pem = Pem(made, form);
      for (const std::string& text :
           {pem, "a note\r\n" + pem + "more of it\n", pem.substr(0, pem.size() - 1)}) {
        const absl::StatusOr<PrivateKey> read = ReadPrivateKey(text);
        INFO(Describe(read.status()));
        REQUIRE(read.ok());
        CHECK(EVP_PKEY_eq(read->get(), made) == 1);
      }
    }
  }
}

TEST_CASE("the curve's parameters, which openssl ecparam writes before its key, are passed over") {
  const PrivateKey ec(EVP_EC_gen("P-256"));
  const std::string params = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  CHECK(ReadPrivateKey(params + Pem(ec.get(), Form::kTraditional)).ok());
}

TEST_CASE("an encrypted key is told as such, and nobody is asked") {
  const PrivateKey ec(EVP_EC_gen("P-256"));
  for (const Form form : {Form::kEncrypted, Form::kTraditionalEncrypted}) {
    CHECK(Refusal(Pem(ec.get(), form), absl::StatusCode::kFailedPrecondition) ==
          "is encrypted with a passphrase");
  }
}

TEST_CASE("what is cut is told apart from what is not known, and no word of it is of the key") {
  const PrivateKey ec(EVP_EC_gen("P-256"));
  const std::string pem = Pem(ec.get(), Form::kPkcs8);
  constexpr char kCut[] = "cannot be read: the PEM is cut or damaged";
  CHECK(Refusal("") == kCut);
  CHECK(Refusal("no key") == kCut);
  CHECK(Refusal(pem.substr(0, pem.size() / 2)) == kCut);
  std::string broken = pem;
  broken[40] = '!';
  CHECK(Refusal(broken) == kCut);

  constexpr char kUnknown[] = "cannot be read: it is damaged, or of a kind that OpenSSL does not know";
  CHECK(Refusal("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n") == kUnknown);
  CHECK(Refusal("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n") != "");
}

}  // namespace oktasync
