// Okta's groups over HTTP: found by id or by a search, their members in pages. The scope is okta.groups.read.
//
// Source: listGroups, getGroup and listGroupUsers of the management API 2026.06. Of the searches only
// `profile.name eq "…"` is played; every other one, and `filter` and `q`, are refused rather than ignored.
#include "okta/api.h"
#include "okta/api_call.h"

namespace playground::okta {
namespace {

constexpr std::string_view kGroups = "/api/v1/groups";
constexpr size_t kMostGroups = 10'000;
constexpr size_t kMostMembers = 1000;  // the default too

// The text between the quotes of `profile.name eq "…"`, where \" and \\ stand for themselves; nullopt when the
// search is not of that form.
std::optional<std::string> NameOfSearch(std::string_view search) {
  constexpr std::string_view kBegin = "profile.name eq \"";
  if (search.size() <= kBegin.size() || search.substr(0, kBegin.size()) != kBegin) return std::nullopt;
  search.remove_prefix(kBegin.size());
  std::string name;
  while (!search.empty()) {
    const char c = search.front();
    search.remove_prefix(1);
    if (c == '"') return search.empty() ? std::optional(name) : std::nullopt;
    if (c != '\\') {
      name += c;
      continue;
    }
    if (search.empty() || (search.front() != '"' && search.front() != '\\')) return std::nullopt;
    name += search.front();
    search.remove_prefix(1);
  }
  return std::nullopt;
}

}  // namespace

Reply OktaApi::Groups(Call& call) {
  const auto& s = call.segments;
  if (auto refusal = Refuse(call, "okta.groups.read")) return std::move(*refusal);
  if (s.size() == 3) return SearchGroups(call);
  if (s.size() == 5) return GroupMembers(call, s[3]);
  auto json = org_.GroupJson(s[3]);
  if (!json) return OktaError(404, "E0000007", "Not found: Resource not found: " + s[3] + " (UserGroup)");
  Reply reply;
  reply.body = std::move(*json);
  return reply;
}

Reply OktaApi::SearchGroups(Call& call) {
  for (const char* other : {"q", "filter", "expand", "sortBy", "sortOrder"}) {
    if (call.request.Query(other) != nullptr) {
      return OktaError(400, "E0000001", "Api validation failed: " + std::string(other),
                       {std::string(other) + ": the playground does not play it"});
    }
  }
  std::optional<std::string> name;
  if (const std::string* search = call.request.Query("search")) {
    name = NameOfSearch(*search);
    if (!name) return OktaError(400, "E0000031");
  }
  Paging paging;
  if (auto refusal = ReadPaging(call, kMostGroups, kMostGroups, paging)) return std::move(*refusal);
  Reply reply;
  RowPage page = org_.ListGroups(name, paging.from, paging.limit);
  // The search goes on into the next page; the cursor alone would not know it.
  const std::string* search = call.request.Query("search");
  AddLinks(reply, call, page, paging, std::string(kGroups),
           search == nullptr ? "" : "&search=" + PercentEncode(*search));
  reply.body = std::move(page.json);
  return reply;
}

Reply OktaApi::GroupMembers(Call& call, const std::string& id) {
  Paging paging;
  if (auto refusal = ReadPaging(call, kMostMembers, kMostMembers, paging)) return std::move(*refusal);
  PageFault fault;
  fault.row.missing_id = call.Plays("missing_id");
  fault.all_rows = call.fault && call.fault->all_rows;
  fault.duplicate_row = call.Plays("duplicate_row");
  std::optional<RowPage> page = org_.ListGroupMembers(id, paging.from, paging.limit, fault);
  if (!page) return OktaError(404, "E0000007", "Not found: Resource not found: " + id + " (UserGroup)");
  if (call.Plays("empty_list")) *page = {"[]", 0, false};
  Reply reply;
  AddLinks(reply, call, *page, paging, std::string(kGroups) + "/" + id + "/users", "");
  reply.body = std::move(page->json);
  return reply;
}

}  // namespace playground::okta
