#include "okta/groups.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "okta/documents.h"
#include "okta/ids.h"
#include "okta/member_ids.h"
#include "okta/page_walk.h"

namespace oktasync::okta {
namespace {

constexpr char kGroups[] = "/api/v1/groups";
// Okta recommends at most so many groups a page; one name gives very few.
constexpr int kSearchPage = 200;
constexpr uint64_t kMaxSearchPages = 20;
constexpr size_t kMaxDocumentBytes = 8u << 20;

std::string Quoted(std::string_view text) { return "\"" + Escape(text, 128) + "\""; }

absl::StatusOr<Group> GroupById(const GroupOptions& options, Caller& caller, const std::string& id,
                                Cancel& cancel) {
  Call call;
  call.path = std::string(kGroups) + "/" + id;
  call.url = options.org_url + call.path;
  call.bucket = "/api/v1/groups/{id}";
  call.max_body_bytes = kMaxDocumentBytes;
  call.may_be_absent = true;
  OKTASYNC_ASSIGN_OR_RETURN(const Answer answer, caller.Get(call, cancel));
  if (!answer.found) {
    return MakeStatus(absl::StatusCode::kNotFound,
                      "there is no group with the id " + id +
                          " in this Okta org, or the service app's admin role does not cover it: check the "
                          "id, and the role's resource set");
  }
  absl::StatusOr<Group> group = ParseGroup(answer.response.body);
  if (!group.ok()) return Blame(group.status(), call, answer);
  if (group->id != id) {
    return Blame(
        MakeStatus(absl::StatusCode::kDataLoss, "asked for the group " + id + ", answered with " + group->id),
        call, answer);
  }
  return group;
}

absl::Status NoSuchName(std::string_view name, const std::vector<Group>& near) {
  std::string text = "there is no group called " + Quoted(name) +
                     " in this Okta org, or the service app's admin role does not cover it: check the name";
  if (!near.empty()) {
    text += " (names are compared to the letter; there is " + Quoted(near.front().name) + ", id " +
            near.front().id + ")";
  }
  return MakeStatus(
      absl::StatusCode::kNotFound,
      text +
          ", and the role's resource set. A group that was just made or renamed is found by its "
          "name a little later, by its id at once");
}

absl::StatusOr<Group> GroupByName(const GroupOptions& options, Caller& caller, const std::string& name,
                                  Cancel& cancel) {
  Call call;
  call.path = kGroups;
  call.url =
      options.org_url + call.path + "?search=" + SearchByName(name) + "&limit=" + std::to_string(kSearchPage);
  call.bucket = kGroups;
  call.max_body_bytes = kMaxDocumentBytes;
  std::vector<Group> exact;
  std::vector<Group> near;
  OKTASYNC_RETURN_IF_ERROR(WalkPages(
      caller, call, kMaxSearchPages, cancel, [&](const std::string& body, uint64_t) -> absl::Status {
        OKTASYNC_ASSIGN_OR_RETURN(std::vector<Group> groups, ParseGroups(body));
        for (Group& group : groups) {
          // What Okta takes for equal (it folds case) is not what the configuration says.
          std::vector<Group>& kind = group.name == name ? exact : near;
          const bool seen = std::any_of(kind.begin(), kind.end(),
                                        [&group](const Group& other) { return other.id == group.id; });
          if (!seen) kind.push_back(std::move(group));
        }
        return absl::OkStatus();
      }));
  if (exact.empty()) return NoSuchName(name, near);
  if (exact.size() > 1) {
    std::string ids;
    for (const Group& group : exact) ids += (ids.empty() ? "" : ", ") + group.id;
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      std::to_string(exact.size()) + " groups of this Okta org are called " + Quoted(name) +
                          ": name the one that is meant by its id (" + Escape(ids, 400) + ")");
  }
  return std::move(exact.front());
}

}  // namespace

std::string SearchByName(std::string_view name) {
  // Within the quotes of a filter, a quote and a backslash are escaped by a backslash, as in JSON.
  std::string search = "profile.name eq \"";
  for (const char c : name) {
    if (c == '"' || c == '\\') search += '\\';
    search += c;
  }
  search += '"';
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : search) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

absl::StatusOr<Group> FindGroup(const GroupOptions& options, Caller& caller, const std::string& name_or_id,
                                Cancel& cancel) {
  if (name_or_id.empty()) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "a group without a name or id was asked for");
  }
  return IsGroupId(name_or_id) ? GroupById(options, caller, name_or_id, cancel)
                               : GroupByName(options, caller, name_or_id, cancel);
}

absl::Status ListGroupMembers(const GroupOptions& options, Caller& caller, const std::string& group_id,
                              const std::function<absl::Status(std::string_view okta_id)>& visit,
                              Cancel& cancel) {
  if (!IsOktaId(group_id)) {
    return MakeStatus(absl::StatusCode::kInvalidArgument,
                      "'" + Escape(group_id, 64) + "' is no Okta id of a group");
  }
  Call call;
  call.path = std::string(kGroups) + "/" + group_id + "/users";
  call.url = options.org_url + call.path + "?limit=" + std::to_string(std::clamp(options.page_size, 1, 1000));
  call.bucket = kGroups;
  MemberIdReader reader;
  return WalkPages(caller, call, options.max_pages, cancel, [&](std::string body, uint64_t page) {
    return reader.Read(std::move(body), page, visit);
  });
}

}  // namespace oktasync::okta
