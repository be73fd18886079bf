// Private keys from PEM: what is read, and which words tell what is wrong with one that is not.
#include "base/private_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <catch2/catch.hpp>
#include <string>

#include "base/status.h"
#include "testing/keys.h"

namespace oktasync {
namespace {

using testing::EcPem;
using testing::Form;
using testing::RsaPem;

// By OpenSSL's own reader, which tries everything.
PrivateKey ByOpenssl(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  PrivateKey key(PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr));
  BIO_free(bio);
  REQUIRE(key != nullptr);
  return key;
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
  for (const std::string& pem : {EcPem("P-256"), EcPem("P-256", Form::kTraditional), RsaPem(2048),
                                 RsaPem(2048, Form::kTraditional), testing::Ed25519Pem()}) {
    const PrivateKey made = ByOpenssl(pem);
    for (const std::string& text :
         {pem, "a note\r\n" + pem + "more of it\n", pem.substr(0, pem.size() - 1)}) {
      const absl::StatusOr<PrivateKey> read = ReadPrivateKey(text);
      INFO(Describe(read.status()));
      REQUIRE(read.ok());
      CHECK(EVP_PKEY_eq(read->get(), made.get()) == 1);
    }
  }
}

TEST_CASE("the curve's parameters, which openssl ecparam writes before its key, are passed over") {
  const std::string params = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  CHECK(ReadPrivateKey(params + EcPem("P-256", Form::kTraditional)).ok());
}

TEST_CASE("an encrypted key is told as such, and nobody is asked") {
  for (const Form form : {Form::kPkcs8Encrypted, Form::kTraditionalEncrypted}) {
    CHECK(Refusal(EcPem("P-256", form), absl::StatusCode::kFailedPrecondition) ==
          "is encrypted with a passphrase");
  }
}

TEST_CASE("what is cut is told apart from what is not known, and no word of it is of the key") {
  const std::string pem = EcPem("P-256");
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
