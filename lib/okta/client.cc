#include "okta/client.h"

#include <mutex>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "okta/api_error.h"
#include "okta/app_search.h"
#include "okta/app_user_decoder.h"
#include "okta/app_user_walk.h"
#include "okta/caller.h"
#include "okta/documents.h"
#include "okta/groups.h"
#include "okta/ids.h"
#include "okta/page_walk.h"

namespace oktasync::okta {
namespace {

// A single answer must stay far below a page's bound; a profile value may have a megabyte.
constexpr size_t kMaxDocumentBytes = 8u << 20;

absl::Status CheckId(const std::string& id) {
  if (IsOktaId(id)) return absl::OkStatus();
  return MakeStatus(
      absl::StatusCode::kInvalidArgument,
      "'" + Escape(id, 64) + "' is no Okta id: it has characters other than letters and digits");
}

class ClientImpl final : public Client {
 public:
  ClientImpl(ClientOptions options, http::Client& http, oauth::TokenSource& tokens, CorrectedClock& clock,
             LogSink& log, Sleep sleep)
      : options_(std::move(options)),
        app_id_(options_.app_id),
        app_answered_(!options_.app_id.empty()),
        groups_{options_.org_url, options_.group_page_size, options_.max_pages},
        caller_(CallerOptions{options_.rate_share, options_.max_tries, http::Backoff{options_.backoff},
                              options_.patience},
                http, tokens, clock, log, std::move(sleep)) {}

  absl::StatusOr<Org> ReadOrg(Cancel& cancel) override {
    Call call = MakeCall("/.well-known/okta-organization", "", "");
    call.with_token = false;
    OKTASYNC_ASSIGN_OR_RETURN(const Answer answer, caller_.Get(call, cancel));
    absl::StatusOr<Org> org = ParseOrg(answer.response.body);
    if (!org.ok()) return Blame(org.status(), call, answer);
    org->address = options_.org_url;
    return org;
  }

  absl::StatusOr<App> ReadApp(Cancel& cancel) override {
    const std::string id = AppId();
    OKTASYNC_RETURN_IF_ERROR(CheckId(id));
    const Call call = MakeCall("/api/v1/apps/" + id, "", "/api/v1/apps/{id}");
    OKTASYNC_ASSIGN_OR_RETURN(const Answer answer, caller_.Get(call, cancel));
    absl::StatusOr<App> app = ParseApp(answer.response.body);
    if (!app.ok()) return Blame(app.status(), call, answer);
    if (app->id != id) {
      return Blame(
          MakeStatus(absl::StatusCode::kFailedPrecondition,
                     "asked for the app " + id + ", answered with the app " + app->id +
                         ": nothing of this org is believed until that is understood; check the app id "
                         "of the configuration and the proxy in between"),
          call, answer);
    }
    std::lock_guard lock(mutex_);
    app_answered_ = app_answered_ || app_id_ == id;
    return app;
  }

  absl::StatusOr<std::string> FindApp(const SamlConnector& connector, const Org& org,
                                      Cancel& cancel) override {
    return FindAppOf(connector, org, caller_, cancel);
  }

  absl::Status UseApp(const std::string& id) override {
    OKTASYNC_RETURN_IF_ERROR(CheckId(id));
    std::lock_guard lock(mutex_);
    if (!app_answered_) app_id_ = id;
    if (app_id_ == id) return absl::OkStatus();
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "the app is " + app_id_ + " as long as this process lives, not " + id);
  }

  std::unique_ptr<AppUserWalk> WalkAppUsers(Cancel& cancel) override {
    return MakeAppUserWalk({options_.org_url, AppId(), options_.page_size, options_.max_pages}, caller_,
                           cancel);
  }

  absl::StatusOr<UserRead> ReadUser(const std::string& id, Cancel& cancel) override {
    OKTASYNC_RETURN_IF_ERROR(CheckId(id));
    Call call = MakeCall("/api/v1/users/" + id, "", "/api/v1/users/{id}");
    call.may_be_absent = true;
    OKTASYNC_ASSIGN_OR_RETURN(const Answer answer, caller_.Get(call, cancel));
    UserRead read;
    read.citation = {answer.request_id, answer.begun};
    read.exists = answer.found;
    if (!read.exists) return read;
    absl::StatusOr<UserDocument> user = ParseUser(answer.response.body);
    if (!user.ok()) return Blame(user.status(), call, answer);
    if (user->id != id) {
      return Blame(MakeStatus(absl::StatusCode::kDataLoss, "asked for " + id + ", answered with " + user->id),
                   call, answer);
    }
    read.status = ParseUserStatus(user->status_text);
    read.status_text = std::move(user->status_text);
    return read;
  }

