#include "reconcile/groups.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace oktasync::reconcile {
namespace {

std::string Naming(const std::string& group) {
  return "reading the Okta group " + Escape(group, 128) + ", which a role rule names";
}

}  // namespace

absl::StatusOr<std::shared_ptr<const traits::GroupMembers>> ReadGroups(Source& source,
                                                                       const std::vector<std::string>& groups,
                                                                       Cancel& cancel) {
  // By the id, because two rules may mean one group by its name and by its id. All are found before the first
  // is listed: a wrong name is told before a long list has been read.
  std::map<std::string, std::vector<std::string>> spellings;
  for (const std::string& group : groups) {
    absl::StatusOr<okta::Group> found = source.FindGroup(group, cancel);
    if (!found.ok()) return Annotate(found.status(), Naming(group));
    std::vector<std::string>& of_id = spellings[found->id];
    if (std::find(of_id.begin(), of_id.end(), group) == of_id.end()) of_id.push_back(group);
  }
  auto members = std::make_shared<traits::GroupMembers>();
  for (const auto& [id, of_id] : spellings) {
    const absl::Status read = source.ListGroupMembers(
        id,
        [&members, &of_id = of_id](std::string_view okta_id) {
          for (const std::string& group : of_id) members->Add(group, okta_id);
          return absl::OkStatus();
        },
        cancel);
    if (!read.ok()) return Annotate(read, Naming(of_id.front()));
  }
  return std::shared_ptr<const traits::GroupMembers>(std::move(members));
}

}  // namespace oktasync::reconcile
