#include "traits/mapper.h"

#include <utility>

#include "base/status.h"
#include "model/labels.h"
#include "traits/digest_writer.h"
#include "traits/flatten.h"
#include "traits/managed.h"
#include "traits/role_table.h"

namespace oktasync::traits {
namespace {

// "a,b" of the keys outside of "okta/".
std::string OwnKeys(const FlatTraits& flat) {
  std::string list;
  for (const FlatTrait& trait : flat.traits) {
    if (!trait.own) continue;
    if (!list.empty()) list += ',';
    list += trait.key;
  }
  return list;
}

// "a,b" of the roles, as JoinList would write them.
std::string RoleList(const RoleTable& table, const RoleTable::Picks& roles) {
  std::string list;
  for (uint32_t role : roles) {
    if (!list.empty()) list += ',';
    list += table.Name(role);
  }
  return list;
}

}  // namespace

Mapper::Mapper(Options options, std::shared_ptr<const GroupMembers> groups)
    : options_(std::move(options)),
      groups_(std::move(groups)),
      roles_(std::make_shared<RoleTable>(options_)),
      rules_(std::make_shared<AttributeRules>(options_, *roles_)),
      source_label_(options_.source.Label()) {}

void Mapper::Flatten(const AppUser& user, FlatTraits& flat, std::vector<Finding>* findings) const {
  traits::Flatten(user, options_, *rules_, flat, findings);
  roles_->PickByGroup(groups_.get(), user.id, flat.roles);
  roles_->Complete(flat.roles);
}

absl::StatusOr<DesiredUser> Mapper::Map(const AppUser& user, std::vector<Finding>* findings) const {
  OKTASYNC_RETURN_IF_ERROR(CheckName(user.user_name, options_));
  FlatTraits flat;
  Flatten(user, flat, findings);

  DesiredUser desired;
  desired.okta_id = user.id;
  desired.name = user.user_name;
  for (uint32_t role : flat.roles) desired.roles.push_back(roles_->Name(role));
  for (const FlatTrait& trait : flat.traits) {
    const auto first = flat.values.begin() + trait.first;
    desired.traits.emplace_hint(desired.traits.end(), std::piecewise_construct,
                                std::forward_as_tuple(trait.key),
                                std::forward_as_tuple(first, first + trait.count));
    if (trait.own) desired.own_trait_keys.emplace_back(trait.key);
  }
  desired.labels.emplace(labels::kOrigin, labels::kOriginOkta);
  desired.labels.emplace(labels::kOrg, options_.org_url);
  desired.labels.emplace(labels::kOktaUserId, user.id);
  desired.labels.emplace(labels::kSource, source_label_);
  if (!flat.roles.empty()) desired.labels.emplace(labels::kRoles, RoleList(*roles_, flat.roles));
  if (!desired.own_trait_keys.empty()) {
    desired.labels.emplace(labels::kTraits, JoinList(desired.own_trait_keys));
  }
  if (!options_.connector.type.empty()) {
    desired.connector = options_.connector;
    desired.connector.identity = desired.name;
  }
  return desired;
}

absl::StatusOr<Digest> Mapper::MapDigest(const AppUser& user, std::vector<Finding>* findings) const {
  OKTASYNC_RETURN_IF_ERROR(CheckName(user.user_name, options_));
  FlatTraits flat;
  Flatten(user, flat, findings);

  DigestWriter writer;
  const std::string own_keys = OwnKeys(flat);
  static_assert(kManagedLabels.size() == 6);  // in its order:
  writer.Label(labels::kOriginOkta);
  writer.Label(options_.org_url);
  writer.Label(user.id);
  writer.Label(source_label_);
  flat.roles.empty() ? writer.NoLabel() : writer.Label(RoleList(*roles_, flat.roles));
  own_keys.empty() ? writer.NoLabel() : writer.Label(own_keys);
  for (const FlatTrait& trait : flat.traits) {
    writer.Trait(trait.key, trait.count);
    for (uint32_t i = 0; i < trait.count; ++i) writer.Value(flat.values[trait.first + i]);
  }
  writer.EndTraits();
  for (uint32_t role : flat.roles) writer.Role(roles_->Name(role));
  return writer.Finish();
}

}  // namespace oktasync::traits
