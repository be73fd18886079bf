// Keys from PEM and from files: what signs, what is refused, and that no message holds any of the key.
#include "jose/signer.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "testing/keys.h"

namespace oktasync::jose {
namespace {

using testing::EcPem;
using testing::Form;
using testing::RsaPem;

std::unique_ptr<Signer> MustLoad(const std::string& pem) {
  absl::StatusOr<std::unique_ptr<Signer>> signer = SignerFromPem(Secret(pem));
  INFO(Describe(signer.status()));
  REQUIRE(signer.ok());
  return *std::move(signer);
}

// No run of 12 characters of the key's text may be found in the message (the dashed lines are not secret).
void CheckNoKeyText(const std::string& pem, const std::string& message) {
  std::istringstream lines(pem);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("-----", 0) == 0) continue;
    for (size_t at = 0; at + 12 <= line.size(); ++at) {
      REQUIRE(message.find(line.substr(at, 12)) == std::string::npos);
    }
  }
}

std::string Refusal(const std::string& pem) {
  const absl::StatusOr<std::unique_ptr<Signer>> signer = SignerFromPem(Secret(pem));
  REQUIRE_FALSE(signer.ok());
  CHECK(signer.status().code() == absl::StatusCode::kInvalidArgument);
  CheckNoKeyText(pem, Message(signer.status()));
  return Message(signer.status());
}

class TempFile {
 public:
  TempFile(const std::string& text, mode_t mode) {
    char name[] = "/tmp/oktasync-key-XXXXXX";
    close(mkstemp(name));
    path = name;
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
  }
  ~TempFile() { unlink(path.c_str()); }
  std::string path;
};

}  // namespace

TEST_CASE("P-256 keys in PKCS#8 and SEC1 sign ES256 as r||s") {
  for (Form form : {Form::kPkcs8, Form::kTraditional}) {
    const auto signer = MustLoad(EcPem("P-256", form));
    CHECK(signer->algorithm() == Algorithm::kEs256);
    CHECK(ToString(signer->algorithm()) == "ES256");
    // Many times: r or s with leading zeros must still fill 32 bytes.
    for (int i = 0; i < 600; ++i) {
      const std::string input = "message " + std::to_string(i);
      const auto signature = signer->Sign(input);
      REQUIRE(signature.ok());
      REQUIRE(signature->size() == 64);
      REQUIRE(testing::Verifies(signer->PublicJwk(), input, *signature));
    }
    CHECK_FALSE(testing::Verifies(signer->PublicJwk(), "another message", *signer->Sign("message")));
  }
}

TEST_CASE("an EC key after its EC PARAMETERS block, as openssl ecparam writes it, is read") {
  const std::string params = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  CHECK(MustLoad(params + EcPem("P-256", Form::kTraditional))->algorithm() == Algorithm::kEs256);
}

TEST_CASE("RSA keys of 2048 bits in PKCS#8 and PKCS#1 sign RS256") {
  for (Form form : {Form::kPkcs8, Form::kTraditional}) {
    const auto signer = MustLoad(RsaPem(2048, form));
    CHECK(signer->algorithm() == Algorithm::kRs256);
    CHECK(ToString(signer->algorithm()) == "RS256");
    const auto signature = signer->Sign("message");
    REQUIRE(signature.ok());
    CHECK(signature->size() == 256);
    CHECK(testing::Verifies(signer->PublicJwk(), "message", *signature));
  }
}

