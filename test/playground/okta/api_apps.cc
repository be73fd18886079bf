// Okta's list of apps over HTTP. The scope is okta.apps.read.
//
// Source: listApplications of the management API 2026.06. Of the filters only `name eq "…"` is played; every other
// one, and `q`, are refused rather than ignored.
#include "okta/api.h"
#include "okta/api_call.h"
#include "okta/text.h"

namespace playground::okta {
namespace {

constexpr size_t kMostApps = 200;

// The name of `name eq "…"`; nullopt when the filter is not of that form.
std::optional<std::string> NameOfFilter(const std::string& filter) {
  constexpr std::string_view kBegin = "name eq \"";
  if (filter.size() <= kBegin.size() || !filter.starts_with(kBegin) || filter.back() != '"')
    return std::nullopt;
  std::string name = filter.substr(kBegin.size(), filter.size() - kBegin.size() - 1);
  if (name.find_first_of("\"\\") != std::string::npos) return std::nullopt;
  return name;
}

}  // namespace

Reply OktaApi::ListApps(Call& call) {
  for (const char* other : {"q", "expand", "useOptimization", "includeNonDeleted"}) {
    if (call.request.Query(other) != nullptr) {
      return OktaError(400, "E0000001", "Api validation failed: " + std::string(other),
                       {std::string(other) + ": the playground does not play it"});
    }
  }
  std::optional<std::string> name;
  const std::string* filter = call.request.Query("filter");
  if (filter != nullptr) {
    name = NameOfFilter(*filter);
    if (!name) return OktaError(400, "E0000031");
  }
  Paging paging;
  if (auto refusal = ReadPaging(call, 20, kMostApps, paging)) return std::move(*refusal);
  Reply reply;
  RowPage page = org_.ListApps(name, paging.from, paging.limit);
  AddLinks(reply, call, page, paging, "/api/v1/apps",
           filter == nullptr ? "" : "&filter=" + PercentEncode(*filter));
  reply.body = std::move(page.json);
  return reply;
}

}  // namespace playground::okta
