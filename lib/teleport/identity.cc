#include "teleport/identity.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "teleport/pem.h"

namespace oktasync::teleport {
namespace {

absl::Status Invalid(std::string_view what) { return MakeStatus(absl::StatusCode::kInvalidArgument, what); }

// All values of one kind in a name, joined with ",".
std::string NameEntries(const X509_NAME* name, int nid) {
  std::string out;
  for (int i = X509_NAME_get_index_by_NID(name, nid, -1); i >= 0;
       i = X509_NAME_get_index_by_NID(name, nid, i)) {
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)));
    if (size < 0) continue;
    const auto release = [](unsigned char* bytes) { OPENSSL_free(bytes); };
    const std::unique_ptr<unsigned char, decltype(release)> owned(text, release);  // `out` may find no memory
    if (!out.empty()) out += ',';
    out.append(reinterpret_cast<const char*>(text), static_cast<size_t>(size));
  }
  return out;
}

absl::Time TimeOf(const ASN1_TIME* time, absl::Time otherwise) {
  std::tm broken_down = {};
  if (ASN1_TIME_to_tm(time, &broken_down) != 1) return otherwise;
  return absl::FromTM(broken_down, absl::UTCTimeZone());
}

bool IssuedBy(X509* certificate, X509* ca) {
  return X509_check_issued(ca, certificate) == X509_V_OK &&
         X509_verify(certificate, X509_get0_pubkey(ca)) == 1;
}

}  // namespace

absl::StatusOr<IdentityFacts> Inspect(const Identity& identity) {
  auto key = ParseKey(identity.key_pem.Reveal());
  if (!key.ok()) return key.status();
  auto certificates = ParseCertificates(identity.cert_pem);
  if (!certificates.ok()) return Annotate(certificates.status(), "the identity's certificate");
  if (certificates->size() > 1) {
    return Invalid("the identity's certificate is followed by " + std::to_string(certificates->size() - 1) +
                   " more; give the first one alone, for Teleport hangs up on a client that sends a chain");
  }
  auto cas = ParseCertificates(identity.ca_pem);
  if (!cas.ok()) return Annotate(cas.status(), "the cluster's CA");

  X509* certificate = certificates->front().get();
  const X509_NAME* subject = X509_get_subject_name(certificate);
  IdentityFacts facts;
  facts.common_name = NameEntries(subject, NID_commonName);
  facts.role = NameEntries(subject, NID_organizationName);
  const size_t dot = facts.common_name.find('.');
  facts.host_id = facts.common_name.substr(0, dot);
  if (dot != std::string::npos) facts.cluster = facts.common_name.substr(dot + 1);
  facts.not_before = TimeOf(X509_get0_notBefore(certificate), absl::InfiniteFuture());
  facts.not_after = TimeOf(X509_get0_notAfter(certificate), absl::InfinitePast());

  const bool key_matches = X509_check_private_key(certificate, key->get()) == 1;
  bool issued = false;
  for (const Owned<X509>& ca : *cas) issued = issued || IssuedBy(certificate, ca.get());
  ERR_clear_error();
  if (!key_matches) {
    return Invalid("the private key does not belong to the certificate of " +
                   Escape(DescribeIdentity(facts)) + "; the files are from two different joins");
  }
  if (!issued) {
    return Invalid(
        "the certificate of " + Escape(DescribeIdentity(facts)) +
        " was not issued by the given CA; the files are from different clusters, or the cluster's host "
        "CA was rotated (tctl auth export --type=tls-host prints the present one)");
  }
  if (facts.cluster.empty()) {
    return Invalid("the certificate's common name \"" + Escape(facts.common_name) +
                   "\" is not <host id>.<cluster>: it is no host certificate of Teleport");
  }
  return facts;
}

bool HoldsOktaRole(const IdentityFacts& facts) {
  std::string_view rest = facts.role;
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    if (rest.substr(0, comma) == "Okta") return true;
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return false;
}

std::string DescribeIdentity(const IdentityFacts& facts) {
  return facts.common_name + (facts.role.empty() ? ", no role" : ", role " + facts.role);
}

uint64_t GenerationOf(const Identity& identity) {
  const std::string digest = Sha256(identity.cert_pem + '\0' + identity.ca_pem);
  uint64_t out = 0;
  for (size_t i = 0; i < 8; ++i) out = (out << 8) | static_cast<uint8_t>(digest[i]);
  return out;
}

absl::StatusOr<Identity> ReadIdentityFiles(const std::string& key_file, const std::string& cert_file,
                                           const std::string& ca_file) {
  Identity identity;
  OKTASYNC_ASSIGN_OR_RETURN(identity.key_pem, ReadSecretFile("key file", key_file, kMaxPemFile));
  OKTASYNC_ASSIGN_OR_RETURN(identity.cert_pem, ReadFile("certificate file", cert_file, kMaxPemFile));
  OKTASYNC_ASSIGN_OR_RETURN(identity.ca_pem, ReadFile("CA file", ca_file, kMaxPemFile));
  identity.generation = GenerationOf(identity);
  return identity;
}

}  // namespace oktasync::teleport