TEST_CASE("RFC 7515 A.2: the RS256 signature is the RFC's") {
  const auto signer = MustLoad(testing::Rfc7515RsaPem());
  const auto signature = signer->Sign(
      "eyJhbGciOiJSUzI1NiJ9"
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ");
  REQUIRE(signature.ok());
  CHECK(Base64Url(*signature) ==
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
        "O8W2Fp5jujGbds9uJdb"
        "F9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_"
        "eSN9383"
        "LcOLn6_dO--xi12jzDwusC-"
        "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWy"
        "wlVmtVrBp0igcN_IoypGlUPQGe77Rw");
}

TEST_CASE("RFC 7515 A.3: the public JWK is the RFC's, and the RFC's signature verifies with it") {
  const auto signer = MustLoad(testing::Rfc7515EcPem());
  CHECK(signer->PublicJwk() ==
        R"({"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
        R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
  // This is also the proof that the tests' verifier knows good from bad.
  const std::string input =
      "eyJhbGciOiJFUzI1NiJ9"
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  const std::string signature =
      FromBase64Url("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
          .value();
  CHECK(testing::Verifies(signer->PublicJwk(), input, signature));
  CHECK_FALSE(testing::Verifies(signer->PublicJwk(), input + "x", signature));
}

TEST_CASE("encrypted keys are refused without a prompt on the host's terminal") {
  for (const std::string& pem :
       {EcPem("P-256", Form::kPkcs8Encrypted), EcPem("P-256", Form::kTraditionalEncrypted),
        RsaPem(2048, Form::kPkcs8Encrypted), RsaPem(2048, Form::kTraditionalEncrypted)}) {
    CHECK_THAT(Refusal(pem), Catch::Contains("encrypted") && Catch::Contains("openssl pkey"));
  }
}

TEST_CASE("keys that Okta cannot use are refused, by name") {
  CHECK_THAT(Refusal(EcPem("P-384")), Catch::Contains("secp384r1") && Catch::Contains("P-256"));
  CHECK_THAT(Refusal(EcPem("secp256k1")), Catch::Contains("secp256k1") && Catch::Contains("P-256"));
  CHECK_THAT(Refusal(RsaPem(1024)), Catch::Contains("1024 bits") && Catch::Contains("2048"));
  CHECK_THAT(Refusal(testing::Ed25519Pem()), Catch::Contains("ED25519") && Catch::Contains("P-256"));
}

TEST_CASE("texts that are no private key are told apart") {
  CHECK_THAT(Refusal(""), Catch::Contains("not a private key in PEM"));
  CHECK_THAT(Refusal("hello"), Catch::Contains("not a private key in PEM"));
  CHECK_THAT(Refusal(EcPem("P-256", Form::kPublic)), Catch::Contains("public key"));
  CHECK_THAT(Refusal("-----BEGIN CERTIFICATE-----\nMIIBkTCB+wIJ\n-----END CERTIFICATE-----\n"),
             Catch::Contains("certificate"));
  CHECK_THAT(Refusal(R"({"kty":"EC","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})"),
             Catch::Contains("JWK"));
  CHECK_THAT(
      Refusal("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\n-----END OPENSSH PRIVATE KEY-----\n"),
      Catch::Contains("ssh-keygen"));
  CHECK_THAT(Refusal(EcPem("P-256") + EcPem("P-256")), Catch::Contains("more than one"));
}

TEST_CASE("a damaged PEM is refused and its text stays out of the message") {
  const std::string pem = RsaPem(2048);
  CHECK_THAT(Refusal(pem.substr(0, pem.size() / 2) + "\n-----END PRIVATE KEY-----\n"),
             Catch::Contains("damaged"));
  // One letter within the private number of a P-256 key: it parses, and fits its public point no more.
  std::string scrambled = EcPem("P-256");
  char& letter = scrambled.at(scrambled.find('\n') + 61);
  letter = letter == 'A' ? 'B' : 'A';
  CHECK_THAT(Refusal(scrambled), Catch::Contains("damaged"));
}

TEST_CASE("a key file that others can use is refused, with the command that mends it") {
  const std::string pem = EcPem("P-256");
  for (mode_t mode : {0640u, 0604u, 0644u, 0620u, 0601u, 0777u}) {
    const TempFile file(pem, mode);
    const auto signer = SignerFromFile(file.path);
    REQUIRE_FALSE(signer.ok());
    CHECK(signer.status().code() == absl::StatusCode::kFailedPrecondition);
    CHECK_THAT(Message(signer.status()), Catch::Contains("chmod 600 '" + file.path + "'"));
    CheckNoKeyText(pem, Message(signer.status()));
  }
  for (mode_t mode : {0600u, 0400u}) {
    const TempFile file(pem, mode);
    const auto signer = SignerFromFile(file.path);
    INFO(Describe(signer.status()));
    REQUIRE(signer.ok());
    CHECK((*signer)->Sign("x").ok());
  }
}

TEST_CASE("a key file that is missing, no file, empty, huge or broken says so with its path") {
  const auto message = [](const std::string& path) {
    const auto signer = SignerFromFile(path);
    REQUIRE_FALSE(signer.ok());
    CHECK_THAT(Message(signer.status()), Catch::Contains(path));
    return Message(signer.status());
  };
  CHECK_THAT(message("/nonexistent/key.pem"), Catch::Contains("No such file"));
  CHECK_THAT(message("/tmp"), Catch::Contains("not a regular file"));
  const TempFile empty("", 0600);
  CHECK_THAT(message(empty.path), Catch::Contains("is empty"));
  const TempFile huge(std::string(70'000, 'x'), 0600);
  CHECK_THAT(message(huge.path), Catch::Contains("64 KiB"));
  const TempFile broken("hello", 0600);
  CHECK_THAT(message(broken.path), Catch::Contains("not a private key"));
  // A FIFO without a writer must not hold the host.
  const std::string fifo = "/tmp/oktasync-fifo-" + RandomHex(6);
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  CHECK_THAT(message(fifo), Catch::Contains("not a regular file"));
  unlink(fifo.c_str());
}

}  // namespace oktasync::jose
