#include "teleport/host_key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdint>

#include "base/status.h"
#include "base/text.h"
#include "teleport/pem.h"

namespace oktasync::teleport {
namespace {

absl::Status OutOfOpenssl(std::string_view what) {
  return MakeStatus(absl::StatusCode::kResourceExhausted,
                    "OpenSSL cannot " + std::string(what) + ": " + TakeOpensslError());
}

std::string Contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

// RFC 4251 section 5: length in four bytes, then the bytes.
void AppendString(std::string_view text, std::string* out) {
  const auto size = static_cast<uint32_t>(text.size());
  for (int shift = 24; shift >= 0; shift -= 8) *out += static_cast<char>((size >> shift) & 0xFF);
  out->append(text);
}

std::string Base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

// RFC 5656 section 3.1.
std::string SshLine(std::string_view point) {
  constexpr std::string_view kType = "ecdsa-sha2-nistp256";
  std::string blob;
  AppendString(kType, &blob);
  AppendString("nistp256", &blob);
  AppendString(point, &blob);
  return std::string(kType) + " " + Base64(blob) + "\n";
}

absl::Status Broken(const std::string& what) {
  return MakeStatus(absl::StatusCode::kDataLoss,
                    "the server answered with a certificate that is not what was asked for: " + what +
                        "; it is not used. Is the address really this cluster's?");
}

}  // namespace

absl::StatusOr<HostKey> NewHostKey() {
  ERR_clear_error();
  const PrivateKey key(EVP_EC_gen("P-256"));
  if (key == nullptr) return OutOfOpenssl("make a P-256 key");
  const Owned<BIO> secret(BIO_new(BIO_s_secmem()));
  const Owned<BIO> open(BIO_new(BIO_s_mem()));
  if (secret == nullptr || open == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_bio_PUBKEY(open.get(), key.get()) != 1) {
    return OutOfOpenssl("write a key as PEM");
  }
  unsigned char* point = nullptr;
  const size_t size = EVP_PKEY_get1_encoded_public_key(key.get(), &point);
  if (size == 0) return OutOfOpenssl("write a public key");
  HostKey out;
  out.public_ssh_key = SshLine({reinterpret_cast<const char*>(point), size});
  OPENSSL_free(point);
  out.key_pem = Secret(Contents(secret.get()));
  out.public_key_pem = Contents(open.get());
  return out;
}

absl::StatusOr<IdentityFacts> CheckIssued(const Identity& identity, const std::string& host_id,
                                          absl::Time now) {
  const auto facts = Inspect(identity);
  if (!facts.ok()) return Broken(Message(facts.status()));
  if (facts->host_id != host_id) {
    return Broken("it is for the host " + Escape(facts->host_id) + " instead of " + Escape(host_id));
  }
  if (!HoldsOktaRole(*facts)) {
    return Broken("it has the role " + Escape(facts->role.empty() ? "none" : facts->role) +
                  " instead of Okta");
  }
  if (now < facts->not_before || now >= facts->not_after) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "the certificate is valid from " + TimeInWords(facts->not_before) + " to " +
                          TimeInWords(facts->not_after) + ", but by this machine's clock it is " +
                          TimeInWords(now) + "; set the clock of this machine or of the auth server (NTP)");
  }
  return *facts;
}

absl::StatusOr<std::vector<std::string>> PinsOf(const std::string& ca_pem) {
  OKTASYNC_ASSIGN_OR_RETURN(const auto cas, ParseCertificates(ca_pem));
  std::vector<std::string> pins;
  for (const Owned<X509>& ca : cas) {
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(ca.get()), &der);
    if (size <= 0) return OutOfOpenssl("write a public key");
    pins.push_back("sha256:" + Hex(Sha256({reinterpret_cast<const char*>(der), static_cast<size_t>(size)})));
    OPENSSL_free(der);
  }
  return pins;
}

absl::StatusOr<std::vector<std::string>> SplitCertificates(const std::string& pem) {
  OKTASYNC_ASSIGN_OR_RETURN(const auto certificates, ParseCertificates(pem));
  std::vector<std::string> out;
  for (const Owned<X509>& certificate : certificates) {
    const Owned<BIO> bio(BIO_new(BIO_s_mem()));
    if (bio == nullptr || PEM_write_bio_X509(bio.get(), certificate.get()) != 1) {
      return OutOfOpenssl("write a certificate");
    }
    out.push_back(Contents(bio.get()));
  }
  return out;
}

absl::StatusOr<std::vector<std::string>> FingerprintsOf(const std::string& ca_pem) {
  OKTASYNC_ASSIGN_OR_RETURN(const auto cas, ParseCertificates(ca_pem));
  std::vector<std::string> out;
  for (const Owned<X509>& ca : cas) {
    unsigned char* der = nullptr;
    const int size = i2d_X509(ca.get(), &der);
    if (size <= 0) return OutOfOpenssl("write a certificate");
    out.push_back(Sha256({reinterpret_cast<const char*>(der), static_cast<size_t>(size)}));
    OPENSSL_free(der);
  }
  return out;
}

std::string TimeInWords(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

}  // namespace oktasync::teleport
