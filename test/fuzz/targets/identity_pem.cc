// Key, certificate and CA of an identity, each ended by '#', which PEM does not hold.
#include <string>

#include "base/status.h"
#include "check.h"
#include "teleport/errors.h"
#include "teleport/identity.h"
#include "teleport/pem.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace teleport = oktasync::teleport;
  std::string_view rest = oktasync::fuzz::View(data, size);
  teleport::Identity identity;
  identity.key_pem = oktasync::Secret(std::string(oktasync::fuzz::TakeUntil(rest, '#')));
  identity.cert_pem = std::string(oktasync::fuzz::TakeUntil(rest, '#'));
  identity.ca_pem = std::string(oktasync::fuzz::TakeUntil(rest, '#'));
  const auto facts = teleport::Inspect(identity);
  oktasync::fuzz::CheckWords(facts.status());
  if (facts.ok()) {
    FUZZ_CHECK(!facts->cluster.empty());
    teleport::HoldsOktaRole(*facts);
    oktasync::fuzz::CheckWords(teleport::WrongRole(*facts));
    return 0;
  }
  // Inspect looks at them in order; a broken key hides the rest.
  for (const std::string* pem : {&identity.cert_pem, &identity.ca_pem}) {
    const auto certificates = teleport::ParseCertificates(*pem);
    oktasync::fuzz::CheckWords(certificates.status());
    FUZZ_CHECK(!certificates.ok() || !certificates->empty());
  }
  return 0;
}
