// The one file that keeps an identity: key, certificate, CAs, with anything in between.
#include "teleport/identity_file.h"
#include "check.h"
#include "teleport/pem.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace teleport = oktasync::teleport;
  const auto identity = teleport::ParseIdentityFile(oktasync::fuzz::View(data, size));
  oktasync::fuzz::CheckWords(identity.status());
  if (!identity.ok()) return 0;
  FUZZ_CHECK(!identity->key_pem.empty() && !identity->cert_pem.empty() && !identity->ca_pem.empty());
  oktasync::fuzz::CheckWords(teleport::Inspect(*identity).status());
  return 0;
}