  absl::StatusOr<AssignmentRead> ReadAssignment(const std::string& id, Cancel& cancel) override {
    OKTASYNC_RETURN_IF_ERROR(CheckId(id));
    const std::string app_id = AppId();
    OKTASYNC_RETURN_IF_ERROR(CheckId(app_id));
    Call call = MakeCall("/api/v1/apps/" + app_id + "/users/" + id, "?expand=user", "/api/v1/apps");
    call.may_be_absent = true;
    OKTASYNC_ASSIGN_OR_RETURN(Answer answer, caller_.Get(call, cancel));
    AssignmentRead read;
    read.citation = {answer.request_id, answer.begun};
    read.exists = answer.found;
    if (!read.exists) {
      // "Not found: Resource not found: 0oa… (AppInstance)": the app is missing, which says nothing of the
      // user.
      const std::string summary = ParseApiError(answer.response.body).summary;
      const bool of_app =
          summary.find("(AppInstance)") != std::string::npos ||
          (summary.find(app_id) != std::string::npos && summary.find(id) == std::string::npos);
      if (of_app) return ExplainAnswer(answer.response, call.path);
      return read;
    }
    AppUserDecoder decoder;
    absl::StatusOr<DecodedAppUser> decoded = decoder.DecodeOne(std::move(answer.response.body), id);
    if (!decoded.ok()) return Blame(decoded.status(), call, answer);
    read.user = std::move(decoded->user);
    read.storage = std::move(decoded->storage);
    return read;
  }

  absl::StatusOr<Group> FindGroup(const std::string& name_or_id, Cancel& cancel) override {
    return okta::FindGroup(groups_, caller_, name_or_id, cancel);
  }

  absl::Status ListGroupMembers(const std::string& group_id,
                                const std::function<absl::Status(std::string_view okta_id)>& visit,
                                Cancel& cancel) override {
    return okta::ListGroupMembers(groups_, caller_, group_id, visit, cancel);
  }

  std::optional<absl::Duration> TimeForPeople(uint64_t people) const override {
    const auto page = static_cast<uint64_t>(options_.page_size);
    return caller_.TimeFor("/api/v1/apps", people / page + (people % page != 0 ? 1 : 0));
  }

  absl::Duration RateWait() const override { return caller_.Waiting(); }

  std::vector<RateWindow> RateWindows() const override {
    std::vector<RateWindow> windows;
    for (http::RateSnapshot& bucket : caller_.budget().Snapshot()) {
      windows.push_back({std::move(bucket.bucket), bucket.limit, bucket.remaining, bucket.resets_at,
                         bucket.requests, bucket.refused, bucket.waited});
    }
    return windows;
  }

 private:
  Call MakeCall(const std::string& path, const std::string& query, const std::string& bucket) const {
    Call call;
    call.url = options_.org_url + path + query;
    call.path = path;
    call.bucket = bucket;
    call.max_body_bytes = kMaxDocumentBytes;
    return call;
  }

  std::string AppId() const {
    std::lock_guard lock(mutex_);
    return app_id_;
  }

  const ClientOptions options_;
  mutable std::mutex mutex_;
  std::string app_id_;
  bool app_answered_;  // so that it never changes again; a configured one never does
  const GroupOptions groups_;
  Caller caller_;
};

}  // namespace

std::unique_ptr<Client> MakeClient(ClientOptions options, http::Client& http, oauth::TokenSource& tokens,
                                   CorrectedClock& clock, LogSink& log) {
  return MakeClient(std::move(options), http, tokens, clock, log, RealSleep);
}

std::unique_ptr<Client> MakeClient(ClientOptions options, http::Client& http, oauth::TokenSource& tokens,
                                   CorrectedClock& clock, LogSink& log, Sleep sleep) {
  return std::make_unique<ClientImpl>(std::move(options), http, tokens, clock, log, std::move(sleep));
}

}  // namespace oktasync::okta
