// JSON Web Signatures in compact form: base64url(header).base64url(payload).base64url(signature).
//
// Used for client assertions (RFC 7523) and DPoP proofs (RFC 9449). Pure but for the signer; safe on
// any thread. Source: RFC 7515 sections 3.1, 5.1 and 7.1.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "jose/signer.h"
#include "nlohmann/json_fwd.hpp"

namespace oktasync::jose {

// Signs `claims` (a JSON object). `header` is the protected header, an object with whatever goes with `alg`
// (kid, typ, jwk); `alg` itself is set here from the signer, and kInvalidArgument when the header already
// names another one: what is announced and what is done cannot differ. The result is a credential: it must
// not get into a message or a log. Errors of the signer are handed on.
absl::StatusOr<std::string> SignCompact(const nlohmann::json& header, const nlohmann::json& claims,
                                        const Signer& signer);

}  // namespace oktasync::jose
