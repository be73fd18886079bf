#include "keys.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <catch2/catch.hpp>
#include <vector>

#include "base/text.h"
#include "nlohmann/json.hpp"

namespace oktasync::testing {
namespace {

std::string Drain(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

std::string ToPem(EVP_PKEY* key, Form form) {
  REQUIRE(key != nullptr);
  BIO* bio = BIO_new(BIO_s_mem());
  char password[] = "hunter2";
  int ok = 0;
  switch (form) {
    case Form::kPkcs8:
      ok = PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
      break;
    case Form::kTraditional:
      ok = PEM_write_bio_PrivateKey_traditional(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
      break;
    case Form::kPkcs8Encrypted:
      ok = PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_256_cbc(), password, 7, nullptr, nullptr);
      break;
    case Form::kTraditionalEncrypted:
      ok = PEM_write_bio_PrivateKey_traditional(bio, key, EVP_aes_256_cbc(), nullptr, 0, nullptr, password);
      break;
    case Form::kPublic:
      ok = PEM_write_bio_PUBKEY(bio, key);
      break;
  }
  REQUIRE(ok == 1);
  EVP_PKEY_free(key);
  return Drain(bio);
}

BIGNUM* FromBase64(std::string_view text) {
  const std::string bytes = FromBase64Url(text).value();
  return BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()),
                   nullptr);
}

EVP_PKEY* FromParams(const char* type, OSSL_PARAM_BLD* builder, int selection) {
  OSSL_PARAM* params = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr);
  EVP_PKEY* key = nullptr;
  REQUIRE(EVP_PKEY_fromdata_init(context) == 1);
  REQUIRE(EVP_PKEY_fromdata(context, &key, selection, params) == 1);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(params);
  OSSL_PARAM_BLD_free(builder);
  return key;
}

// `d` empty: the public key alone.
EVP_PKEY* EcKey(std::string_view x, std::string_view y, std::string_view d) {
  const std::string point = "\x04" + FromBase64Url(x).value() + FromBase64Url(y).value();
  OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  BIGNUM* number = nullptr;
  if (!d.empty()) {
    number = FromBase64(d);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number);
  }
  EVP_PKEY* key = FromParams("EC", builder, d.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR);
  BN_free(number);
  return key;
}

struct RsaNumbers {
  std::string_view n, e, d, p, q;  // `d` empty: the public key alone
};

EVP_PKEY* RsaKey(const RsaNumbers& given) {
  OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
  std::vector<BIGNUM*> numbers;
  const auto push = [&](const char* name, BIGNUM* number) {
    OSSL_PARAM_BLD_push_BN(builder, name, number);
    numbers.push_back(number);
    return number;
  };
  push(OSSL_PKEY_PARAM_RSA_N, FromBase64(given.n));
  push(OSSL_PKEY_PARAM_RSA_E, FromBase64(given.e));
  if (!given.d.empty()) {
    BN_CTX* context = BN_CTX_new();
    const BIGNUM* d = push(OSSL_PKEY_PARAM_RSA_D, FromBase64(given.d));
    const BIGNUM* p = push(OSSL_PKEY_PARAM_RSA_FACTOR1, FromBase64(given.p));
    const BIGNUM* q = push(OSSL_PKEY_PARAM_RSA_FACTOR2, FromBase64(given.q));
    const auto exponent = [&](const BIGNUM* prime) {  // d mod (prime - 1)
      BIGNUM* result = BN_dup(prime);
      BN_sub_word(result, 1);
      BN_mod(result, d, result, context);
      return result;
    };
    push(OSSL_PKEY_PARAM_RSA_EXPONENT1, exponent(p));
    push(OSSL_PKEY_PARAM_RSA_EXPONENT2, exponent(q));
    push(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, BN_mod_inverse(nullptr, q, p, context));
    BN_CTX_free(context);
  }
  EVP_PKEY* key = FromParams("RSA", builder, given.d.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR);
  for (BIGNUM* number : numbers) BN_free(number);
  return key;
}

}  // namespace

std::string EcPem(const std::string& curve, Form form) { return ToPem(EVP_EC_gen(curve.c_str()), form); }
std::string RsaPem(unsigned bits, Form form) { return ToPem(EVP_RSA_gen(bits), form); }
std::string Ed25519Pem() { return ToPem(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), Form::kPkcs8); }

std::string Rfc7515RsaPem() {
  return ToPem(RsaKey({"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-"
                       "4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT"
                       "-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-"
                       "bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBd"
                       "QOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-"
                       "DWNmoudF8NAco9_h9iaG"
                       "Nj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
                       "AQAB",
                       "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-"
                       "7YwVol2NXOoAJe46su"
                       "i395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_"
                       "V51gfpRLI9JYanrC4D4"
                       "qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_"
                       "jTj3ccPDVZFD9pIuhLhBOneufuBiB"
                       "4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
                       "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_"
                       "5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8"
                       "cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
                       "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-"
                       "7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t"
                       "62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc"}),
               Form::kPkcs8);
}

std::string Rfc7515EcPem() {
  return ToPem(
      EcKey("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"),
      Form::kPkcs8);
}

bool Verifies(std::string_view public_jwk, std::string_view input, std::string_view signature) {
  const nlohmann::json jwk = nlohmann::json::parse(public_jwk);
  const auto member = [&](const char* name) { return jwk.at(name).get<std::string>(); };
  std::string wire(signature);
  EVP_PKEY* key = nullptr;
  if (member("kty") == "EC") {
    if (signature.size() != 64) return false;
    key = EcKey(member("x"), member("y"), "");
    const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
    ECDSA_SIG* sig = ECDSA_SIG_new();
    ECDSA_SIG_set0(sig, BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(sig, &der);
    wire.assign(reinterpret_cast<char*>(der), static_cast<size_t>(size));
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
  } else {
    const std::string modulus = member("n");
    const std::string exponent = member("e");
    key = RsaKey({modulus, exponent, {}, {}, {}});
  }
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool good =
      EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
      EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(wire.data()), wire.size(),
                       reinterpret_cast<const unsigned char*>(input.data()), input.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return good;
}

}  // namespace oktasync::testing
