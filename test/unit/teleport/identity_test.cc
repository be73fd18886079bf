// teleport/identity.h: what Teleport needs to see, said before it hangs up without a word.
#include "teleport/identity.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "auth/pki.h"
#include "base/status.h"
#include "teleport/client.h"
#include "teleport/tunnel.h"
#include "world.h"

namespace oktasync::teleport {
namespace {

using absl::StatusCode;

Identity Issue(const playground::CertificateAuthority& ca, const std::string& role,
               const std::string& common_name, long not_after = 3600) {
  playground::CertificateRequest request;
  request.organization = role;
  request.common_name = common_name;
  request.not_after = not_after;
  const playground::KeyAndCertificate pair = ca.Issue(request);
  Identity identity;
  identity.key_pem = Secret(pair.key_pem);
  identity.cert_pem = pair.certificate_pem;
  identity.ca_pem = ca.certificate_pem();
  return identity;
}

const playground::CertificateAuthority& Ca() {
  static const playground::CertificateAuthority ca("root.example.com");
  return ca;
}

Identity Good() { return Issue(Ca(), "Okta", "2f1e.root.example.com"); }

TEST_CASE("identity: what the certificate says") {
  const auto facts = Inspect(Good());
  REQUIRE(facts.ok());
  CHECK(facts->common_name == "2f1e.root.example.com");
  CHECK(facts->cluster == "root.example.com");
  CHECK(facts->role == "Okta");
  CHECK(HoldsOktaRole(*facts));
  CHECK(facts->not_after > absl::Now() + absl::Minutes(50));
  CHECK(facts->not_after < absl::Now() + absl::Minutes(70));
}

TEST_CASE("identity: texts that are no PEM are refused, and never shown") {
  Identity identity = Good();
  SECTION("key") { identity.key_pem = Secret("hunter2"); }
  SECTION("key cut short") {
    std::string key(Good().key_pem.Reveal());
    identity.key_pem = Secret(key.substr(0, key.size() / 2) + "hunter2");
  }
  SECTION("key with a passphrase: nobody is asked on a terminal") {
    identity.key_pem =
        Secret("-----BEGIN ENCRYPTED PRIVATE KEY-----\nhunter2\n-----END ENCRYPTED PRIVATE KEY-----\n");
  }
  SECTION("certificate") { identity.cert_pem = "hunter2"; }
  SECTION("CA") { identity.ca_pem = "hunter2"; }
  SECTION("one CA good, the next one broken") {
    identity.ca_pem += "-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n";
  }
  const auto facts = Inspect(identity);
  CHECK(facts.status().code() == StatusCode::kInvalidArgument);
  CHECK(Message(facts.status()).size() > 20);
  CHECK(Message(facts.status()).find("hunter2") == std::string::npos);
}

TEST_CASE("identity: parts that do not belong together are refused") {
  Identity identity = Good();
  SECTION("key of another certificate") {
    identity.key_pem = Good().key_pem;
    CHECK(Lacks(Inspect(identity).status(), {"private key does not belong", "2f1e.root.example.com"}) == "");
  }
  SECTION("certificate of another CA of the same name") {
    identity.ca_pem = playground::CertificateAuthority("root.example.com").certificate_pem();
    CHECK(Lacks(Inspect(identity).status(), {"not issued by the given CA", "rotated"}) == "");
  }
  SECTION("a chain") {
    identity.cert_pem += Ca().certificate_pem();
    CHECK(Lacks(Inspect(identity).status(), {"chain", "first one alone"}) == "");
  }
  CHECK(Inspect(identity).status().code() == StatusCode::kInvalidArgument);
}

TEST_CASE("identity: during a CA rotation old and new CA stand side by side") {
  Identity identity = Good();
  identity.ca_pem = playground::CertificateAuthority("root.example.com").certificate_pem() + identity.ca_pem;
  CHECK(Inspect(identity).ok());
}

TEST_CASE("identity: without the role Okta no client is made") {
  ClientOptions options;
  options.address = "127.0.0.1:3025";
  options.identity = [] { return Issue(Ca(), "Node", "2f1e.root.example.com"); };
  const auto client = MakeClient(options, SystemClock(), NullLog());
  CHECK(client.status().code() == StatusCode::kFailedPrecondition);
  CHECK(Lacks(client.status(), {"2f1e.root.example.com", "role Node", "tctl tokens add --type=okta"}) == "");
}

TEST_CASE("identity: no identity, no client") {
  ClientOptions options;
  options.address = "127.0.0.1:3025";
  options.identity = []() -> absl::StatusOr<Identity> {
    return absl::UnavailableError("the host is asleep");
  };
  const auto client = MakeClient(options, SystemClock(), NullLog());
  CHECK(client.status().code() == StatusCode::kFailedPrecondition);
  CHECK(Lacks(client.status(), {"the host is asleep"}) == "");
}

TEST_CASE("identity: a certificate that has expired is described with its end") {
  const auto facts = Inspect(Issue(Ca(), "Okta", "2f1e.root.example.com", -60));
  REQUIRE(facts.ok());
  const std::string words = OurCertificate(*facts, absl::Now());
  CHECK(words.find("expired") != std::string::npos);
  CHECK(words.find(absl::FormatTime("%Y-%m-%d %H:%M", facts->not_after, absl::UTCTimeZone())) !=
        std::string::npos);
  CHECK(OurCertificate(*facts, facts->not_after - absl::Minutes(1)).find("expired") == std::string::npos);
}

TEST_CASE("identity files: read whole, and the key must be its owner's alone") {
  const TempDir dir;
  const Identity good = Good();
  const std::string key = dir.Write("key", std::string(good.key_pem.Reveal()));
  const std::string cert = dir.Write("crt", good.cert_pem);
  const std::string ca = dir.Write("ca", good.ca_pem);
  const auto identity = ReadIdentityFiles(key, cert, ca);
  REQUIRE(identity.ok());
  CHECK(Inspect(*identity).ok());

  SECTION("the generation follows the files") {
    CHECK(ReadIdentityFiles(key, cert, ca)->generation == identity->generation);
    dir.Write("crt", Good().cert_pem);
    CHECK(ReadIdentityFiles(key, cert, ca)->generation != identity->generation);
  }
  SECTION("a key that others can read") {
    for (const mode_t mode : {0640, 0604, 0620, 0601}) {
      chmod(key.c_str(), mode);
      const auto refused = ReadIdentityFiles(key, cert, ca);
      CHECK(refused.status().code() == StatusCode::kFailedPrecondition);
      CHECK(Lacks(refused.status(), {key, "chmod 600"}) == "");
    }
    chmod(key.c_str(), 0400);
    CHECK(ReadIdentityFiles(key, cert, ca).ok());
  }
  SECTION("a certificate may be read by all") {
    chmod(cert.c_str(), 0644);
    CHECK(ReadIdentityFiles(key, cert, ca).ok());
  }
  SECTION("a file that is not there, or no file") {
    CHECK(Lacks(ReadIdentityFiles(key, cert, dir.Path("none")).status(),
                {"CA file", "none", "No such file"}) == "");
    CHECK(Lacks(ReadIdentityFiles("/dev/null", cert, ca).status(), {"not a regular file"}) == "");
  }
}

}  // namespace
}  // namespace oktasync::teleport
