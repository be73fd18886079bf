#include "okta/app_user_decoder.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "base/status.h"
#include "okta/app_user_dom.h"
#include "okta/surrogates.h"
#include "simdjson.h"

namespace oktasync::okta {
namespace {

namespace dom = simdjson::dom;

// Okta's own nesting is below 10.
constexpr size_t kMaxDepth = 32;
constexpr size_t kKeptDocuments = 3;  // one handed out, one looked ahead, one being decoded

// Documents that no page borrows from any more. Thread-safe.
class DocumentPool : public std::enable_shared_from_this<DocumentPool> {
 public:
  DocumentPool() { free_.reserve(kKeptDocuments); }  // giving one back must not throw

  std::shared_ptr<dom::document> Take() {
    std::unique_ptr<dom::document> document;
    {
      std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        document = std::move(free_.back());
        free_.pop_back();
      }
    }
    if (document == nullptr) document = std::make_unique<dom::document>();
    return {document.release(), [pool = shared_from_this()](dom::document* used) { pool->GiveBack(used); }};
  }

 private:
  void GiveBack(dom::document* used) {
    std::unique_ptr<dom::document> document(used);
    std::lock_guard lock(mutex_);
    if (free_.size() < kKeptDocuments) free_.push_back(std::move(document));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<dom::document>> free_;
};

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

struct AppUserDecoder::Impl {
  // Parses into `document`, which copies every string: the body is not needed afterwards.
  absl::StatusOr<dom::element> Parse(std::string body, dom::document& document) {
    if (HasLoneSurrogate(body)) {
      return MakeStatus(absl::StatusCode::kDataLoss, "not acceptable JSON: half of a surrogate pair");
    }
    const size_t size = body.size();
    body.reserve(size + simdjson::SIMDJSON_PADDING);
    const size_t wanted = std::max<size_t>(size, 1024);
    if (parser.capacity() < wanted) {
      if (const auto error = parser.allocate(wanted, kMaxDepth)) return NotJson(error);
    }
    dom::element root;
    if (const auto error = parser.parse_into_document(document, body.data(), size, false).get(root)) {
      return NotJson(error);
    }
    return root;
  }

  dom::parser parser;
  AppUserReader reader;
  std::shared_ptr<DocumentPool> pool = std::make_shared<DocumentPool>();
};

AppUserDecoder::AppUserDecoder() : impl_(std::make_unique<Impl>()) {}
AppUserDecoder::~AppUserDecoder() = default;

absl::StatusOr<std::unique_ptr<AppUserPage>> AppUserDecoder::DecodePage(std::string body, uint64_t page) {
  const std::string where = "page " + std::to_string(page);
  std::shared_ptr<dom::document> document = impl_->pool->Take();
  absl::StatusOr<dom::element> root = impl_->Parse(std::move(body), *document);
  if (!root.ok()) return Annotate(root.status(), where);
  dom::array rows;
  if (root->get_array().get(rows) != simdjson::SUCCESS) {
    return Annotate(MakeStatus(absl::StatusCode::kDataLoss, "not a list of app users"), where);
  }
  auto decoded = std::make_unique<AppUserPage>();
  decoded->users.reserve(rows.size());
  for (const dom::element row : rows) {
    AppUser& user = decoded->users.emplace_back();
    absl::Status status = impl_->reader.Read(row, user);
    if (status.ok()) continue;
    std::string place = where + ", row " + std::to_string(decoded->users.size());
    if (!user.id.empty()) place += " (" + std::string(user.id) + ")";
    return Annotate(status, place);
  }
  decoded->storage = std::move(document);
  return decoded;
}

absl::StatusOr<DecodedAppUser> AppUserDecoder::DecodeOne(std::string body, const std::string& id) {
  std::shared_ptr<dom::document> document = impl_->pool->Take();
  absl::StatusOr<dom::element> root = impl_->Parse(std::move(body), *document);
  if (!root.ok()) return root.status();
  DecodedAppUser decoded;
  OKTASYNC_RETURN_IF_ERROR(impl_->reader.Read(*root, decoded.user));
  if (decoded.user.id != id) {
    return MakeStatus(absl::StatusCode::kDataLoss,
                      "asked for " + id + ", answered with " + std::string(decoded.user.id));
  }
  decoded.storage = std::move(document);
  return decoded;
}

}  // namespace oktasync::okta
