// A minter over fakes: a scripted token endpoint, a signer, a clock that moves only when somebody sleeps.
#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "nlohmann/json.hpp"
#include "oauth/minter.h"

namespace oktasync::oauth::testing {

inline constexpr char kGood[] =
    R"({"token_type":"Bearer","expires_in":3600,"access_token":"sECReT","scope":"okta.apps.read okta.users.read"})";

class FakeSigner final : public jose::Signer {
 public:
  jose::Algorithm algorithm() const override { return jose::Algorithm::kEs256; }
  absl::StatusOr<std::string> Sign(std::string_view) const override {
    if (!error.ok()) return error;
    return std::string(64, 's');
  }
  std::string PublicJwk() const override { return ""; }
  absl::Status error;
};

class FakeClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(1'800'000'000) + passed; }
  absl::Duration SinceBoot() const override { return absl::Seconds(1000) + passed; }
  absl::Duration passed;
};

class KeepingLog final : public LogSink {
 public:
  void Write(LogLevel, std::string_view, std::string_view message,
             std::initializer_list<LogField> fields) override {
    text += std::string(message);
    for (const LogField& field : fields) text += " " + field.value;
  }
  std::string text;
};

inline http::Response Respond(int status, const std::string& body, const std::string& date = "") {
  http::Response response;
  response.status = status;
  response.body = body;
  if (!date.empty()) response.headers = {{"date", date}};
  return response;
}

inline http::Response Refuse(const std::string& error, const std::string& description,
                             const std::string& date = "") {
  return Respond(401, nlohmann::json({{"error", error}, {"error_description", description}}).dump(), date);
}

class FakeHttp final : public http::Client {
 public:
  absl::StatusOr<http::Response> Send(const http::Request& request, Cancel&) override {
    requests.push_back(request);
    if (any) return any(request);
    return answers.at(std::min(requests.size(), answers.size()) - 1);
  }
  std::vector<absl::StatusOr<http::Response>> answers;      // in order, the last for ever
  std::function<http::Response(const http::Request&)> any;  // instead of them
  std::vector<http::Request> requests;
};

struct Fixture {
  explicit Fixture(std::vector<absl::StatusOr<http::Response>> answers) { http.answers = std::move(answers); }

  // All mints of one fixture are of one minter, made at the first.
  absl::StatusOr<MintedToken> Mint(MintLimits limits = {}) {
    if (minter == nullptr) {
      minter = std::make_unique<Minter>(options, keys, dpop, http, corrected, log,
                                        [this](const Cancel& stop, absl::Duration wait) {
                                          rate_waits.push_back(minter->RateWait());
                                          clock.passed += wait;
                                          if (stop_when_asleep) cancel.Request();
                                          return !stop.requested();
                                        });
    }
    return minter->Mint(limits, cancel);
  }

  FakeClock clock;
  CorrectedClock corrected{clock};
  KeepingLog log;
  FakeHttp http;
  Cancel cancel;
  bool stop_when_asleep = false;
  std::vector<absl::Duration> rate_waits;  // as told while it slept
  std::shared_ptr<FakeSigner> signer = std::make_shared<FakeSigner>();
  ClientCredentials options = {.org_url = "https://example.okta.com",
                               .client_id = "0oaClient",
                               .scopes = {"okta.apps.read", "okta.users.read"}};
  std::shared_ptr<ClientKeys> keys = MakeFixedKey({"key-7", signer});
  std::unique_ptr<Minter> minter;
  std::shared_ptr<Dpop> dpop = *Dpop::Make(*jose::NewEs256Signer());
};

struct Jwt {
  nlohmann::json header;
  nlohmann::json claims;
};
inline Jwt ReadJwt(const std::string& text) {
  const size_t first = text.find('.');
  const size_t second = text.find('.', first + 1);
  REQUIRE(second != std::string::npos);
  return {nlohmann::json::parse(FromBase64Url(text.substr(0, first)).value()),
          nlohmann::json::parse(FromBase64Url(text.substr(first + 1, second - first - 1)).value())};
}

// The assertion of a request, taken apart.
inline Jwt Assertion(const http::Request& request) {
  const std::string name = "client_assertion=";
  const size_t at = request.body.find("&" + name);
  REQUIRE(at != std::string::npos);
  const std::string jws = request.body.substr(at + 1 + name.size());
  return ReadJwt(jws.substr(0, jws.find('&')));
}

}  // namespace oktasync::oauth::testing
