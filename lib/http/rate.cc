#include "http/rate.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "http/date.h"

namespace oktasync::http {
namespace {

constexpr absl::Duration kShortestWait = absl::Seconds(1);
constexpr absl::Duration kLongestWait = absl::Seconds(90);
constexpr absl::Duration kUnexplainedWait = absl::Seconds(60);
constexpr absl::Duration kWindow = absl::Seconds(60);  // Okta's windows are a minute long
// Without any headers to go by: half of 100 a minute, the smallest limit of a paid org's bucket.
constexpr absl::Duration kBlindPause = absl::Milliseconds(1200);
// Beyond this a number is nonsense, and sums of such numbers would overflow.
constexpr int64_t kSaneNumber = int64_t{1} << 40;

// The one number that all values of the header agree on; a proxy may have joined them with commas.
int64_t ReadNumber(const Response& response, std::string_view name) {
  std::optional<int64_t> found;
  for (std::string_view rest : response.All(name)) {
    while (true) {
      const size_t comma = rest.find(',');
      const std::string_view text = Trim(rest.substr(0, comma));
      int64_t number = -1;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc() || end != text.data() + text.size()) return -1;
      if (number < 0 || number > kSaneNumber || (found && *found != number)) return -1;
      found = number;
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return found.value_or(-1);
}

// Reset - Date + 1 s, clamped; nullopt when one of them is not readable.
std::optional<absl::Duration> UntilReset(const RateHeaders& headers) {
  if (headers.reset < 0 || headers.date == absl::InfinitePast()) return std::nullopt;
  const absl::Duration left = absl::FromUnixSeconds(headers.reset) - headers.date + absl::Seconds(1);
  return std::clamp(left, kShortestWait, kLongestWait);
}

absl::Duration Doubled(int in_row) { return absl::Seconds(1 << std::clamp(in_row - 1, 0, 6)); }

absl::Duration Jittered(absl::Duration wait, double jitter) {
  return wait + std::min(wait / 2, absl::Seconds(5)) * std::clamp(jitter, 0.0, 1.0);
}

}  // namespace

RateHeaders RateHeaders::Read(const Response& response) {
  RateHeaders headers;
  headers.limit = ReadNumber(response, "x-rate-limit-limit");
  headers.remaining = ReadNumber(response, "x-rate-limit-remaining");
  headers.reset = ReadNumber(response, "x-rate-limit-reset");
  headers.date = ServerDate(response).value_or(absl::InfinitePast());
  return headers;
}

RefusalWait JudgeRefusal(int http_status, const RateHeaders& headers, int in_row) {
  if (http_status != 429) return {};
  if (headers.limit == 0 && headers.remaining == 0) {
    return {Refusal::kConcurrency, std::min(Doubled(in_row), kUnexplainedWait)};
  }
  const std::optional<absl::Duration> reset = UntilReset(headers);
  if (!reset) return {Refusal::kUnexplained, kUnexplainedWait};
  return {Refusal::kWindow, std::max(*reset, Doubled(in_row))};
}

absl::Duration PauseBetween(const RateWindowState& window, double share) {
  if (window.limit < 0) return absl::ZeroDuration();
  // One request a window is always ours: a share of less than one would be a standstill.
  const int64_t budget =
      std::max<int64_t>(1, std::llround(std::floor(static_cast<double>(window.limit) * share)));
  int64_t left = budget - window.ours;
  if (window.remaining >= 0) {
    if (window.remaining == 0) return absl::InfiniteDuration();
    const double of_remaining = std::ceil(static_cast<double>(window.remaining) * share);
    left = std::min<int64_t>(left, std::llround(of_remaining));
  }
  if (left <= 0) return absl::InfiniteDuration();
  if (left * 2 >= budget) return absl::ZeroDuration();
  return std::max(window.ends_in, absl::ZeroDuration()) / left;
}

absl::Duration TimeFor(RateWindowState window, double share, uint64_t requests) {
  constexpr absl::Duration kLongest = absl::Hours(24 * 365);
  if (window.limit < 0 || requests == 0) return absl::ZeroDuration();
  // Sends what this window takes, request by request; tells how long until the last of them is out.
  const auto spend = [share](RateWindowState& in, uint64_t& left) {
    absl::Duration sent_at;
    while (left > 0) {
      const absl::Duration pause = PauseBetween(in, share);
      if (pause == absl::InfiniteDuration()) break;
      sent_at += pause;
      in.ends_in -= pause;
      ++in.ours;
      if (in.remaining > 0) --in.remaining;
      --left;
    }
    return sent_at;
  };
  const absl::Duration rest_of_this = std::max(window.ends_in, absl::ZeroDuration());
  const absl::Duration here = spend(window, requests);
  if (requests == 0) return here;
  const RateWindowState fresh = {.limit = window.limit, .remaining = window.limit, .ends_in = kWindow};
  uint64_t left = requests;
  RateWindowState probe = fresh;
  absl::Duration last = spend(probe, left);
  uint64_t windows = 0;
  if (left > 0) {
    const uint64_t a_window = requests - left;
    if (a_window == 0) return kLongest;
    windows = (requests - 1) / a_window;
    requests -= windows * a_window;
    probe = fresh;
    last = spend(probe, requests);
  }
  return std::min(rest_of_this + kWindow * static_cast<double>(windows) + last, kLongest);
}

RateWindowState RateBudget::Bucket::WindowAt(absl::Duration now) const {
  if (limit >= 0 && now >= ends_at) return {.limit = limit, .remaining = limit, .ends_in = kWindow};
  return {.limit = limit, .remaining = remaining, .ours = ours, .ends_in = ends_at - now};
}

absl::Duration RateBudget::Acquire(std::string_view name, absl::Duration now, double jitter) {
  std::lock_guard lock(mutex_);
  auto it = buckets_.find(name);
  if (it == buckets_.end()) it = buckets_.emplace(std::string(name), Bucket()).first;
  Bucket& bucket = it->second;

  const RateWindowState window = bucket.WindowAt(now);
  if (bucket.limit >= 0 && now >= bucket.ends_at) {
    bucket.rolled = true;
    bucket.ours = window.ours;
    bucket.remaining = window.remaining;
    bucket.ends_at = now + window.ends_in;
  }
  const absl::Duration pause = PauseBetween(window, share_);
  absl::Duration ready = bucket.held_until;
  if (pause == absl::InfiniteDuration()) {
    ready = std::max(ready, Jittered(bucket.ends_at - now, jitter) + now);
  } else {
    ready = std::max(ready, bucket.last_sent + std::max(pause, bucket.blind ? kBlindPause : pause));
  }
  if (ready > now) {
    bucket.waited += ready - now;
    waits_until_ = std::max(waits_until_, ready);
    return ready - now;
  }
  ++bucket.requests;
  ++bucket.ours;
  if (bucket.remaining > 0) --bucket.remaining;
  bucket.last_sent = now;
  return absl::ZeroDuration();
}

RefusalWait RateBudget::Learn(std::string_view name, const Response& response, absl::Duration now,
                              double jitter) {
  const RateHeaders headers = RateHeaders::Read(response);
  std::lock_guard lock(mutex_);
  auto it = buckets_.find(name);
  if (it == buckets_.end()) it = buckets_.emplace(std::string(name), Bucket()).first;
  Bucket& bucket = it->second;

  // Limit 0 speaks of concurrency, not of the window.
  if (headers.limit > 0 && headers.remaining >= 0) {
    bucket.blind = false;
    const bool later = headers.reset > bucket.reset + 1;
    const bool earlier = headers.reset < bucket.reset - 1;
    if (bucket.limit < 0 || later || (bucket.rolled && earlier)) {
      // Another window than the one we knew (an earlier one: what we knew was nonsense). When we had reckoned
      // its begin already, what we sent since belongs to it.
      if (!bucket.rolled) bucket.ours = 1;
      bucket.remaining = bucket.rolled ? std::min(bucket.remaining, headers.remaining) : headers.remaining;
      bucket.rolled = false;
      bucket.ends_at = now + UntilReset(headers).value_or(kWindow);
      bucket.reset = headers.reset;
      bucket.limit = headers.limit;
    } else if (!earlier && !bucket.rolled) {
      // Within a window remaining only falls; answers may overtake each other.
      bucket.remaining = std::min(bucket.remaining, headers.remaining);
      bucket.limit = headers.limit;
    }
  } else if (response.status >= 200 && response.status < 300) {
    bucket.blind = true;
  }

  if (response.status != 429) {
    bucket.refused_in_row = 0;
    return {};
  }
  ++bucket.refused;
  ++bucket.refused_in_row;
  RefusalWait refusal = JudgeRefusal(response.status, headers, bucket.refused_in_row);
  refusal.wait = Jittered(refusal.wait, jitter);
  bucket.held_until = std::max(bucket.held_until, now + refusal.wait);
  return refusal;
}

std::optional<absl::Duration> RateBudget::TimeFor(std::string_view name, uint64_t requests,
                                                  absl::Duration now) const {
  RateWindowState window;
  absl::Duration held;
  {
    std::lock_guard lock(mutex_);
    const auto it = buckets_.find(name);
    if (it == buckets_.end() || it->second.limit < 0) return std::nullopt;
    window = it->second.WindowAt(now);
    held = std::max(it->second.held_until - now, absl::ZeroDuration());
  }
  return std::max(held, http::TimeFor(window, share_, requests));
}

absl::Duration RateBudget::Waiting(absl::Duration now) const {
  std::lock_guard lock(mutex_);
  return std::max(waits_until_ - now, absl::ZeroDuration());
}

void RateBudget::NoteWait(absl::Duration until) {
  std::lock_guard lock(mutex_);
  waits_until_ = std::max(waits_until_, until);
}

std::vector<RateSnapshot> RateBudget::Snapshot() const {
  std::lock_guard lock(mutex_);
  std::vector<RateSnapshot> out;
  for (const auto& [name, bucket] : buckets_) {
    out.push_back({.bucket = name,
                   .limit = bucket.limit,
                   .remaining = bucket.remaining,
                   .resets_at = bucket.reset < 0 ? absl::InfinitePast() : absl::FromUnixSeconds(bucket.reset),
                   .requests = bucket.requests,
                   .refused = bucket.refused,
                   .waited = bucket.waited});
  }
  return out;
}

}  // namespace oktasync::http
