#include "okta/render.h"

#include "okta/text.h"

namespace playground::okta {
namespace {

constexpr int64_t kFoundation = 1'704'103'501'000;  // 2024-01-01T10:05:01Z, the first person's creation

int64_t Created(uint64_t index) { return kFoundation + static_cast<int64_t>(index % 700'000) * 61'000; }

void AppendTime(std::string& out, std::string_view key, int64_t time) {
  out.append(",\"").append(key).append("\":\"");
  AppendIsoTime(out, time);
  out += '"';
}

void AppendHref(std::string& out, std::string_view name, const std::string& url, std::string_view path,
                const std::string& id, std::string_view rest = "", bool post = false) {
  out.append("\"").append(name).append("\":{\"href\":\"").append(url).append(path).append(id).append(rest);
  out.append(post ? "\",\"method\":\"POST\"}" : "\"}");
}

// An edited profile takes the slow way through a parsed document.
void AppendEdited(std::string& out, const std::string& rendered, const nlohmann::ordered_json& patch,
                  const Names& dropped) {
  auto document = nlohmann::ordered_json::parse(rendered);
  document.merge_patch(patch);
  for (const std::string& name : dropped) document.erase(name);
  out += document.dump();
}

void AppendProfile(std::string& out, const RenderContext& c, const Person& person, const PersonState& state) {
  if (state.edits == nullptr || state.edits->profile.empty()) {
    AppendUserProfile(out, c.people, person, c.dropped_user);
    return;
  }
  std::string rendered;
  AppendUserProfile(rendered, c.people, person, c.dropped_user);
  AppendEdited(out, rendered, state.edits->profile, c.dropped_user);
}

void AppendMappedProfile(std::string& out, const RenderContext& c, const Person& person,
                         const PersonState& state) {
  if (state.edits == nullptr || (state.edits->profile.empty() && state.edits->app_profile.empty())) {
    AppendAppProfile(out, c.people, person, c.dropped_app);
    return;
  }
  std::string rendered;
  AppendAppProfile(rendered, c.people, person, c.dropped_app);
  // Mapped attributes follow the Okta profile; what is set on the app user itself wins.
  auto patch = nlohmann::ordered_json::object();
  for (const char* mapped : {"email", "firstName", "lastName", "displayName", "department", "secondEmail"}) {
    const auto edited = state.edits->profile.find(mapped);
    if (edited != state.edits->profile.end()) patch[mapped] = *edited;
  }
  patch.update(state.edits->app_profile);
  AppendEdited(out, rendered, patch, c.dropped_app);
}

void AppendUserLinks(std::string& out, const RenderContext& c, const std::string& id,
                     const std::string& status) {
  static constexpr std::string_view kUsers = "/api/v1/users/";
  out += ",\"_links\":{";
  if (status == "DEPROVISIONED") {
    AppendHref(out, "reactivate", c.url, kUsers, id, "/lifecycle/activate", true);
    out += ',';
    AppendHref(out, "delete", c.url, kUsers, id, "");
    out += ',';
  } else if (status == "SUSPENDED") {
    AppendHref(out, "unsuspend", c.url, kUsers, id, "/lifecycle/unsuspend", true);
    out += ',';
    AppendHref(out, "deactivate", c.url, kUsers, id, "/lifecycle/deactivate", true);
    out += ',';
  } else {
    AppendHref(out, "suspend", c.url, kUsers, id, "/lifecycle/suspend", true);
    out += ',';
    AppendHref(out, "resetPassword", c.url, kUsers, id, "/lifecycle/reset_password", true);
    out += ',';
    AppendHref(out, "changePassword", c.url, kUsers, id, "/credentials/change_password", true);
    out += ',';
    AppendHref(out, "deactivate", c.url, kUsers, id, "/lifecycle/deactivate", true);
    out += ',';
  }
  AppendHref(out, "self", c.url, kUsers, id);
  out += '}';
}

void AppendUserAs(std::string& out, const RenderContext& c, uint64_t index, const PersonState& state,
                  const std::string& status) {
  const Person person = c.people.At(index);
  const std::string id = c.people.IdOf(index);
  const int64_t created = Created(index);
  const int64_t changed = state.user_changed != 0 ? state.user_changed : created + 1000;
  out.append("{\"id\":\"").append(id).append("\",\"status\":");
  AppendJsonString(out, status);
  AppendTime(out, "created", created);
  if (status == "STAGED") {
    out += ",\"activated\":null";
  } else {
    AppendTime(out, "activated", created + 1000);
  }
  AppendTime(out, "statusChanged", changed);
  if (index % 3 == 0) {
    out += ",\"lastLogin\":null";
  } else {
    AppendTime(out, "lastLogin", created + 86'400'000);
  }
  AppendTime(out, "lastUpdated", changed);
  if (status == "STAGED" || status == "PROVISIONED" || status == "DEPROVISIONED") {
    out += ",\"passwordChanged\":null";
  } else {
    AppendTime(out, "passwordChanged", created + 1000);
  }
  out += R"(,"type":{"id":"otyzhh29g7Lm4qfQ90g3"},"profile":)";
  AppendProfile(out, c, person, state);
  out += R"(,"credentials":{"password":{},"provider":{"type":"OKTA","name":"OKTA"}})";
  AppendUserLinks(out, c, id, status);
  out += '}';
}

}  // namespace

std::string LoginOf(const People& people, uint64_t index, const PersonState& state) {
  if (state.edits != nullptr) {
    const auto login = state.edits->profile.find("login");
    if (login != state.edits->profile.end() && login->is_string()) return login->get<std::string>();
  }
  return people.Login(index);
}

std::string UserNameOf(const People& people, uint64_t index, const PersonState& state) {
  if (state.edits != nullptr && !state.edits->user_name.empty()) return state.edits->user_name;
  return LoginOf(people, index, state);
}

void AppendUser(std::string& out, const RenderContext& c, uint64_t index, const PersonState& state) {
  AppendUserAs(out, c, index, state, c.words.Text(state.status));
}

void AppendAppUser(std::string& out, const RenderContext& c, uint64_t index, const PersonState& state,
                   bool expand, const RowFault& fault) {
  const Person person = c.people.At(index);
  const std::string id = c.people.IdOf(index);
  const int64_t created = Created(index) + 60'000;
  const int64_t changed = state.app_changed != 0 ? state.app_changed : created + 2000;
  // No externalId and no lastSync: Okta sets them for apps with provisioning only, and this is plain SAML.
  out += '{';
  if (!fault.missing_id) out.append("\"id\":\"").append(id).append("\",");
  out.append("\"scope\":\"").append(state.by_group ? "GROUP" : "USER").append("\",\"status\":");
  AppendJsonString(out, c.words.Text(state.assignment));
  AppendTime(out, "created", created);
  AppendTime(out, "lastUpdated", changed);
  AppendTime(out, "statusChanged", changed);
  out += R"(,"passwordChanged":null,"syncState":"DISABLED","credentials":{"userName":)";
  AppendJsonString(out, UserNameOf(c.people, index, state));
  out += "},\"profile\":";
  AppendMappedProfile(out, c, person, state);
  out += ",\"_links\":{";
  AppendHref(out, "app", c.url, "/api/v1/apps/", c.app_id);
  if (state.by_group) {
    out += ',';
    AppendHref(out, "group", c.url, "/api/v1/groups/", "00g" + id.substr(3));
  }
  out += ',';
  AppendHref(out, "user", c.url, "/api/v1/users/", id);
  out += '}';
  if (fault.null_embedded) {
    out += ",\"_embedded\":{\"user\":null}";
  } else if (expand && !fault.drop_embedded) {
    out += ",\"_embedded\":{\"user\":";
    AppendUserAs(out, c, index, state, c.words.Text(fault.listed_active ? kActive : state.status));
    out += '}';
  }
  out += '}';
}

}  // namespace playground::okta
