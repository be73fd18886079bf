#include "jose/signer.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <array>
#include <utility>

#include "base/file.h"
#include "base/private_key.h"
#include "base/status.h"
#include "base/text.h"

namespace oktasync::jose {
namespace {

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using BigNumber = std::unique_ptr<BIGNUM, Freer<BN_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;

constexpr int kP256Bytes = 32;
constexpr int kMinRsaBits = 2048;
constexpr size_t kMaxKeyFile = 64 << 10;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

absl::Status Invalid(const std::string& why) { return MakeStatus(absl::StatusCode::kInvalidArgument, why); }

// The number `param` of the key, big-endian, padded to `width` bytes when that is not 0.
std::string Number(const EVP_PKEY* key, const char* param, int width) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, param, &raw) != 1) return {};
  const BigNumber number(raw);
  std::string bytes(static_cast<size_t>(width > 0 ? width : BN_num_bytes(raw)), '\0');
  if (BN_bn2binpad(raw, Bytes(bytes), static_cast<int>(bytes.size())) < 0) return {};
  return bytes;
}

// RFC 7518 section 3.4: r and s, 32 bytes each, instead of the DER sequence that OpenSSL makes.
std::string DerToRs(std::string_view der) {
  const unsigned char* at = Bytes(der);
  const EcdsaSignature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (signature == nullptr) return {};
  std::string out(size_t{2} * kP256Bytes, '\0');
  if (BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), Bytes(out), kP256Bytes) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), Bytes(out) + kP256Bytes, kP256Bytes) < 0) {
    return {};
  }
  return out;
}

class PemSigner final : public Signer {
 public:
  PemSigner(PrivateKey key, Algorithm algorithm) : key_(std::move(key)), algorithm_(algorithm) {}

  Algorithm algorithm() const override { return algorithm_; }

  absl::StatusOr<std::string> Sign(std::string_view input) const override {
    OKTASYNC_ASSIGN_OR_RETURN(std::string signature, SignDer(input));
    if (algorithm_ == Algorithm::kRs256) return signature;
    signature = DerToRs(signature);
    if (signature.empty()) return Failed();
    return signature;
  }

  std::string PublicJwk() const override {
    if (algorithm_ == Algorithm::kEs256) {
      return R"({"crv":"P-256","kty":"EC","x":")" +
             Base64Url(Number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, kP256Bytes)) + R"(","y":")" +
             Base64Url(Number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, kP256Bytes)) + R"("})";
    }
    return R"({"e":")" + Base64Url(Number(key_.get(), OSSL_PKEY_PARAM_RSA_E, 0)) + R"(","kty":"RSA","n":")" +
           Base64Url(Number(key_.get(), OSSL_PKEY_PARAM_RSA_N, 0)) + R"("})";
  }

  // Whether the private part fits the public one: a signature of a key pasted together from two would be
  // refused by Okta with nothing but "invalid signature".
  bool FitsItself() const {
    static constexpr std::string_view kProbe = "oktasync";
    const absl::StatusOr<std::string> der = SignDer(kProbe);
    const DigestContext context(EVP_MD_CTX_new());
    const bool fits =
        der.ok() && context != nullptr &&
        EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
        EVP_DigestVerify(context.get(), Bytes(*der), der->size(), Bytes(kProbe), kProbe.size()) == 1;
    ERR_clear_error();
    return fits;
  }

 private:
  static absl::Status Failed() {
    ERR_clear_error();
    return MakeStatus(absl::StatusCode::kInternal, "OpenSSL could not sign with the private key");
  }

  absl::StatusOr<std::string> SignDer(std::string_view input) const {
    const DigestContext context(EVP_MD_CTX_new());
    size_t size = 0;
    if (context == nullptr ||
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, Bytes(input), input.size()) != 1) {
      return Failed();
    }
    std::string signature(size, '\0');
    if (EVP_DigestSign(context.get(), Bytes(signature), &size, Bytes(input), input.size()) != 1) {
      return Failed();
    }
    signature.resize(size);
    return signature;
  }

  const PrivateKey key_;
  const Algorithm algorithm_;
};

size_t Count(std::string_view text, std::string_view what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size())) {
    ++count;
  }
  return count;
}

absl::Status Encrypted() {
  return Invalid(
      "the private key is encrypted with a passphrase, which nobody is there to type; decrypt it into a file "
      "of "
      "mode 600, for example: (umask 077; openssl pkey -in encrypted.pem -out key.pem)");
}

