// The SSO connector through which the imported people log in, and the app that follows from it (R4).
//
// The app is what everything of ours is marked with (R1), so it may not change while a process lives: a connector
// that suddenly names another one stops the run, for nobody's leaving could be seen in that app's list.
#include "base/status.h"
#include "base/text.h"
#include "reconcile/run.h"

namespace oktasync::reconcile {
namespace {

std::string Called(std::string_view name) { return "the SAML connector \"" + Escape(name, 128) + "\""; }

// Whether its logins go through this org; not known of one that says nothing, as when Teleport has only the
// provider's document.
bool IsOfOrg(const SamlConnector& connector, const okta::Org& org) {
  const std::string origin = okta::LoginOrigin(connector);
  return !origin.empty() && (origin == org.canonical_url || origin == org.address);
}

}  // namespace

absl::StatusOr<SamlConnector> PickConnector(const std::vector<SamlConnector>& all, const okta::Org& org,
                                            const std::string& app_id, const std::string& usual) {
  std::vector<const SamlConnector*> fit;
  const SamlConnector* silent = nullptr;  // of the usual name
  for (const SamlConnector& connector : all) {
    const bool labelled = !connector.okta_app_id.empty();
    const bool says_where = !okta::LoginOrigin(connector).empty();
    if (labelled && !app_id.empty()) {
      if (connector.okta_app_id == app_id) fit.push_back(&connector);
    } else if (says_where ? IsOfOrg(connector, org) : labelled) {
      fit.push_back(&connector);
    } else if (!says_where && connector.name == usual) {
      silent = &connector;
    }
  }
  for (const SamlConnector* connector : fit) {
    if (connector->name == usual || fit.size() == 1) return *connector;
  }
  if (fit.empty() && silent != nullptr) return *silent;
  if (fit.empty()) {
    return MakeStatus(absl::StatusCode::kNotFound,
                      all.empty()
                          ? std::string("this cluster has no SAML connector (the open-source "
                                        "edition of Teleport cannot have one)")
                          : "none of the " + std::to_string(all.size()) +
                                " SAML connectors of this cluster logs people in at " + org.canonical_url);
  }
  std::string names;
  for (const SamlConnector* connector : fit)
    names += (names.empty() ? "" : ", ") + Escape(connector->name, 64);
  return MakeStatus(
      absl::StatusCode::kFailedPrecondition,
      "several SAML connectors of this cluster log people in at " + org.canonical_url + " (" + names + ")");
}

absl::StatusOr<SamlConnector> Run::ReadConnector(const okta::Org& org) {
  const std::string& name = options_.traits.connector.name;
  if (!options_.find_connector) return real_target_.GetSamlConnector(name, inner_cancel_);
  OKTASYNC_ASSIGN_OR_RETURN(const std::vector<SamlConnector> all,
                            real_target_.GetSamlConnectors(inner_cancel_));
  return PickConnector(all, org, options_.app_id, input_.connector.empty() ? name : input_.connector);
}

// What a connector that could not be had means for those who are created.
void Run::TellOfConnector(const absl::Status& why) {
  const std::string name = options_.traits.connector.name;
  if (why.code() == absl::StatusCode::kUnimplemented) return;
  if (why.code() == absl::StatusCode::kNotFound) {
    ctx_.report.Notice(
        (options_.find_connector
             ? Message(why) + ", so nobody can log in as the users that are imported (they name " +
                   Called(name) + ")"
             : Called(name) +
                   " of users.connector does not exist in Teleport (the open-source edition has no SAML "
                   "connectors at all), so nobody can log in as the users that are imported") +
        ". Create it, name another one in users.connector, or null for none");
    return;
  }
  const std::string text = Called(name) + " could not be looked at: " + Message(why);
  // A name of the configuration's holds whatever Teleport says; one that was to be found does not.
  if (!options_.find_connector || !input_.connector.empty() ||
      why.code() == absl::StatusCode::kPermissionDenied) {
    ctx_.report.Notice(text);
    return;
  }
  ctx_.ChangesWait("the SSO connector",
                   "creates and updates wait (removals go on), because it is not known "
                   "through which SSO connector people log in: " +
                       Message(why) + ". Name one in users.connector");
}

absl::Status Run::CheckConnector(const okta::Org& org) {
  ConnectorRef& wanted = options_.traits.connector;
  if (wanted.type != "saml") return absl::OkStatus();  // the configuration then names the app
  if (options_.find_connector && !input_.connector.empty()) wanted.name = input_.connector;
  const absl::StatusOr<SamlConnector> connector = ReadConnector(org);
  OKTASYNC_RETURN_IF_ERROR(inner_cancel_.Check("reading the SSO connector"));
  if (connector.ok()) {
    wanted.name = connector->name;
    if (options_.find_connector) found_.connector = connector->name;
  }
  app_searched_ = options_.app_id.empty();
  const std::string& known = input_.app_id;
  // Without an app the run stops, and what would be imported is no matter.
  if (!connector.ok() && app_searched_ && known.empty()) {
    return Annotate(connector.status(),
                    "okta.app_id names no app, and without an SSO connector none can be found (name the app "
                    "there, or the connector in users.connector)");
  }
  if (!connector.ok()) TellOfConnector(connector.status());
  if (!app_searched_) return absl::OkStatus();

  const absl::StatusOr<std::string> app =
      connector.ok() ? ctx_.source.FindApp(*connector, org, inner_cancel_) : connector.status();
  OKTASYNC_RETURN_IF_ERROR(inner_cancel_.Check("finding the app"));
  if (app.ok() && !known.empty() && *app != known) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      Called(connector->name) + " leads to the app " + *app + " now, and led to " + known +
                          " before; nothing is done, because who left " + known +
                          " would not be seen there. Name the app in okta.app_id and restart");
  }
  if (!app.ok() && known.empty()) {
    return Annotate(app.status(), "okta.app_id names no app, and none was found from the SSO connector");
  }
  options_.app_id = report_.app_id = app.ok() ? *app : known;
  return ctx_.source.UseApp(options_.app_id);
}

}  // namespace oktasync::reconcile
