#include "config/service.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "base/status.h"
#include "config/documents.h"
#include "config/keys.h"
#include "jose/jwk.h"

namespace oktasync::config {
namespace {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;

template <typename Write>
std::string Pem(Write write) {
  const std::unique_ptr<BIO, Freer<BIO_free_all>> bio(BIO_new(BIO_s_mem()));
  REQUIRE(write(bio.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

Key NewKey() { return Key(EVP_EC_gen("P-256")); }
std::string KeyPem(const Key& key) {
  return Pem([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

void SetName(X509_NAME* name, const char* organization, const char* common_name) {
  X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(organization),
                             -1, -1, 0);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name),
                             -1, -1, 0);
}

Certificate NewCertificate(const Key& key, const char* organization, const char* common_name,
                           const Key& issuer) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  SetName(X509_get_subject_name(certificate.get()), organization, common_name);
  SetName(X509_get_issuer_name(certificate.get()), "example.com", "example.com");
  X509_set_pubkey(certificate.get(), key.get());
  REQUIRE(X509_sign(certificate.get(), issuer.get(), EVP_sha256()) > 0);
  return certificate;
}
std::string CertificatePem(const Certificate& certificate) {
  return Pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
}

// A folder with the key towards Okta and an identity towards Teleport; goes with the test.
class Files {
 public:
  explicit Files(const char* role = "Okta") {
    std::string pattern = (std::filesystem::temp_directory_path() / "oktasync-config-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    const Key ca = NewKey();
    const Key key = NewKey();
    Write("okta.pem", KeyPem(NewKey()), 0600);
    Write("ca.pem", CertificatePem(NewCertificate(ca, "example.com", "example.com", ca)), 0644);
    Write("cert.pem", CertificatePem(NewCertificate(key, role, "host-1.example.com", ca)), 0644);
    Write("key.pem", KeyPem(key), 0600);
  }
  ~Files() { std::filesystem::remove_all(folder_); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  void Write(const std::string& name, const std::string& text, mode_t mode) const {
    std::ofstream(Path(name)) << text;
    REQUIRE(chmod(Path(name).c_str(), mode) == 0);
  }
  Config Configured() const {
    nlohmann::json document = Minimal();
    document["okta"]["private_key_file"] = Path("okta.pem");
    document["teleport"]["identity"] = {
        {"key_file", Path("key.pem")}, {"cert_file", Path("cert.pem")}, {"ca_file", Path("ca.pem")}};
    ParseResult parsed = Parse(document.dump());
    REQUIRE(parsed.problems.empty());
    return std::move(parsed.config);
  }

 private:
  std::string folder_;
};

// What making the service fails with.
std::string Refusal(const Config& config, Host host = {}) {
  const auto service = Service::Make(config, std::move(host));
  if (service.ok()) return "made";
  CHECK((service.status().code() == absl::StatusCode::kFailedPrecondition ||
         service.status().code() == absl::StatusCode::kInvalidArgument));
  return Message(service.status());
}

TEST_CASE("the rooms are put together from files, and nothing runs before it is told to") {
  const Files files;
  auto service = Service::Make(files.Configured(), {});
  INFO(oktasync::Describe(service.status()));
  REQUIRE(service.ok());
  CHECK_FALSE((*service)->loop().status().running);
  CHECK((*service)->loop().Request(reconcile::RunKind::kSync).status().code() ==
        absl::StatusCode::kFailedPrecondition);
  (*service)->IdentityChanged();
  (*service)->loop().Stop();
}

TEST_CASE("a service that lacks a signer or an identity names the entry that would give it") {
  const Files files;
  Config config = files.Configured();
  config.private_key_file.clear();
  CHECK_THAT(Refusal(config), Catch::StartsWith("/okta/private_key_file: "));
  config = files.Configured();
  config.identity_key_file.clear();
  CHECK_THAT(Refusal(config), Catch::StartsWith("/teleport/identity: "));
}

TEST_CASE("one identity file does for three, and is asked for by name when it is missing") {
  const Files files;
  Config config = files.Configured();
  const auto read = [&](const std::string& name) {
    std::ifstream in(files.Path(name));
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  files.Write("identity.pem", read("key.pem") + read("cert.pem") + read("ca.pem"), 0600);
  config.identity_key_file.clear();
  config.identity_cert_file.clear();
  config.identity_ca_file.clear();
  config.identity_file = files.Path("identity.pem");
  CHECK(Refusal(config) == "made");
  config.identity_file = files.Path("none.pem");
  CHECK_THAT(Refusal(config), Catch::Contains("/teleport/identity/file") && Catch::Contains("oktasync join"));
}

TEST_CASE("the host's signer and identity take the place of files") {
  const Files files;
  Config config = files.Configured();
  Host host;
  host.signer = *jose::SignerFromFile(files.Path("okta.pem"));
  int asked = 0;
  host.identity = [&] {
    ++asked;
    return teleport::ReadIdentityFiles(files.Path("key.pem"), files.Path("cert.pem"), files.Path("ca.pem"));
  };
  config.private_key_file = config.identity_key_file = config.identity_cert_file = config.identity_ca_file =
      "";
  CHECK(Refusal(config, host) == "made");
  CHECK(asked >= 1);
}

TEST_CASE("files that cannot be used are named with their entry, and nothing of a key is told") {
  const Files files;
  const Config config = files.Configured();
  files.Write("okta.pem", "-----BEGIN PRIVATE KEY-----\nSECRETSECRET\n-----END PRIVATE KEY-----\n", 0600);
  CHECK_THAT(Refusal(config), Catch::StartsWith("/okta/private_key_file: ") && !Catch::Contains("SECRET"));
  std::filesystem::remove(files.Path("okta.pem"));
  CHECK_THAT(Refusal(config), Catch::StartsWith("/okta/private_key_file: "));

  files.Write("okta.pem", KeyPem(NewKey()), 0644);
  CHECK_THAT(Refusal(config), Catch::StartsWith("/okta/private_key_file: ") && Catch::Contains("chmod"));
  files.Write("okta.pem", KeyPem(NewKey()), 0600);

  files.Write("key.pem", KeyPem(NewKey()), 0600);  // of another certificate
  CHECK_THAT(Refusal(config), Catch::Contains("/teleport"));
  std::filesystem::remove(files.Path("cert.pem"));
  CHECK_THAT(Refusal(config), Catch::Contains("/teleport/identity"));
}

TEST_CASE("keys: each file of okta.other_keys must be usable, and is published after the first") {
  const Files files;
  Config config = files.Configured();
  config.key_id.clear();  // the thumbprint, then
  files.Write("old.pem", KeyPem(NewKey()), 0600);
  config.other_keys = {{"old", files.Path("old.pem")}};
  CHECK(Refusal(config) == "made");
  const auto text = PublicKeys(config);
  REQUIRE(text.ok());
  const nlohmann::json set = nlohmann::json::parse(*text);
  REQUIRE(set["keys"].size() == 2);
  const auto first = jose::SignerFromFile(files.Path("okta.pem"));
  CHECK(set["keys"][0]["kid"] == *jose::Thumbprint((*first)->PublicJwk()));
  CHECK(set["keys"][1]["kid"] == "old");
  for (const nlohmann::json& key : set["keys"]) CHECK_FALSE(key.contains("d"));

  files.Write("old.pem", KeyPem(NewKey()), 0640);
  CHECK_THAT(Refusal(config), Catch::StartsWith("/okta/other_keys/old: ") && Catch::Contains("chmod 600"));
  CHECK_FALSE(PublicKeys(config).ok());
  config.private_key_file.clear();
  CHECK_THAT(Message(PublicKeys(config).status()), Catch::StartsWith("/okta/private_key_file: "));
}

TEST_CASE("an identity without the role Okta is refused before anything is asked of the server") {
  const Files files("Node");
  CHECK_THAT(Refusal(files.Configured()), Catch::StartsWith("/teleport: ") && Catch::Contains("Okta"));
}

TEST_CASE("a CA file for the org that cannot be read is named") {
  const Files files;
  Config config = files.Configured();
  config.http.ca_file = files.Path("missing.pem");
  CHECK_THAT(Refusal(config), Catch::StartsWith("/okta"));
}

}  // namespace
}  // namespace oktasync::config
