// The text of an answer into simdjson's document, strictly. For the decoders of pages.
//
// Not acceptable, besides what JSON forbids: half of a surrogate pair, and nesting far beyond Okta's own.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "simdjson.h"

namespace oktasync::okta {

// Parses into `document`, which copies every string: the body is not needed afterwards. kDataLoss with the
// reason, kResourceExhausted without memory. One parser serves one thread.
absl::StatusOr<simdjson::dom::element> ParsePage(simdjson::dom::parser& parser,
                                                 simdjson::dom::document& document, std::string body);

}  // namespace oktasync::okta
