// A small Okta client for the playground's own tests: signs assertions as the test wants them, right or
// wrong.
//
// One playground process per fixture, with 120 people unless told otherwise. Not thread-safe.
#pragma once

#include <openssl/evp.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "playground/client.h"

namespace playground_test {

struct Answer {
  int status = 0;                                   // 0: no answer
  std::multimap<std::string, std::string> headers;  // names in lower case
  nlohmann::json body;                              // discarded when it is not JSON
  std::string text;
  std::string error;  // of the connection

  std::string Header(const std::string& name) const;
  std::string Code() const { return body.is_object() ? body.value("errorCode", "") : ""; }
  std::string Link(const std::string& rel) const;  // the URL of that relation, ""
};

class Okta {
 public:
  explicit Okta(std::vector<std::string> args = {"--users", "120"});

  playground::Client& control() { return *control_; }
  const nlohmann::json& info() const { return control_->info(); }
  std::string AppPath() const { return "/api/v1/apps/" + control_->Info("app_id"); }

  // The claims of a good assertion; a test changes what it wants.
  nlohmann::json Claims() const;
  std::string Sign(const nlohmann::json& claims, bool rsa = false, const std::string& kid = "") const;
  Answer Token(const std::string& assertion, const std::string& scope = "okta.apps.read okta.users.read");
  Answer PostForm(const std::string& form);
  // Any request, with these headers; a form when `form` is not empty.
  using Headers = std::vector<std::pair<std::string, std::string>>;
  Answer Ask(const std::string& method, const std::string& path, const Headers& headers,
             const std::string& form = "");
  std::string TokenForm(const std::string& assertion,
                        const std::string& scope = "okta.apps.read okta.users.read") const;
  // A good token, asked for anew.
  std::string AccessToken();

  // With `token`, "" for none; `path` may be a whole URL of this org.
  Answer Get(std::string path, const std::string& token);
  Answer Get(const std::string& path) { return Get(path, token_.empty() ? token_ = AccessToken() : token_); }
  Answer Send(const std::string& method, const std::string& path, const std::string& token);

  // All app users, following next links; `expand` is added to each.
  std::vector<nlohmann::json> Walk(int limit, bool expand);

 private:
  std::unique_ptr<playground::Client> control_;
  std::string token_;
};

// A JWS of that header and those claims, by that key (P-256 or RSA, SHA-256).
std::string SignJws(EVP_PKEY* key, const nlohmann::json& header, const nlohmann::json& claims);

}  // namespace playground_test
