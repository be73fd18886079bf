// The part of Org that knows apps: the one whose people are played, and others that are only listed.
#include <mutex>

#include "okta/org.h"

namespace playground::okta {
namespace {

// Ids of apps are made from their numbers, beside those of the app and the client.
constexpr uint64_t kFirstApp = 2000;
constexpr char kAcsUrl[] = "https://teleport.example.com/v1/webapi/saml/acs/okta";

// As Okta names the SAML side of an app.
std::string ExternalKey(const std::string& app_id) { return "exk" + app_id.substr(3); }

}  // namespace

OrgApp Org::Own() const {
  return {app_id_, "example_teleport_1", "Teleport (Example Holding) – prod", app_status_,
          kAcsUrl, implicit_assignment_};
}

std::string Org::saml_issuer() const { return "http://www.okta.com/" + ExternalKey(app_id_); }
std::string Org::saml_acs_url() const { return kAcsUrl; }
std::string Org::saml_sso_url() const {
  return url_ + "/app/" + Own().name + "/" + ExternalKey(app_id_) + "/sso/saml";
}

std::string Org::AppDocument(const OrgApp& app) const {
  const std::string self = url_ + "/api/v1/apps/" + app.id;
  const nlohmann::ordered_json document = {
      {"id", app.id},
      {"orn", "orn:okta:idp:" + id_ + ":apps:" + app.name + ":" + app.id},
      {"name", app.name},
      {"label", app.label},
      {"status", app.status},
      {"lastUpdated", "2024-02-01T08:30:00.000Z"},
      {"created", "2024-01-01T10:00:00.000Z"},
      {"accessibility",
       {{"selfService", false}, {"errorRedirectUrl", nullptr}, {"loginRedirectUrl", nullptr}}},
      {"visibility", {{"autoSubmitToolbar", false}, {"hide", {{"iOS", false}, {"web", false}}}}},
      {"features", nlohmann::ordered_json::array()},
      {"signOnMode", "SAML_2_0"},
      {"credentials",
       {{"userNameTemplate", {{"template", "${source.login}"}, {"type", "BUILT_IN"}}},
        {"signing", {{"kid", "SIMcCQNY3uwXoW3y0vf6VxiBb5n9pf8L2fK8d-FIbm4"}}}}},
      {"settings",
       {{"app", nlohmann::ordered_json::object()},
        {"implicitAssignment", app.implicit_assignment},
        {"signOn",
         {{"ssoAcsUrl", app.acs_url},
          {"audience", app.acs_url},
          {"subjectNameIdTemplate", "${user.userName}"},
          {"assertionSigned", true},
          {"responseSigned", true}}}}},
      {"_links", {{"self", {{"href", self}}}, {"users", {{"href", self + "/users"}}}}}};
  return document.dump();
}

std::optional<std::string> Org::AppJson() const {
  std::shared_lock lock(mutex_);
  if (app_status_ == "DELETED") return std::nullopt;
  return AppDocument(Own());
}

RowPage Org::ListApps(const std::optional<std::string>& name, uint64_t from, size_t limit) const {
  std::shared_lock lock(mutex_);
  std::vector<OrgApp> all;
  if (app_status_ != "DELETED") all.push_back(Own());
  all.insert(all.end(), other_apps_.begin(), other_apps_.end());
  if (name) std::erase_if(all, [&](const OrgApp& app) { return app.name != *name; });
  RowPage page;
  page.json = '[';
  uint64_t i = from;
  for (; i < all.size() && i - from < limit; ++i) page.json += (i > from ? "," : "") + AppDocument(all[i]);
  page.json += ']';
  page.next = i;
  page.more = i < all.size();
  return page;
}

std::string Org::AddApp(OrgApp app) {
  std::unique_lock lock(mutex_);
  app.id = people_.MakeId("0oa", kFirstApp + other_apps_.size());
  other_apps_.push_back(app);
  return app.id;
}

}  // namespace playground::okta
