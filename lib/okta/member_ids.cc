#include "okta/member_ids.h"

#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "okta/ids.h"
#include "okta/page_json.h"

namespace oktasync::okta {
namespace {

namespace dom = simdjson::dom;

absl::Status Bad(const std::string& reason) { return MakeStatus(absl::StatusCode::kDataLoss, reason); }

absl::Status ReadId(dom::element row, std::string_view& out) {
  dom::object user;
  if (row.get_object().get(user) != simdjson::SUCCESS) return Bad("not an object");
  bool found = false;
  for (const auto [key, value] : user) {
    if (key != "id") continue;
    // Which of two equal keys counts is anybody's guess.
    if (std::exchange(found, true)) return Bad("`id` appears twice");
    if (value.get_string().get(out) != simdjson::SUCCESS) return Bad("`id` is not a string");
  }
  if (!found) return Bad("`id` is missing");
  if (!IsOktaId(out)) return Bad("`id` is no Okta id: '" + Escape(out, 64) + "'");
  return absl::OkStatus();
}

}  // namespace

struct MemberIdReader::Impl {
  dom::parser parser;
  dom::document document;
  std::vector<std::string_view> ids;  // borrow from the document
};

MemberIdReader::MemberIdReader() : impl_(std::make_unique<Impl>()) {}
MemberIdReader::~MemberIdReader() = default;

absl::Status MemberIdReader::Read(std::string body, uint64_t page,
                                  const std::function<absl::Status(std::string_view okta_id)>& visit) {
  const std::string where = "page " + std::to_string(page);
  absl::StatusOr<dom::element> root = ParsePage(impl_->parser, impl_->document, std::move(body));
  if (!root.ok()) return Annotate(root.status(), where);
  dom::array rows;
  if (root->get_array().get(rows) != simdjson::SUCCESS) return Annotate(Bad("not a list of users"), where);
  std::vector<std::string_view>& ids = impl_->ids;
  ids.clear();
  for (const dom::element row : rows) {
    if (const absl::Status status = ReadId(row, ids.emplace_back()); !status.ok()) {
      return Annotate(status, where + ", row " + std::to_string(ids.size()));
    }
  }
  for (const std::string_view id : ids) OKTASYNC_RETURN_IF_ERROR(visit(id));
  return absl::OkStatus();
}

}  // namespace oktasync::okta
