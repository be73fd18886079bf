// One request on its way through OktaApi. For api.cc and api_groups.cc alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "okta/api.h"

namespace playground::okta {

struct OktaApi::Call {
  const Request& request;
  std::string origin;  // "https://localhost:1234", as the caller spelt it
  std::vector<std::string> segments;
  std::optional<Fault> fault;
  std::string client;
  std::string bucket;
  RateLimits::Window window;
  bool last_page = false;  // of a list: no other was announced

  bool Plays(std::string_view kind) const { return fault && fault->kind == kind; }
};

// What a list's `limit` and `after` ask for.
struct OktaApi::Paging {
  uint64_t from = 0;
  size_t limit = 0;
};

}  // namespace playground::okta
