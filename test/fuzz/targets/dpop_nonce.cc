// Headers that tell a nonce, one a line: what is sent back in a proof is a nonce, and the one that was told.
#include <memory>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "check.h"
#include "nlohmann/json.hpp"
#include "oauth/dpop.h"

namespace {

// Its signature is what it signs, for the proof to be looked at.
class Plain final : public oktasync::jose::Signer {
 public:
  oktasync::jose::Algorithm algorithm() const override { return oktasync::jose::Algorithm::kEs256; }
  absl::StatusOr<std::string> Sign(std::string_view input) const override { return std::string(input); }
  std::string PublicJwk() const override { return R"({"crv":"P-256","kty":"EC","x":"x","y":"y"})"; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest = oktasync::fuzz::View(data, size);
  oktasync::http::Response response;
  while (!rest.empty() && response.headers.size() < 8) {
    response.headers.emplace_back("dpop-nonce", std::string(oktasync::fuzz::TakeUntil(rest, '\n')));
  }
  const auto dpop = oktasync::oauth::Dpop::Make(std::make_unique<Plain>());
  FUZZ_CHECK(dpop.ok());
  const bool learned = (*dpop)->Learn(response, "");
  oktasync::http::Request request;
  request.url = "https://example.okta.com/api/v1/users/00u1?x=y#z";
  const auto proof = (*dpop)->Prove(request, "token", absl::FromUnixSeconds(1'800'000'000));
  FUZZ_CHECK(proof.ok());
  FUZZ_CHECK(learned == !proof->nonce.empty());
  const std::string_view jwt = proof->jwt;
  const size_t dot = jwt.find('.');
  const auto claims = oktasync::FromBase64Url(jwt.substr(dot + 1, jwt.find('.', dot + 1) - dot - 1));
  FUZZ_CHECK(claims.has_value());
  const auto json = oktasync::ParseJson(*claims);
  FUZZ_CHECK(json.ok() && oktasync::JsonString(*json, "nonce") == proof->nonce);
  FUZZ_CHECK(!learned || proof->nonce == response.First("dpop-nonce"));
  FUZZ_CHECK(oktasync::fuzz::IsPlain(proof->nonce) && proof->nonce.size() <= 1024);
  return 0;
}
