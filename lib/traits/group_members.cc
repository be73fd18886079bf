#include "traits/group_members.h"

#include "traits/digest_writer.h"

namespace oktasync::traits {
namespace {

// Each text is written with its length, so no two pairs give the same bytes.
Digest Membership(std::string_view group, std::string_view okta_id) {
  DigestWriter writer;
  writer.Value(group);
  writer.Value(okta_id);
  return writer.Finish();
}

}  // namespace

void GroupMembers::Add(std::string_view group, std::string_view okta_id) {
  members_.insert(Membership(group, okta_id));
}

bool GroupMembers::Has(std::string_view group, std::string_view okta_id) const {
  return members_.contains(Membership(group, okta_id));
}

}  // namespace oktasync::traits
