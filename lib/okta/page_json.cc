#include "okta/page_json.h"

#include <algorithm>

#include "base/status.h"
#include "okta/surrogates.h"

namespace oktasync::okta {
namespace {

// Okta's own nesting is below 10.
constexpr size_t kMaxDepth = 32;

absl::Status NotJson(simdjson::error_code error) {
  using absl::StatusCode;
  switch (error) {
    case simdjson::MEMALLOC:
      return MakeStatus(StatusCode::kResourceExhausted, "no memory to decode the answer");
    case simdjson::CAPACITY:
      return MakeStatus(StatusCode::kDataLoss, "not acceptable JSON: too large");
    case simdjson::DEPTH_ERROR:
      return MakeStatus(StatusCode::kDataLoss,
                        "not acceptable JSON: nested deeper than " + std::to_string(kMaxDepth));
    case simdjson::UTF8_ERROR:
      return MakeStatus(StatusCode::kDataLoss, "not acceptable JSON: not UTF-8");
    case simdjson::NUMBER_ERROR:
      return MakeStatus(StatusCode::kDataLoss,
                        "not acceptable JSON: a number that is malformed or has no 64-bit form");
    case simdjson::EMPTY:
      return MakeStatus(StatusCode::kDataLoss, "the answer has no body");
    default:
      return MakeStatus(StatusCode::kDataLoss,
                        std::string("broken or truncated JSON: ") + simdjson::error_message(error));
  }
}

}  // namespace

absl::StatusOr<simdjson::dom::element> ParsePage(simdjson::dom::parser& parser,
                                                 simdjson::dom::document& document, std::string body) {
  if (HasLoneSurrogate(body)) {
    return MakeStatus(absl::StatusCode::kDataLoss, "not acceptable JSON: half of a surrogate pair");
  }
  const size_t size = body.size();
  body.reserve(size + simdjson::SIMDJSON_PADDING);
  const size_t wanted = std::max<size_t>(size, 1024);
  if (parser.capacity() < wanted) {
    if (const auto error = parser.allocate(wanted, kMaxDepth)) return NotJson(error);
  }
  simdjson::dom::element root;
  if (const auto error = parser.parse_into_document(document, body.data(), size, false).get(root)) {
    return NotJson(error);
  }
  return root;
}

}  // namespace oktasync::okta
