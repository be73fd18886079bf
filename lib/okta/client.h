// Okta as we read it: the org, the app, its users page by page, one user, one assignment, a group's members.
//
// Everything goes through one place that adds the token, keeps the rate budget, retries what may be retried
// and turns Okta's error bodies into words. Source: Okta management API 2026.06; the scopes needed are
// okta.apps.read and okta.users.read, and okta.groups.read for the groups alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sleep.h"
#include "http/client.h"
#include "model/app_user.h"
#include "model/saml_connector.h"
#include "oauth/token_source.h"

namespace oktasync::okta {

struct ClientOptions {
  std::string org_url;         // https://example.okta.com, no slash at the end
  std::string app_id;          // "": UseApp says it
  double rate_share = 0.5;     // of what the org's rate window shows
  int page_size = 500;         // 1 to 500
  int group_page_size = 1000;  // of a group's members, 1 to 1000
  int max_tries = 6;           // of one request, the first included; waiting for a rate window does not count
  absl::Duration backoff = absl::Milliseconds(500);  // doubles, with jitter, up to 30 s
  absl::Duration patience = absl::Minutes(10);       // of one request, while Okta answers 429
  uint64_t max_pages = 20'000;                       // against a list without end: 10 million rows
};

struct Org {
  std::string id;             // 00o…
  std::string canonical_url;  // the org's own address, also when we call it by a custom domain
  std::string address = {};   // the one by which we call it
};

struct App {
  std::string id;
  std::string status;  // "ACTIVE", "INACTIVE", "DELETED"
  std::string label;   // text from outside
  bool implicit_assignment = false;
};

struct Group {
  std::string id;    // 00g…
  std::string name;  // profile.name; text from outside
};

// A read of one person, with what a report needs to cite it.
struct Citation {
  std::string request_id;  // X-Okta-Request-Id
  absl::Duration begun;    // Clock::SinceBoot() before the request was sent
};

// GET /api/v1/users/{id}. `exists` false: 404 with E0000007, the user is deleted.
struct UserRead {
  bool exists = false;
  UserStatus status = UserStatus::kUnknown;
  std::string status_text;
  Citation citation;
};

// GET /api/v1/apps/{app}/users/{id}?expand=user. `exists` false: 404 with E0000007, not assigned.
struct AssignmentRead {
  bool exists = false;
  AppUser user;  // borrows from `storage`; meaningful when exists
  Citation citation;
  std::shared_ptr<const void> storage;
};

// One page of the walk. The users borrow from it.
struct AppUserPage {
  std::vector<AppUser> users;
  std::shared_ptr<const void> storage;
};

// One traversal of the list, begun by the first Next. Not thread-safe. The page after the one handed out is
// being fetched meanwhile. Dropping the walk cancels what is in flight.
class AppUserWalk {
 public:
  virtual ~AppUserWalk() = default;
  // The next page; nullptr after the last. Any error means that the walk was not whole: a page that failed,
  // a user without `_embedded.user`, a `next` link that repeats, loops or points elsewhere.
  virtual absl::StatusOr<std::unique_ptr<AppUserPage>> Next() = 0;
};

// The rate window of one bucket as Okta's headers showed it last.
struct RateWindow {
  std::string bucket;  // "/api/v1/apps", "/api/v1/apps/{id}", "/api/v1/users/{id}", …
  int64_t limit = -1;  // requests a window; -1: never shown
  int64_t remaining = -1;
  absl::Time resets_at = absl::InfinitePast();
  uint64_t requests = 0;                         // ours, since the client was made
  uint64_t refused = 0;                          // answers 429
  absl::Duration waited = absl::ZeroDuration();  // by us, to stay within the budget or for the reset
};

// What Okta answered instead, of a failed read; HTTP 0 when there was no answer. Annotate keeps it.
struct Refusal {
  int http = 0;
  std::string code;    // "E0000006"; "" when the body is none of Okta's
  bool scope = false;  // the token lacks a scope: insufficient_scope (RFC 6750 section 3.1)
};
Refusal RefusalOf(const absl::Status& failure);

// The org at which a connector's logins begin, "https://example.okta.com"; "" when its SSO URL is none of Okta's.
std::string LoginOrigin(const SamlConnector& connector);

// Thread-safe.
class Client {
 public:
  virtual ~Client() = default;
  virtual absl::StatusOr<Org> ReadOrg(Cancel& cancel) = 0;  // no token needed
  virtual absl::StatusOr<App> ReadApp(Cancel& cancel) = 0;
  // The id of the app through which a connector's logins go: the one that its label names, else the one SAML app
  // whose name its SSO URL holds (of several the one that sends assertions to the connector). kNotFound,
  // kFailedPrecondition when several would do, or when the connector is another org's; the message says what to do.
  virtual absl::StatusOr<std::string> FindApp(const SamlConnector& /*connector*/, const Org& /*org*/,
                                              Cancel& /*cancel*/) {
    return absl::UnimplementedError("FindApp");
  }
  // The app of all reads from now on, when the options name none. Once ReadApp has had an answer of it, there is no
  // other: kFailedPrecondition.
  virtual absl::Status UseApp(const std::string& /*id*/) { return absl::OkStatus(); }
  virtual std::unique_ptr<AppUserWalk> WalkAppUsers(Cancel& cancel) = 0;
  // `id` must look like an Okta id (letters and digits): anything else is kInvalidArgument, so that no login
  // and no slash ever gets into a path.
  virtual absl::StatusOr<UserRead> ReadUser(const std::string& id, Cancel& cancel) = 0;
  virtual absl::StatusOr<AssignmentRead> ReadAssignment(const std::string& id, Cancel& cancel) = 0;
  // A group by its id (20 letters and digits that begin with 00g), else by its name, which must be the same to
  // the letter. kNotFound when there is none, kFailedPrecondition when several have that name; the message
  // says what to do. By name Okta answers from an index that may lag behind; by id it never does.
  virtual absl::StatusOr<Group> FindGroup(const std::string& name_or_id, Cancel& cancel) = 0;
  // The Okta user id of every member, page by page; one may come twice. Any error, `visit`'s included, ends
  // it and means that the list was not whole (as with AppUserWalk).
  virtual absl::Status ListGroupMembers(const std::string& group_id,
                                        const std::function<absl::Status(std::string_view okta_id)>& visit,
                                        Cancel& cancel) = 0;
  virtual std::vector<RateWindow> RateWindows() const = 0;
  // How long a walk needs for so many more people at the least, by what Okta's rate window shows and our share of
  // it; nullopt when it shows nothing.
  virtual std::optional<absl::Duration> TimeForPeople(uint64_t /*people*/) const { return std::nullopt; }
  // How much longer a call that is under way waits because of a rate window; zero when none does.
  virtual absl::Duration RateWait() const { return absl::ZeroDuration(); }
};

// http, tokens, clock and log must outlive the client.
std::unique_ptr<Client> MakeClient(ClientOptions options, http::Client& http, oauth::TokenSource& tokens,
                                   CorrectedClock& clock, LogSink& log);

// The same with waits of the caller's making, for tests.
std::unique_ptr<Client> MakeClient(ClientOptions options, http::Client& http, oauth::TokenSource& tokens,
                                   CorrectedClock& clock, LogSink& log, Sleep sleep);

}  // namespace oktasync::okta
