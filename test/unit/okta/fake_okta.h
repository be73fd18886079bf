// A scripted Okta for the tests: an http::Client whose answers are lambdas, a token source that counts, a
// clock that moves only when somebody sleeps.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sleep.h"
#include "base/status.h"
#include "http/client.h"
#include "oauth/token_source.h"
#include "okta/client.h"

namespace oktasync::okta::testing {

inline constexpr char kOrg[] = "https://example.okta.com";
inline constexpr char kApp[] = "0oaApp1";

class FakeClock final : public Clock {
 public:
  absl::Time Now() const override {
    std::lock_guard lock(mutex_);
    return absl::FromUnixSeconds(1'800'000'000) + passed_;
  }
  absl::Duration SinceBoot() const override {
    std::lock_guard lock(mutex_);
    return absl::Seconds(1000) + passed_;
  }
  void Advance(absl::Duration by) {
    std::lock_guard lock(mutex_);
    passed_ += by;
  }
  absl::Duration passed() const {
    std::lock_guard lock(mutex_);
    return passed_;
  }

 private:
  mutable std::mutex mutex_;
  absl::Duration passed_;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

inline http::Response Respond(int status, std::string body, Headers headers = {}) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  response.headers.emplace_back("content-type", "application/json;charset=UTF-8");
  response.headers.emplace_back("x-okta-request-id", "req" + std::to_string(status));
  return response;
}

inline http::Response RespondError(int status, const std::string& code,
                                   const std::string& summary = "said Okta", Headers headers = {}) {
  return Respond(status,
                 R"({"errorCode":")" + code + R"(","errorSummary":")" + summary +
                     R"(","errorLink":"x","errorId":"oae1","errorCauses":[]})",
                 std::move(headers));
}

class FakeHttp final : public http::Client {
 public:
  // `n` counts the requests from 1.
  using Handler =
      std::function<absl::StatusOr<http::Response>(const http::Request& request, int n, Cancel& cancel)>;

  explicit FakeHttp(Handler handler) : handler_(std::move(handler)) {}

  absl::StatusOr<http::Response> Send(const http::Request& request, Cancel& cancel) override {
    int n = 0;
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(request);
      n = static_cast<int>(requests_.size());
      changed_.notify_all();
    }
    return handler_(request, n, cancel);
  }

  std::vector<http::Request> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }
  // False when it does not come to so many requests.
  bool AwaitRequests(size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return requests_.size() >= count; });
  }

 private:
  const Handler handler_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<http::Request> requests_;
};

class FakeTokens final : public oauth::TokenSource {
 public:
  absl::StatusOr<oauth::AccessToken> Get(Cancel&) override {
    std::lock_guard lock(mutex_);
    if (!error.ok()) return error;
    return oauth::AccessToken{Secret("secret-token-" + std::to_string(generation_)), generation_, dpop};
  }
  void Refused(uint64_t generation) override {
    std::lock_guard lock(mutex_);
    refused.push_back(generation);
    if (generation == generation_) ++generation_;
  }

  std::vector<uint64_t> refused;
  absl::Status error;
  std::shared_ptr<oauth::Dpop> dpop;  // set: the tokens are bound to it

 private:
  std::mutex mutex_;
  uint64_t generation_ = 1;
};

// A client over the fakes. Sleeping moves the clock.
struct World {
  explicit World(FakeHttp::Handler handler, ClientOptions client_options = {}) : http(std::move(handler)) {
    client_options.org_url = kOrg;
    client_options.app_id = kApp;
    client = MakeClient(client_options, http, tokens, corrected, NullLog(),
                        [this](const Cancel& stop, absl::Duration duration) {
                          clock.Advance(duration);
                          return !stop.requested();
                        });
  }

  FakeClock clock;
  CorrectedClock corrected{clock};
  FakeHttp http;
  FakeTokens tokens;
  Cancel cancel;
  std::unique_ptr<Client> client;
};

inline std::string Header(const http::Request& request, const std::string& name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace oktasync::okta::testing
