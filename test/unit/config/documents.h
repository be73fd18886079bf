// Configurations for tests: a whole one, and the same with a change.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "nlohmann/json.hpp"

namespace oktasync::config {

inline nlohmann::json Minimal() {
  return nlohmann::json::parse(R"({
    "okta": {"org_url": "https://example.okta.com", "app_id": "0oa1app", "client_id": "0oa2client",
             "key_id": "kid-1"},
    "teleport": {"address": "auth.example.com:3025"}
  })");
}

// The minimal document with `value` at `pointer`.
inline std::string With(std::string_view pointer, nlohmann::json value) {
  nlohmann::json document = Minimal();
  document[nlohmann::json::json_pointer(std::string(pointer))] = std::move(value);
  return document.dump();
}

inline std::vector<std::string> Paths(const ParseResult& result) {
  std::vector<std::string> paths;
  for (const Problem& problem : result.problems) paths.push_back(problem.path);
  std::sort(paths.begin(), paths.end());
  return paths;
}

// The text of the one problem, or what there is instead.
inline std::string OneProblem(const std::string& document, std::string_view path) {
  const ParseResult result = Parse(document);
  if (result.problems.size() == 1 && result.problems[0].path == path) return result.problems[0].text;
  return "(" + std::to_string(result.problems.size()) + " problems) " + Describe(result.problems);
}

}  // namespace oktasync::config
