// Okta's rate windows: one fixed minute per bucket, counted for the whole org.
//
// Sources: Okta "Rate limits" (buckets and defaults of a workforce org), "Rate limit best practices" (the
// three headers; Reset is in epoch seconds). An OAuth app may by default use half of a bucket. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "okta/clock.h"
#include "okta/message.h"

namespace playground::okta {

class RateLimits {
 public:
  // `real`: the limits of a workforce org, of which this one client gets half; else 100,000 a minute.
  RateLimits(bool real, OktaClock& clock);

  // "apps" (/api/v1/apps and below, but for the next), "app" (/api/v1/apps/{id}), "users", "user"
  // (/api/v1/users/{id}), "groups" (/api/v1/groups and below, but for the next), "group"
  // (/api/v1/groups/{id}), "oauth2", "logs", "other".
  static std::string BucketOf(std::string_view path);

  struct Window {
    int64_t limit = 0;
    int64_t remaining = 0;
    int64_t reset = 0;  // epoch seconds by Okta's clock
    bool refused = false;
  };
  Window Count(const std::string& bucket);       // one request
  Window Look(const std::string& bucket) const;  // without one

  // `remaining` empties the window now in part, as another client of the org would. Throws
  // std::invalid_argument for an unknown bucket.
  void Set(const std::string& bucket, std::optional<int64_t> limit, std::optional<int64_t> remaining,
           std::optional<double> window_seconds);

 private:
  using Steady = std::chrono::steady_clock;
  struct Bucket {
    int64_t limit = 0;
    int64_t usable = 0;  // by this client
    int64_t used = 0;
    std::chrono::duration<double> length{60};
    Steady::time_point began{};
  };
  void Roll(Bucket& bucket) const;
  Window See(const Bucket& bucket) const;

  OktaClock& clock_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Bucket> buckets_;
};

}  // namespace playground::okta
