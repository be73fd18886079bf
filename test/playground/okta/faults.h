// Faults of the Okta side, played by the control port: which requests they hit, how often, and what happens.
//
// Thread-safe. A fault hits a request when its regular expression is found in "path?query"; the first `after`
// hits pass, the next `times` are spoilt. Of several faults that match, the oldest that is still due acts.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <regex>
#include <string>
#include <string_view>

#include "nlohmann/json.hpp"
#include "okta/message.h"

namespace playground::okta {

struct Fault {
  std::string path;
  std::string kind;
  int64_t after = 0;
  int64_t times = 1;  // below 0: for ever
  int status = 500;
  double seconds = 1;
  std::string code;          // Okta's error code for kind "status"
  std::string error;         // OAuth error for kind "status" at the token endpoint
  std::string text;          // its description, or Okta's errorSummary
  std::string body;          // for kind "body"; given as text, or base64url as "body_base64url"
  std::string content_type;  // for kind "body"
  int64_t repeat = 1;        // so often the body of kind "body"
  bool all_rows = false;     // for drop_embedded, null_embedded, missing_id: every row, not one
  nlohmann::json headers;    // kind "rate_headers": {limit, remaining, reset}, each a text or several;
                             // kind "body": {name: text}
};

class Faults {
 public:
  // Throws std::invalid_argument for an unknown kind, a bad expression or a value that makes no sense.
  void Add(const nlohmann::json& args);
  void Clear();
  // How many requests were hit since the last Clear.
  int64_t struck() const;
  // The fault that hits this request; counts it.
  std::optional<Fault> Hit(const std::string& target);

 private:
  struct Armed {
    Fault fault;
    std::regex expression;
    int64_t seen = 0;
  };
  mutable std::mutex mutex_;
  std::list<Armed> armed_;
  int64_t struck_ = 0;
};

// Kind "echo": an intermediary that throws the request back, headers, body and all, under the fault's status. `text`
// says where: "" in Okta's error body, "html", "header" (WWW-Authenticate, Link, Location), "cut" (200 with broken
// JSON). `without` is what would have been answered: its token, too, is thrown back.
Reply Echoed(const Fault& fault, const Request& request, bool token_endpoint, const Reply& without);

// The answers of faults that need nothing of the request but whether it is for the token endpoint.
Reply PlayedError(const Fault& fault, bool token_endpoint);

}  // namespace playground::okta
