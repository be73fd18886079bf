#include "jose/jws.h"

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "nlohmann/json.hpp"

namespace oktasync::jose {

absl::StatusOr<std::string> SignCompact(const nlohmann::json& header, const nlohmann::json& claims,
                                        const Signer& signer) {
  const auto invalid = [](std::string_view why) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, why);
  };
  if (!header.is_object() || !claims.is_object())
    return invalid("a JWS needs a header and claims that are objects");
  const std::string algorithm(ToString(signer.algorithm()));
  nlohmann::json protected_header = header;
  if (protected_header.contains("alg") && protected_header["alg"] != algorithm) {
    return invalid("the JWS header names another algorithm than the signer's " + algorithm);
  }
  protected_header["alg"] = algorithm;
  std::string jws = Base64Url(DumpJson(protected_header)) + "." + Base64Url(DumpJson(claims));
  OKTASYNC_ASSIGN_OR_RETURN(const std::string signature, signer.Sign(jws));
  if (signature.empty()) return MakeStatus(absl::StatusCode::kInternal, "the signer gave an empty signature");
  return jws + "." + Base64Url(signature);
}

}  // namespace oktasync::jose
