#include "okta/documents.h"

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "http/url.h"
#include "nlohmann/json.hpp"
#include "okta/ids.h"

namespace oktasync::okta {
namespace {

// A single profile value may have a megabyte.
constexpr JsonLimits kLimits = {.max_bytes = 32u << 20, .max_depth = 32};

absl::Status Bad(const std::string& reason) { return MakeStatus(absl::StatusCode::kDataLoss, reason); }

absl::StatusOr<nlohmann::json> ParseObject(std::string_view body) {
  absl::StatusOr<nlohmann::json> json = ParseJson(body, kLimits);
  if (!json.ok()) return Bad(Message(json.status()));
  if (!json->is_object()) return Bad("not a JSON object");
  return json;
}

absl::StatusOr<std::string> ReadId(const nlohmann::json& object) {
  const std::string id = JsonString(object, "id");
  if (!IsOktaId(id)) return Bad("`id` is missing or is no Okta id: '" + Escape(id, 64) + "'");
  return id;
}

absl::StatusOr<Group> ReadGroup(const nlohmann::json& object) {
  Group group;
  OKTASYNC_ASSIGN_OR_RETURN(group.id, ReadId(object));
  const auto profile = object.find("profile");
  if (profile != object.end() && profile->is_object()) group.name = JsonString(*profile, "name");
  if (group.name.empty()) return Bad("`profile.name` is missing or is not a string");
  return group;
}

absl::StatusOr<std::string> ReadStatus(const nlohmann::json& object) {
  std::string status = JsonString(object, "status");
  if (status.empty()) return Bad("`status` is missing or is not a string");
  return status;
}

absl::StatusOr<AppRow> ReadAppRow(const nlohmann::json& object) {
  AppRow row;
  OKTASYNC_ASSIGN_OR_RETURN(row.id, ReadId(object));
  OKTASYNC_ASSIGN_OR_RETURN(const std::string status, ReadStatus(object));
  row.active = status == "ACTIVE";
  row.name = JsonString(object, "name");
  row.label = JsonString(object, "label");
  row.saml = JsonString(object, "signOnMode") == "SAML_2_0";
  const auto settings = object.find("settings");
  if (settings == object.end() || !settings->is_object()) return row;
  const auto sign_on = settings->find("signOn");
  if (sign_on != settings->end() && sign_on->is_object()) row.acs_url = JsonString(*sign_on, "ssoAcsUrl");
  return row;
}

template <class Item>
absl::StatusOr<std::vector<Item>> ParseList(std::string_view body, const std::string& what,
                                            absl::StatusOr<Item> (*read)(const nlohmann::json&)) {
  const absl::StatusOr<nlohmann::json> json = ParseJson(body, kLimits);
  if (!json.ok()) return Bad(Message(json.status()));
  if (!json->is_array()) return Bad("not a list of " + what);
  std::vector<Item> items;
  for (const nlohmann::json& object : *json) {
    const std::string row = "row " + std::to_string(items.size() + 1);
    if (!object.is_object()) return Bad(row + ": not an object");
    absl::StatusOr<Item> item = read(object);
    if (!item.ok()) return Annotate(item.status(), row);
    items.push_back(*std::move(item));
  }
  return items;
}

}  // namespace

absl::StatusOr<UserDocument> ParseUser(std::string_view body) {
  OKTASYNC_ASSIGN_OR_RETURN(const nlohmann::json json, ParseObject(body));
  UserDocument user;
  OKTASYNC_ASSIGN_OR_RETURN(user.id, ReadId(json));
  OKTASYNC_ASSIGN_OR_RETURN(user.status_text, ReadStatus(json));
  return user;
}

absl::StatusOr<App> ParseApp(std::string_view body) {
  OKTASYNC_ASSIGN_OR_RETURN(const nlohmann::json json, ParseObject(body));
  App app;
  OKTASYNC_ASSIGN_OR_RETURN(app.id, ReadId(json));
  OKTASYNC_ASSIGN_OR_RETURN(app.status, ReadStatus(json));
  app.label = JsonString(json, "label");
  const auto settings = json.find("settings");
  if (settings == json.end() || settings->is_null()) return app;
  if (!settings->is_object()) return Bad("`settings` is not an object");
  const auto implicit = settings->find("implicitAssignment");
  if (implicit == settings->end() || implicit->is_null()) return app;
  if (!implicit->is_boolean()) return Bad("`settings.implicitAssignment` is not a boolean");
  app.implicit_assignment = implicit->get<bool>();
  return app;
}

absl::StatusOr<Org> ParseOrg(std::string_view body) {
  OKTASYNC_ASSIGN_OR_RETURN(const nlohmann::json json, ParseObject(body));
  Org org;
  OKTASYNC_ASSIGN_OR_RETURN(org.id, ReadId(json));
  std::string url;
  if (const auto links = json.find("_links"); links != json.end() && links->is_object()) {
    if (const auto own = links->find("organization"); own != links->end()) {
      url = JsonString(*own, "href");
    }
  }
  const absl::StatusOr<http::Url> parsed = http::ParseUrl(url);
  if (!parsed.ok() || parsed->path != "/" || !parsed->query.empty()) {
    return Bad("`_links.organization.href` is missing or is no https address of an org: '" +
               Escape(url, 200) + "'");
  }
  org.canonical_url = parsed->Origin();
  return org;
}

absl::StatusOr<Group> ParseGroup(std::string_view body) {
  OKTASYNC_ASSIGN_OR_RETURN(const nlohmann::json json, ParseObject(body));
  return ReadGroup(json);
}

absl::StatusOr<std::vector<Group>> ParseGroups(std::string_view body) {
  return ParseList<Group>(body, "groups", ReadGroup);
}

absl::StatusOr<std::vector<AppRow>> ParseApps(std::string_view body) {
  return ParseList<AppRow>(body, "apps", ReadAppRow);
}

}  // namespace oktasync::okta
