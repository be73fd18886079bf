// A private key in PEM: what is taken signs, and tells its public half alone.
#include <string>

#include "base/json.h"
#include "base/secret.h"
#include "check.h"
#include "jose/jwk.h"
#include "jose/signer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const oktasync::Secret pem{std::string(oktasync::fuzz::View(data, size))};
  const auto signer = oktasync::jose::SignerFromPem(pem);
  oktasync::fuzz::CheckWords(signer.status());
  if (!signer.ok()) return 0;
  FUZZ_CHECK(oktasync::jose::Thumbprint((*signer)->PublicJwk()).ok());
  FUZZ_CHECK(oktasync::jose::PublicJwkWithId(**signer, "kid").ok());
  return 0;
}
