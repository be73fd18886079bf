#include "okta/app_user_decoder.h"

#include <mutex>
#include <utility>
#include <vector>

#include "base/status.h"
#include "okta/app_user_dom.h"
#include "okta/page_json.h"

namespace oktasync::okta {
namespace {

namespace dom = simdjson::dom;

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

}  // namespace

struct AppUserDecoder::Impl {
  dom::parser parser;
  AppUserReader reader;
  std::shared_ptr<DocumentPool> pool = std::make_shared<DocumentPool>();
};

AppUserDecoder::AppUserDecoder() : impl_(std::make_unique<Impl>()) {}
AppUserDecoder::~AppUserDecoder() = default;

absl::StatusOr<std::unique_ptr<AppUserPage>> AppUserDecoder::DecodePage(std::string body, uint64_t page) {
  const std::string where = "page " + std::to_string(page);
  std::shared_ptr<dom::document> document = impl_->pool->Take();
  absl::StatusOr<dom::element> root = ParsePage(impl_->parser, *document, std::move(body));
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
  absl::StatusOr<dom::element> root = ParsePage(impl_->parser, *document, std::move(body));
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
