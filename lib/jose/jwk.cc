#include "jose/jwk.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "nlohmann/json.hpp"

namespace oktasync::jose {
namespace {

absl::Status Invalid(const std::string& why) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, "not a usable public JWK: " + why);
}

// The required public members of an EC or RSA key, as RFC 7638 section 3.2 lists them, and no others.
absl::StatusOr<nlohmann::json> RequiredMembers(std::string_view jwk) {
  OKTASYNC_ASSIGN_OR_RETURN(const nlohmann::json key,
                            ParseJson(jwk, {.max_bytes = 64 << 10, .max_depth = 4}));
  if (!key.is_object()) return Invalid("not an object");
  // RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1.
  for (const char* secret : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    if (key.contains(secret)) return Invalid("it has private members");
  }
  const std::string type = JsonString(key, "kty");
  std::vector<const char*> names;
  if (type == "EC") {
    names = {"crv", "kty", "x", "y"};
  } else if (type == "RSA") {
    names = {"e", "kty", "n"};
  } else {
    return Invalid("its kty is neither EC nor RSA");
  }
  nlohmann::json members = nlohmann::json::object();
  for (const char* name : names) {
    const std::string value = JsonString(key, name);
    if (value.empty()) return Invalid(std::string("the member ") + name + " is missing");
    members[name] = value;
  }
  return members;
}

// nlohmann's objects are sorted by key and DumpJson writes no white space: the form that RFC 7638 hashes.
std::string HashMembers(const nlohmann::json& members) { return Base64Url(Sha256(DumpJson(members))); }

absl::Status HiddenKey() {
  return MakeStatus(
      absl::StatusCode::kFailedPrecondition,
      "the signer does not tell its public key, so it can be neither named by its thumbprint nor published; "
      "register the public key in Okta by hand, and name its key id");
}

absl::StatusOr<nlohmann::json> PublicKey(const Signer& signer, std::string_view kid) {
  const std::string jwk = signer.PublicJwk();
  if (jwk.empty()) return HiddenKey();
  OKTASYNC_ASSIGN_OR_RETURN(nlohmann::json key, RequiredMembers(jwk));
  const std::string id = kid.empty() ? HashMembers(key) : std::string(kid);
  key["kid"] = id;
  key["use"] = "sig";
  key["alg"] = std::string(ToString(signer.algorithm()));
  return key;
}

}  // namespace

absl::StatusOr<std::string> Thumbprint(std::string_view jwk) {
  OKTASYNC_ASSIGN_OR_RETURN(const nlohmann::json members, RequiredMembers(jwk));
  return HashMembers(members);
}

absl::StatusOr<std::string> PublicJwkWithId(const Signer& signer, std::string_view kid) {
  OKTASYNC_ASSIGN_OR_RETURN(const nlohmann::json key, PublicKey(signer, kid));
  return DumpJson(key);
}

absl::StatusOr<std::string> KeyId(const Signer& signer, std::string_view kid) {
  if (!kid.empty()) return std::string(kid);
  const std::string jwk = signer.PublicJwk();
  if (jwk.empty()) return HiddenKey();
  // No JSON library: an instance is made with this, and running out of memory must be no more than an error.
  return Base64Url(Sha256(jwk));
}

absl::StatusOr<std::string> Jwks(const std::vector<NamedSigner>& keys) {
  nlohmann::json set = {{"keys", nlohmann::json::array()}};
  std::set<std::string> kids;
  for (const NamedSigner& named : keys) {
    OKTASYNC_ASSIGN_OR_RETURN(nlohmann::json key, PublicKey(*named.signer, named.kid));
    const std::string kid = JsonString(key, "kid");
    if (!kids.insert(kid).second) {
      return MakeStatus(absl::StatusCode::kInvalidArgument,
                        "two keys have the id " + kid + ": in a set each key needs an id of its own");
    }
    set["keys"].push_back(std::move(key));
  }
  return DumpJson(set);
}

}  // namespace oktasync::jose
