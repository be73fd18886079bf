// Roles as JSON and back, by one table of what `allow` may hold.
#include "auth/json_fields.h"

namespace playground {
namespace {

using nlohmann::json;
using types::RoleConditions;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

struct TextsField {
  const char* key;
  const Texts& (RoleConditions::*get)() const;
  Texts* (RoleConditions::*mutate)();
};
constexpr TextsField kTexts[] = {
    {"logins", &RoleConditions::logins, &RoleConditions::mutable_logins},
    {"kube_groups", &RoleConditions::kubegroups, &RoleConditions::mutable_kubegroups},
    {"kube_users", &RoleConditions::kubeusers, &RoleConditions::mutable_kubeusers},
    {"db_users", &RoleConditions::databaseusers, &RoleConditions::mutable_databaseusers},
    {"db_roles", &RoleConditions::databaseroles, &RoleConditions::mutable_databaseroles},
    {"windows_desktop_logins", &RoleConditions::windowsdesktoplogins,
     &RoleConditions::mutable_windowsdesktoplogins},
};

struct LabelsField {
  const char* key;
  const wrappers::LabelValues& (RoleConditions::*get)() const;
  wrappers::LabelValues* (RoleConditions::*mutate)();
};
constexpr LabelsField kLabels[] = {
    {"node_labels", &RoleConditions::nodelabels, &RoleConditions::mutable_nodelabels},
    {"app_labels", &RoleConditions::applabels, &RoleConditions::mutable_applabels},
    {"kubernetes_labels", &RoleConditions::kuberneteslabels, &RoleConditions::mutable_kuberneteslabels},
    {"db_labels", &RoleConditions::databaselabels, &RoleConditions::mutable_databaselabels},
    {"windows_desktop_labels", &RoleConditions::windowsdesktoplabels,
     &RoleConditions::mutable_windowsdesktoplabels},
    {"group_labels", &RoleConditions::grouplabels, &RoleConditions::mutable_grouplabels},
};

// ImpersonateConditions.Users = 1, which our subset of the messages does not name.
std::string ImpersonatedUser(const std::string& name) {
  if (name.size() > 127) throw std::invalid_argument("impersonate: a name is too long");
  return std::string("\x0a") + static_cast<char>(name.size()) + name;
}

}  // namespace

json Render(const types::RoleV6& role) {
  const RoleConditions& allow = role.spec().allow();
  json rules = json::array();
  for (const auto& rule : allow.rules()) {
    rules.push_back({{"resources", ListJson(rule.resources())}, {"verbs", ListJson(rule.verbs())}});
  }
  json out = {{"name", Utf8(role.metadata().name())},
              {"labels", LabelsJson(role.metadata().labels())},
              {"rules", std::move(rules)},
              {"impersonates", allow.impersonate().ByteSizeLong() > 0},
              {"max_session_ttl", static_cast<double>(role.spec().options().maxsessionttl()) * 1e-9}};
  for (const TextsField& field : kTexts) out[field.key] = ListJson((allow.*field.get)());
  for (const LabelsField& field : kLabels) out[field.key] = ValuesJson((allow.*field.get)());
  return out;
}

types::RoleV6 ParseRole(const json& in) {
  OnlyKeys(in, {"name", "labels", "rules", "impersonate", "search_as_roles", "max_session_ttl", "logins",
                "kube_groups", "kube_users", "db_users", "db_roles", "windows_desktop_logins", "node_labels",
                "app_labels", "kubernetes_labels", "db_labels", "windows_desktop_labels", "group_labels"});
  types::RoleV6 role;
  role.mutable_metadata()->set_name(in.at("name").get<std::string>());
  if (in.contains("labels")) ReadLabels(in["labels"], role.mutable_metadata());
  RoleConditions* allow = role.mutable_spec()->mutable_allow();
  for (const auto& rule : in.value("rules", json::array())) {
    OnlyKeys(rule, {"resources", "verbs"});
    auto* out = allow->add_rules();
    for (const auto& resource : rule.at("resources")) out->add_resources(resource.get<std::string>());
    for (const auto& verb : rule.at("verbs")) out->add_verbs(verb.get<std::string>());
  }
  for (const TextsField& field : kTexts) {
    for (const auto& text : in.value(field.key, json::array())) {
      *(allow->*field.mutate)()->Add() = text.get<std::string>();
    }
  }
  for (const LabelsField& field : kLabels) {
    if (in.contains(field.key)) ReadValues(in[field.key], (allow->*field.mutate)());
  }
  for (const auto& name : in.value("impersonate", json::array())) {
    allow->mutable_impersonate()->MergeFromString(ImpersonatedUser(name.get<std::string>()));
  }
  for (const auto& name : in.value("search_as_roles", json::array())) {
    allow->mutable_request()->add_searchasroles(name.get<std::string>());
  }
  if (in.contains("max_session_ttl")) {
    role.mutable_spec()->mutable_options()->set_maxsessionttl(
        static_cast<int64_t>(in["max_session_ttl"].get<double>() * 1e9));
  }
  return role;
}

}  // namespace playground
