#include "okta/app_search.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "http/url.h"
#include "okta/documents.h"
#include "okta/ids.h"
#include "okta/page_walk.h"

namespace oktasync::okta {
namespace {

constexpr char kApps[] = "/api/v1/apps";
constexpr int kPageSize = 200;
// By name there are few; without one all apps of the org are looked through.
constexpr uint64_t kMaxPages = 50;

// Okta makes them of letters, digits, "_" and "-"; nothing else goes into a filter.
bool IsAppName(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string Name(const SamlConnector& connector) {
  return "the SAML connector \"" + Escape(connector.name, 128) + "\"";
}

constexpr char kSayWhich[] = "name the app in okta.app_id";

absl::StatusOr<std::string> OnlyOne(const std::vector<AppRow>& found, const SamlConnector& connector) {
  if (found.size() == 1) return found.front().id;
  if (found.empty()) {
    return MakeStatus(
        absl::StatusCode::kNotFound,
        "no SAML app of this Okta org belongs to " + Name(connector) + " (SSO URL " +
            Escape(connector.sso_url, 200) +
            "), or the service app's admin role does not cover it: check the role's resource set, or " +
            kSayWhich);
  }
  std::string which;
  for (const AppRow& row : found) {
    which += (which.empty() ? "" : ", ") + row.id + " \"" + Escape(row.label, 64) + "\"";
  }
  return MakeStatus(absl::StatusCode::kFailedPrecondition,
                    std::to_string(found.size()) + " SAML apps of this Okta org could belong to " +
                        Name(connector) + " (" + which + "): " + kSayWhich);
}

}  // namespace

SsoUrl ReadSsoUrl(std::string_view url) {
  const absl::StatusOr<http::Url> parsed = http::ParseUrl(url);
  if (!parsed.ok()) return {};
  constexpr std::string_view kBegin = "/app/";
  constexpr std::string_view kEnd = "/sso/saml";
  std::string_view path = parsed->path;
  if (!path.starts_with(kBegin) || !path.ends_with(kEnd) || path.size() < kBegin.size() + kEnd.size())
    return {};
  path = path.substr(kBegin.size(), path.size() - kBegin.size() - kEnd.size());
  const std::string_view name = path.substr(0, path.find('/'));
  if (name.size() == path.size()) return {};  // no key of the app after its name
  if (!IsAppName(name)) return {};
  return {parsed->Origin(), std::string(name)};
}

std::vector<AppRow> Matching(const std::vector<AppRow>& rows, const std::string& app_name,
                             const std::string& acs_url) {
  std::vector<AppRow> found;
  const auto keep = [&found](const auto& wanted) {
    std::erase_if(found, [&](const AppRow& row) { return !wanted(row); });
  };
  const auto to_us = [&](const AppRow& row) { return !acs_url.empty() && row.acs_url == acs_url; };
  found = rows;
  keep([](const AppRow& row) { return row.saml; });
  if (!app_name.empty()) keep([&](const AppRow& row) { return row.name == app_name; });
  if (app_name.empty() || (found.size() > 1 && std::any_of(found.begin(), found.end(), to_us))) keep(to_us);
  if (std::any_of(found.begin(), found.end(), [](const AppRow& row) { return row.active; })) {
    keep([](const AppRow& row) { return row.active; });
  }
  return found;
}

std::string LoginOrigin(const SamlConnector& connector) { return ReadSsoUrl(connector.sso_url).origin; }

absl::StatusOr<std::string> FindAppOf(const SamlConnector& connector, const Org& org, Caller& caller,
                                      Cancel& cancel) {
  if (!connector.okta_app_id.empty()) {
    if (IsOktaId(connector.okta_app_id)) return connector.okta_app_id;
    return MakeStatus(absl::StatusCode::kFailedPrecondition, "the label teleport.internal/okta-app-id of " +
                                                                 Name(connector) + " holds no Okta id: '" +
                                                                 Escape(connector.okta_app_id, 64) +
                                                                 "'; mend it, or " + kSayWhich);
  }
  const SsoUrl sso = ReadSsoUrl(connector.sso_url);
  if (sso.app_name.empty() && connector.acs_url.empty()) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      Name(connector) + " says nothing that leads to an app of Okta (SSO URL '" +
                          Escape(connector.sso_url, 200) + "', issuer '" + Escape(connector.issuer, 200) +
                          "'): " + kSayWhich);
  }
  if (!sso.origin.empty() && sso.origin != org.canonical_url && sso.origin != org.address) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      Name(connector) + " logs people in at " + sso.origin +
                          ", which is not the org of okta.org_url (" + org.address +
                          "): name the connector of this org in users.connector, or " + kSayWhich);
  }
  Call call;
  call.path = kApps;
  call.url = org.address + kApps + "?limit=" + std::to_string(kPageSize);
  if (!sso.app_name.empty()) call.url += "&filter=name%20eq%20%22" + sso.app_name + "%22";
  call.bucket = kApps;
  std::vector<AppRow> rows;
  OKTASYNC_RETURN_IF_ERROR(
      WalkPages(caller, call, kMaxPages, cancel, [&](const std::string& body, uint64_t) -> absl::Status {
        OKTASYNC_ASSIGN_OR_RETURN(std::vector<AppRow> page, ParseApps(body));
        std::move(page.begin(), page.end(), std::back_inserter(rows));
        return absl::OkStatus();
      }));
  return OnlyOne(Matching(rows, sso.app_name, connector.acs_url), connector);
}

}  // namespace oktasync::okta
