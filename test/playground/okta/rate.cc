#include "okta/rate.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace playground::okta {
namespace {

struct Default {
  const char* bucket;
  int64_t limit;
};

// https://developer.okta.com/docs/reference/rl-global-mgmt, column Workforce.
constexpr Default kWorkforce[] = {{"apps", 100},  {"app", 500},     {"users", 600},
                                  {"user", 2000}, {"groups", 500},  {"group", 1000},
                                  {"logs", 120},  {"oauth2", 2000}, {"other", 1200}};
constexpr int64_t kGenerous = 100'000;

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

RateLimits::RateLimits(bool real, OktaClock& clock) : clock_(clock) {
  for (const auto& [name, limit] : kWorkforce) {
    Bucket bucket;
    bucket.limit = real ? limit : kGenerous;
    bucket.usable = real ? limit / 2 : kGenerous;
    buckets_[name] = bucket;
  }
}

std::string RateLimits::BucketOf(std::string_view path) {
  const auto one_below = [path](std::string_view prefix) {
    return StartsWith(path, prefix) && path.size() > prefix.size() &&
           path.find('/', prefix.size()) == std::string_view::npos;
  };
  if (one_below("/api/v1/apps/")) return "app";
  if (StartsWith(path, "/api/v1/apps")) return "apps";
  if (one_below("/api/v1/users/")) return "user";
  if (path == "/api/v1/users") return "users";
  if (one_below("/api/v1/groups/")) return "group";
  if (StartsWith(path, "/api/v1/groups")) return "groups";
  if (StartsWith(path, "/api/v1/logs")) return "logs";
  if (StartsWith(path, "/oauth2/")) return "oauth2";
  return "other";
}

void RateLimits::Roll(Bucket& bucket) const {
  const auto now = Steady::now();
  if (now - bucket.began < bucket.length) return;
  bucket.began = now;
  bucket.used = 0;
}

RateLimits::Window RateLimits::See(const Bucket& bucket) const {
  const std::chrono::duration<double> left = bucket.length - (Steady::now() - bucket.began);
  Window window;
  window.limit = bucket.limit;
  window.remaining = std::max<int64_t>(0, bucket.limit - bucket.used);
  window.reset = static_cast<int64_t>(
      std::ceil(static_cast<double>(clock_.NowMilliseconds()) / 1000 + std::max(0.0, left.count())));
  return window;
}

RateLimits::Window RateLimits::Count(const std::string& name) {
  std::lock_guard lock(mutex_);
  Bucket& bucket = buckets_.at(name);
  Roll(bucket);
  const bool refused = bucket.used >= bucket.usable;
  if (!refused) ++bucket.used;
  Window window = See(bucket);
  window.refused = refused;
  if (refused) window.remaining = 0;
  return window;
}

RateLimits::Window RateLimits::Look(const std::string& name) const {
  std::lock_guard lock(mutex_);
  Bucket& bucket = buckets_.at(name);
  Roll(bucket);
  return See(bucket);
}

void RateLimits::Set(const std::string& name, std::optional<int64_t> limit, std::optional<int64_t> remaining,
                     std::optional<double> window_seconds) {
  std::lock_guard lock(mutex_);
  const auto found = buckets_.find(name);
  if (found == buckets_.end()) {
    throw std::invalid_argument("no bucket " + name +
                                "; there are apps, app, users, user, groups, group, oauth2, logs, other");
  }
  Bucket& bucket = found->second;
  if (window_seconds) {
    bucket.length = std::chrono::duration<double>(*window_seconds);
    bucket.began = {};
  }
  Roll(bucket);
  if (limit) bucket.limit = bucket.usable = *limit;
  if (remaining) bucket.used = bucket.usable - *remaining;
}

}  // namespace playground::okta