absl::StatusOr<PrivateKey> ParsePrivateKey(std::string_view text) {
  const size_t keys = Count(text, "PRIVATE KEY-----") / 2;
  if (keys > 1)
    return Invalid("the text holds more than one private key; leave only the one that is to sign");
  if (keys == 0) {
    std::string why = "the text is not a private key in PEM (-----BEGIN PRIVATE KEY-----)";
    if (text.find("-----BEGIN PUBLIC KEY-----") != std::string_view::npos) {
      why += ": it is a public key";
    } else if (text.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos) {
      why += ": it is a certificate";
    } else if (text.find("OPENSSH PRIVATE KEY") != std::string_view::npos) {
      why += ": it is an OpenSSH key";
    } else if (const size_t start = text.find_first_not_of(" \t\r\n");
               start != std::string_view::npos && text[start] == '{') {
      why += ": it looks like JSON (a JWK?); Okta shows the same key as PEM";
    }
    return Invalid(why);
  }
  if (text.find("-----BEGIN OPENSSH PRIVATE KEY-----") != std::string_view::npos) {
    return Invalid(
        "the private key is in OpenSSH's format; convert it: ssh-keygen -p -N '' -m PKCS8 -f key.pem");
  }
  if (text.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != std::string_view::npos) return Encrypted();

  absl::StatusOr<PrivateKey> key = ReadPrivateKey(text);
  if (absl::IsFailedPrecondition(key.status())) return Encrypted();
  if (!key.ok()) return Invalid("the private key " + Message(key.status()));
  return key;
}

absl::StatusOr<Algorithm> ChooseAlgorithm(const EVP_PKEY* key) {
  static constexpr char kAccepted[] = "; make an EC key on P-256 or an RSA key of 2048 bits or more";
  if (EVP_PKEY_is_a(key, "EC") == 1) {
    std::array<char, 64> group{};
    if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(),
                                       nullptr) != 1) {
      group[0] = '\0';
    }
    const std::string_view name(group.data());
    if (name != "prime256v1" && name != "P-256") {
      const std::string shown = name.empty() ? "an unnamed curve" : std::string(name);
      return Invalid("the private key is an EC key on " + shown + ", not on P-256" + kAccepted);
    }
    return Algorithm::kEs256;
  }
  if (EVP_PKEY_is_a(key, "RSA") == 1) {
    const int bits = EVP_PKEY_get_bits(key);
    if (bits < kMinRsaBits) {
      return Invalid("the private key is an RSA key of " + std::to_string(bits) +
                     " bits, which is too short" + kAccepted);
    }
    return Algorithm::kRs256;
  }
  const char* type = EVP_PKEY_get0_type_name(key);
  return Invalid(std::string("the private key is of type ") + (type == nullptr ? "unknown" : type) +
                 ", which Okta's client assertions do not know" + kAccepted);
}

}  // namespace

std::string_view ToString(Algorithm algorithm) { return algorithm == Algorithm::kEs256 ? "ES256" : "RS256"; }

absl::StatusOr<std::unique_ptr<Signer>> SignerFromPem(const Secret& pem) {
  OKTASYNC_ASSIGN_OR_RETURN(PrivateKey key, ParsePrivateKey(pem.Reveal()));
  const absl::StatusOr<Algorithm> algorithm = ChooseAlgorithm(key.get());
  ERR_clear_error();
  if (!algorithm.ok()) return algorithm.status();
  auto signer = std::make_unique<PemSigner>(std::move(key), *algorithm);
  if (!signer->FitsItself()) {
    return Invalid("the private key is damaged: what it signs does not verify with its own public part");
  }
  return signer;
}

absl::StatusOr<std::unique_ptr<Signer>> NewEs256Signer() {
  PrivateKey key(EVP_EC_gen("P-256"));
  ERR_clear_error();
  if (key == nullptr) {
    return MakeStatus(absl::StatusCode::kInternal, "OpenSSL cannot make a P-256 key: no random numbers?");
  }
  return std::make_unique<PemSigner>(std::move(key), Algorithm::kEs256);
}

absl::StatusOr<std::unique_ptr<Signer>> SignerFromFile(const std::string& path) {
  OKTASYNC_ASSIGN_OR_RETURN(const Secret pem, ReadSecretFile("the private key file", path, kMaxKeyFile));
  absl::StatusOr<std::unique_ptr<Signer>> signer = SignerFromPem(pem);
  if (!signer.ok()) return Annotate(signer.status(), "the private key file " + Escape(path));
  return signer;
}

}  // namespace oktasync::jose
