#include "enroll/okta_facts.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "enroll/step.h"
#include "http/date.h"
#include "http/stage.h"
#include "jose/signer.h"
#include "oauth/cached_source.h"
#include "oauth/dpop.h"
#include "oauth/minter.h"
#include "oauth/server_time.h"
#include "oauth/token_errors.h"

namespace oktasync::enroll {
namespace {

constexpr char kListBucket[] = "/api/v1/apps";

oauth::MintLimits Once() {
  oauth::MintLimits limits;
  limits.tries = 1;
  limits.patience = absl::ZeroDuration();
  return limits;
}

bool Has(const std::vector<std::string>& items, std::string_view item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

class Look {
 public:
  Look(const OktaInputs& inputs, absl::Duration step, CorrectedClock& clock, LogSink& log, Cancel& cancel)
      : in_(inputs), step_(step), clock_(clock), log_(log), cancel_(cancel) {}

  OktaFacts Take() {
    facts_.keys = in_.keys.status();
    if (facts_.keys.ok()) {
      for (const jose::NamedSigner& key : (*in_.keys)->Candidates()) facts_.key_ids.push_back(key.kid);
    }
    http::ClientOptions options = in_.http;
    options.connect_timeout = std::min(options.connect_timeout, step_);
    options.idle_timeout = std::min(options.idle_timeout, step_);
    absl::StatusOr<std::unique_ptr<http::Client>> http = http::MakeCurlClient(std::move(options));
    if (http.ok()) {
      http_ = *std::move(http);
      Reach();
    } else {
      facts_.reached = http::AtStage(http::Stage::kConnection, http.status());
    }
    if (!facts_.reached.ok()) return std::move(facts_);
    // Neither needs the other.
    auto nothing = oauth::MakeCachedSource(
        [](bool, Cancel&) -> absl::StatusOr<oauth::MintedToken> { return absl::UnauthenticatedError(""); },
        clock_, log_);
    facts_.org = Within(step_, cancel_, [&](Cancel& c) { return MakeClient(*nothing)->ReadOrg(c); });
    if (facts_.keys.ok()) Ask();
    return std::move(facts_);
  }

 private:
  // Any answer will do: what it says is looked at by ReadOrg.
  void Reach() {
    http::Request request;
    request.url = in_.client.org_url + "/.well-known/okta-organization";
    request.headers.emplace_back("Accept", "application/json");
    const absl::Duration begun = clock_.SinceBoot();
    const auto response = Within(step_, cancel_, [&](Cancel& c) { return http_->Send(request, c); });
    facts_.reached = response.status();
    if (!response.ok() || !http::ServerDate(*response).has_value()) return;
    oauth::LearnServerTime(clock_, *response, clock_.SinceBoot() - begun);
    facts_.server_ahead = clock_.offset();
  }

  absl::StatusOr<oauth::MintedToken> Mint(const std::vector<std::string>& scopes) {
    oauth::ClientCredentials credentials = in_.credentials;
    credentials.scopes = scopes;
    credentials.extra_scopes.clear();
    minter_ = std::make_unique<oauth::Minter>(std::move(credentials), *in_.keys, dpop_, *http_, clock_, log_,
                                              RealSleep);
    return Within(step_, cancel_, [&](Cancel& c) { return minter_->Mint(Once(), c); });
  }

  // With all scopes; where Okta has not granted all, with those that it has, which it is asked for one by one.
  void MintWhatIsGranted() {
    std::vector<std::string> all = in_.credentials.scopes;
    all.insert(all.end(), in_.credentials.extra_scopes.begin(), in_.credentials.extra_scopes.end());
    absl::StatusOr<oauth::MintedToken> whole = Mint(all);
    facts_.token = whole.status();
    if (whole.ok()) {
      facts_.granted = whole->scopes;
      token_ = *std::move(whole);
      return;
    }
    if (oauth::TroubleOf(whole.status()) != oauth::TokenTrouble::kScopes) return;
    for (const std::string& scope : all) {
      if (Mint({scope}).ok()) facts_.granted.push_back(scope);
    }
    if (facts_.granted.empty()) return;
    if (absl::StatusOr<oauth::MintedToken> part = Mint(facts_.granted); part.ok()) token_ = *std::move(part);
  }

  void Ask() {
    auto key = jose::NewEs256Signer();
    auto dpop = key.ok() ? oauth::Dpop::Make(*std::move(key)) : key.status();
    if (!dpop.ok()) {
      facts_.token = dpop.status();
      return;
    }
    dpop_ = *std::move(dpop);
    MintWhatIsGranted();
    facts_.key_trouble = (*in_.keys)->Trouble();
    if (!token_.has_value()) return;
    facts_.dpop = token_->dpop != nullptr;
    const auto tokens = oauth::MakeCachedSource(
        [this](bool, Cancel& c) -> absl::StatusOr<oauth::MintedToken> {
          if (token_.has_value()) return *std::exchange(token_, std::nullopt);
          return minter_->Mint(Once(), c);
        },
        clock_, log_);
    ReadObjects(*tokens);
  }

  void ReadObjects(oauth::TokenSource& tokens) {
    const std::unique_ptr<okta::Client> client = MakeClient(tokens);
    const bool apps = Has(facts_.granted, "okta.apps.read") || Has(facts_.granted, "okta.apps.manage");
    const bool users = Has(facts_.granted, "okta.users.read") || Has(facts_.granted, "okta.users.manage");
    facts_.app_id = in_.client.app_id;
    if (apps && facts_.app_id.empty()) FindApp(*client);
    if (apps && !facts_.app_id.empty()) {
      facts_.app = Within(step_, cancel_, [&](Cancel& c) { return client->ReadApp(c); });
      facts_.people = Within(step_, cancel_, [&](Cancel& c) { return FirstOf(*client, c); });
      const bool somebody = facts_.people->ok() && !(*facts_.people)->empty();
      if (users && somebody) {
        facts_.person =
            Within(step_, cancel_, [&](Cancel& c) { return client->ReadUser((*facts_.people)->front(), c); });
      }
    }
    if (Has(facts_.granted, "okta.groups.read") || Has(facts_.granted, "okta.groups.manage")) {
      for (const std::string& group : in_.groups) {
        const auto found = Within(step_, cancel_, [&](Cancel& c) { return client->FindGroup(group, c); });
        facts_.groups.emplace_back(group, found.status());
      }
    }
    for (okta::RateWindow& window : client->RateWindows()) {
      facts_.refused += static_cast<int>(window.refused);
      if (window.bucket == kListBucket) facts_.window = std::move(window);
    }
  }

  void FindApp(okta::Client& client) {
    if (!facts_.org.has_value() || !facts_.org->ok() || in_.connector == nullptr) {
      facts_.search = MakeStatus(absl::StatusCode::kFailedPrecondition, "okta.app_id names no app");
      return;
    }
    const okta::Org& org = **facts_.org;
    const absl::StatusOr<SamlConnector> connector = in_.connector(org, cancel_);
    facts_.connector = connector.status();
    if (!connector.ok()) return;
    if (!connector->okta_app_id.empty()) facts_.labelled_by = connector->name;
    const absl::StatusOr<std::string> id =
        Within(step_, cancel_, [&](Cancel& c) { return client.FindApp(*connector, org, c); });
    facts_.search = id.ok() ? client.UseApp(*id) : id.status();
    if (facts_.search.ok()) facts_.app_id = *id;
  }

  static absl::StatusOr<std::vector<std::string>> FirstOf(okta::Client& client, Cancel& cancel) {
    const std::unique_ptr<okta::AppUserWalk> walk = client.WalkAppUsers(cancel);
    OKTASYNC_ASSIGN_OR_RETURN(const std::unique_ptr<okta::AppUserPage> page, walk->Next());
    std::vector<std::string> ids;
    if (page != nullptr && !page->users.empty()) ids.emplace_back(page->users.front().id);
    return ids;
  }

  std::unique_ptr<okta::Client> MakeClient(oauth::TokenSource& tokens) {
    okta::ClientOptions options = in_.client;
    options.page_size = 1;
    options.rate_share = 1;  // of a handful of requests
    options.max_tries = 1;
    options.patience = absl::ZeroDuration();
    return okta::MakeClient(std::move(options), *http_, tokens, clock_, log_);
  }

  const OktaInputs& in_;
  const absl::Duration step_;
  CorrectedClock& clock_;
  LogSink& log_;
  Cancel& cancel_;
  OktaFacts facts_;
  std::unique_ptr<http::Client> http_;
  std::shared_ptr<oauth::Dpop> dpop_;
  std::unique_ptr<oauth::Minter> minter_;
  std::optional<oauth::MintedToken> token_;
};

}  // namespace

OktaFacts LookAtOkta(const OktaInputs& inputs, absl::Duration step, CorrectedClock& clock, LogSink& log,
                     Cancel& cancel) {
  return Look(inputs, step, clock, log, cancel).Take();
}

}  // namespace oktasync::enroll
