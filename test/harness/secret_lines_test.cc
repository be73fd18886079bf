// The judge of outputs: a token is found whole or cut, and what only looks a little like one is none.
#include "harness/secret_lines.h"

#include <catch2/catch.hpp>

namespace harness {
namespace {

using Strings = std::vector<std::string>;

TEST_CASE("A secret is told by its number only") {
  CHECK(SecretsIn("see MHcCAQEEIA and more", {"never", "MHcCAQEEIA"}) == Strings{"secret number 1"});
  CHECK(SecretsIn("nothing here", {"never", "MHcCAQEEIA"}) == Strings{});
}

TEST_CASE("A token is found in a header, in a form, in the middle of words, and cut short") {
  const Strings jwt = {"what looks like a JWT"};
  CHECK(SecretsIn("refused: eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiIwb2EifQ.c2lnbmF0dXJl", {}) == jwt);
  CHECK(SecretsIn("\"jwt-eyJ0eXAiOiJkcG9wK2p3dCJ9\"", {}) == jwt);
  CHECK(SecretsIn("eyJraWQi...", {}) == jwt);
  CHECK(SecretsIn("Authorization: Bearer ey", {}) == Strings{"what begins with Bearer ey"});
  CHECK(SecretsIn("?client_assertion=x", {}) == Strings{"what begins with client_assertion="});
}

TEST_CASE("Bug: an Okta request id with eyJ in it was taken for a token, once in some 10,000 removals") {
  CHECK(SecretsIn("removed (Okta request Qm3eyJT0x9-LkWf2cRz8vAe1)", {}) == Strings{});
  CHECK(SecretsIn("removed (Okta request eyJT0x9-LkWf2cRz8vAe1Qm3)", {}) == Strings{});
  CHECK(SecretsIn("removed (Okta request Qm3T0x9-LkWf2cRz8vAe1eyJ)", {}) == Strings{});
}

}  // namespace
}  // namespace harness
