// The rate budget. Times are made up: Okta's clock stands at kEpoch when ours says zero, and runs with it.
#include "http/rate.h"

#include <catch2/catch.hpp>

#include "http/date.h"

namespace oktasync::http {
namespace {

constexpr int64_t kEpoch = 1'795'330'080;  // the start of a window
const std::string kBucket = "/api/v1/apps";

std::string HttpDate(absl::Time time) {
  const absl::string_view format = "%a, %d %b %Y %H:%M:%S GMT";
  return std::string(absl::FormatTime(format, time, absl::UTCTimeZone()));
}

struct Shown {
  std::string limit = "100";
  std::string remaining = "99";
  std::string reset = std::to_string(kEpoch + 60);
  std::string date = "";
};

// "-": the header is missing. "a|b": it comes twice.
Response Answer(int status, absl::Duration now, Shown shown) {
  if (shown.date.empty())
    shown.date = HttpDate(absl::FromUnixSeconds(kEpoch) + absl::Floor(now, absl::Seconds(1)));
  Response response;
  response.status = status;
  const auto add = [&](const std::string& name, std::string value) {
    if (value == "-") return;
    for (size_t bar = value.find('|'); bar != std::string::npos; bar = value.find('|')) {
      response.headers.emplace_back(name, value.substr(0, bar));
      value.erase(0, bar + 1);
    }
    response.headers.emplace_back(name, value);
  };
  add("x-rate-limit-limit", shown.limit);
  add("x-rate-limit-remaining", shown.remaining);
  add("x-rate-limit-reset", shown.reset);
  add("date", shown.date);
  return response;
}

RefusalWait Judge(const Shown& shown, int in_row = 1, absl::Duration now = absl::Seconds(20)) {
  return JudgeRefusal(429, RateHeaders::Read(Answer(429, now, shown)), in_row);
}

// An org's bucket of `limit` requests a minute, of which others take `others` at the start of each window.
class Org {
 public:
  Org(int limit, int others) : limit_(limit), others_(others) {}
  Response Serve(absl::Duration now) {
    const int64_t window = absl::IDivDuration(now, absl::Minutes(1), &left_);
    if (window != window_) {
      window_ = window;
      used_ = others_;
      ours_ = 0;
    }
    const bool refused = used_ >= limit_;
    if (refused) {
      ++refusals;
    } else {
      ++used_;
    }
    ++ours_;
    most_ours = std::max(most_ours, ours_);
    return Answer(refused ? 429 : 200, now,
                  {.limit = std::to_string(limit_),
                   .remaining = std::to_string(limit_ - used_),
                   .reset = std::to_string(kEpoch + (window + 1) * 60)});
  }
  int refusals = 0;
  int most_ours = 0;

 private:
  const int limit_;
  const int others_;
  int64_t window_ = -1;
  absl::Duration left_;
  int used_ = 0;
  int ours_ = 0;
};

// How long `requests` one after the other take, with answers that need 100 ms.
absl::Duration Walk(RateBudget& budget, Org& org, int requests, double jitter = 0.5) {
  absl::Duration now = absl::Seconds(7);
  const absl::Duration begin = now;
  for (int i = 0; i < requests;) {
    const absl::Duration wait = budget.Acquire(kBucket, now, jitter);
    now += wait;
    if (wait > absl::ZeroDuration()) continue;
    const Response response = org.Serve(now);
    now += absl::Milliseconds(100);
    if (budget.Learn(kBucket, response, now, jitter).refusal == Refusal::kNone) ++i;
    REQUIRE(now - begin < absl::Hours(10));
  }
  return now - begin;
}

}  // namespace

TEST_CASE("Date: IMF-fixdate and nothing else") {
  CHECK(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT") == absl::FromUnixSeconds(784111777));
  for (const char* bad :
       {"", "Sunday, 06-Nov-94 08:49:37 GMT", "784111777", "Sun, 06 Nov 1994 08:49:37", "infinite-future"}) {
    CAPTURE(bad);
    CHECK(ParseHttpDate(bad) == std::nullopt);
  }
  Response response;
  CHECK(ServerDate(response) == std::nullopt);
  response.headers = {{"date", "Sun, 06 Nov 1994 08:49:37 GMT"}};
  CHECK(ServerDate(response) == absl::FromUnixSeconds(784111777));
  response.headers.emplace_back("date", "Sun, 06 Nov 1994 08:49:38 GMT");
  CHECK(ServerDate(response) == std::nullopt);
}

TEST_CASE("time left: from the window, as the budget then really takes") {
  for (const auto& [limit, others, requests] :
       {std::tuple<int, int, int>{100, 0, 30}, {100, 0, 49}, {100, 0, 500}, {20, 0, 200}, {600, 100, 2000}}) {
    CAPTURE(limit, others, requests);
    RateBudget budget(0.5);
    Org org(limit, others);
    CHECK(budget.TimeFor(kBucket, 10, absl::Seconds(7)) == std::nullopt);  // nothing is known yet
    Walk(budget, org, 1, 0.0);
    const auto left = budget.TimeFor(kBucket, requests, absl::Seconds(7) + absl::Milliseconds(100));
    REQUIRE(left.has_value());
    // The same budget from there on: answers take 100 ms each, and each window's end a second more.
    RateBudget again(0.5);
    Org same(limit, others);
    const absl::Duration took = Walk(again, same, requests + 1, 0.0);
    CHECK(*left <= took + absl::Seconds(1));
    CHECK(*left >= took * 0.8 - absl::Milliseconds(100) * requests - absl::Seconds(5));
  }
}

TEST_CASE("time left: an empty window, a 429 and a limit of nothing") {
  const absl::Duration rest =
      TimeFor({.limit = 100, .remaining = 0, .ours = 50, .ends_in = absl::Seconds(30)}, 0.5, 1);
  CHECK(rest == absl::Seconds(30));
  CHECK(TimeFor({.limit = 100, .remaining = 100, .ours = 0, .ends_in = absl::Seconds(60)}, 0.5, 25) ==
        absl::ZeroDuration());
  CHECK(TimeFor({}, 0.5, 1000) == absl::ZeroDuration());
  CHECK(TimeFor({.limit = 0, .remaining = 0, .ours = 0, .ends_in = absl::Seconds(1)}, 0.5, 5) >
        absl::Hours(24));
  RateBudget budget(0.5);
  budget.Learn(kBucket, Answer(200, absl::Seconds(1), {}), absl::Seconds(1), 0);
  budget.Learn(kBucket, Answer(429, absl::Seconds(1), {.limit = "0", .remaining = "0"}), absl::Seconds(1), 0);
  CHECK(budget.TimeFor(kBucket, 1, absl::Seconds(1)) == absl::Seconds(1));
}

TEST_CASE("who waits, for which bucket and how much longer, is told until it is let go") {
  RateBudget budget(0.5);
  CHECK(budget.Waiting(absl::Seconds(1)) == absl::ZeroDuration());
  REQUIRE(budget.Acquire("other", absl::Seconds(1), 0) == absl::ZeroDuration());
  REQUIRE(budget.Acquire(kBucket, absl::Seconds(1), 0) == absl::ZeroDuration());
  budget.Learn(kBucket, Answer(200, absl::Seconds(1), {.remaining = "0"}), absl::Seconds(1), 0);
  CHECK(budget.Waiting(absl::Seconds(1)) == absl::ZeroDuration());  // nobody asked since
  const absl::Duration wait = budget.Acquire(kBucket, absl::Seconds(2), 0);
  REQUIRE(wait > absl::Seconds(10));
  CHECK(budget.Waiting(absl::Seconds(7)) == wait - absl::Seconds(5));
  CHECK(budget.Waiting(absl::Seconds(2) + wait) == absl::ZeroDuration());
  // Who is let go meanwhile hides nobody who waits.
  REQUIRE(budget.Acquire("other", absl::Seconds(8), 0) == absl::ZeroDuration());
  CHECK(budget.Waiting(absl::Seconds(8)) == wait - absl::Seconds(6));
  budget.NoteWait(absl::Seconds(100));
  CHECK(budget.Waiting(absl::Seconds(90)) == absl::Seconds(10));
}

TEST_CASE("window 429: wait for Reset - Date + 1 s (okta-sdk-golang PR #168)") {
  const RefusalWait wait = Judge({.remaining = "0"});
  CHECK(wait.refusal == Refusal::kWindow);
  CHECK(wait.wait == absl::Seconds(41));
}

TEST_CASE("concurrency 429 (limit 0 and remaining 0): 1, 2, 4 ... s, whatever Reset estimates") {
  for (int in_row = 1; in_row <= 6; ++in_row) {
    const RefusalWait wait = Judge({.limit = "0", .remaining = "0"}, in_row);
    CHECK(wait.refusal == Refusal::kConcurrency);
    CHECK(wait.wait == absl::Seconds(1 << (in_row - 1)));
  }
  CHECK(Judge({.limit = "0", .remaining = "0"}, 1000).wait == absl::Seconds(60));
}

TEST_CASE("Reset in the past waits a second, and longer each time it is refused again") {
  CHECK(Judge({.remaining = "0", .reset = std::to_string(kEpoch - 5000)}).wait == absl::Seconds(1));
  CHECK(Judge({.remaining = "0", .reset = "0"}, 4).wait == absl::Seconds(8));
}

TEST_CASE("Reset hours away waits 90 s") {
  CHECK(Judge({.remaining = "0", .reset = std::to_string(kEpoch + 36'000)}).wait == absl::Seconds(90));
}

TEST_CASE("okta-sdk-nodejs 8.1: no Date header must not become a retry after 1 ms") {
  CHECK(Judge({.remaining = "0", .date = "-"}).wait == absl::Seconds(60));
  CHECK(Judge({.remaining = "0", .date = "yesterday"}).wait == absl::Seconds(60));
}

TEST_CASE("OKTA-112507: a duplicated Reset") {
  const std::string reset = std::to_string(kEpoch + 60);
  const std::string other = std::to_string(kEpoch + 61);
  CHECK(Judge({.remaining = "0", .reset = reset + "|" + other}).wait == absl::Seconds(60));
  CHECK(Judge({.remaining = "0", .reset = reset + ", " + other}).wait == absl::Seconds(60));
  // The same value twice contradicts nothing.
  CHECK(Judge({.remaining = "0", .reset = reset + "|" + reset}).wait == absl::Seconds(41));
  CHECK(Judge({.remaining = "0", .reset = reset + ", " + reset}).wait == absl::Seconds(41));
}

TEST_CASE("okta-sdk-golang: a Reset that is missing or no number is a wait of 60 s, not the end") {
  for (const char* reset :
       {"-", "", "soon", "1e9", "-5", "+5", "12.5", "99999999999999999999999999", "0x10"}) {
    CAPTURE(reset);
    const RefusalWait wait = Judge({.remaining = "0", .reset = reset});
    CHECK(wait.refusal == Refusal::kUnexplained);
    CHECK(wait.wait == absl::Seconds(60));
  }
  CHECK(Judge({.limit = "-", .remaining = "-", .reset = "-", .date = "-"}).wait == absl::Seconds(60));
}

TEST_CASE("only a 429 is a refusal") {
  for (int status : {200, 401, 403, 500, 503}) {
    CHECK(JudgeRefusal(status, RateHeaders::Read(Answer(status, absl::ZeroDuration(), {.remaining = "0"})), 1)
              .refusal == Refusal::kNone);
  }
}

TEST_CASE("the budget keeps everybody of the bucket waiting after a 429, and no other bucket") {
  RateBudget budget(0.5);
  const absl::Duration now = absl::Seconds(20);
  REQUIRE(budget.Acquire(kBucket, now, 0) == absl::ZeroDuration());
  const RefusalWait told = budget.Learn(kBucket, Answer(429, now, {.remaining = "0"}), now, 0);
  CHECK(told.wait == absl::Seconds(41));
  CHECK(budget.Acquire(kBucket, now + absl::Seconds(1), 0) == absl::Seconds(40));
  CHECK(budget.Acquire("/api/v1/users/{id}", now + absl::Seconds(1), 0) == absl::ZeroDuration());
  CHECK(budget.Acquire(kBucket, now + absl::Seconds(41), 0) == absl::ZeroDuration());
}

TEST_CASE("the row of refusals ends with an answer that is none") {
  RateBudget budget(0.5);
  const Shown busy = {.limit = "0", .remaining = "0"};
  absl::Duration now;
  CHECK(budget.Learn(kBucket, Answer(429, now, busy), now, 0).wait == absl::Seconds(1));
  CHECK(budget.Learn(kBucket, Answer(429, now, busy), now, 0).wait == absl::Seconds(2));
  budget.Learn(kBucket, Answer(200, now, {}), now, 0);
  CHECK(budget.Learn(kBucket, Answer(429, now, busy), now, 0).wait == absl::Seconds(1));
}

TEST_CASE("jitter only ever adds, and is bounded") {
  for (const Shown& shown :
       {Shown{.remaining = "0"}, Shown{.limit = "0", .remaining = "0"}, Shown{.reset = "-"}}) {
    RateBudget plain(0.5);
    RateBudget jittered(0.5);
    const Response answer = Answer(429, absl::ZeroDuration(), shown);
    const absl::Duration least = plain.Learn(kBucket, answer, absl::ZeroDuration(), 0).wait;
    const absl::Duration most = jittered.Learn(kBucket, answer, absl::ZeroDuration(), 0.999).wait;
    CHECK(most > least);
    CHECK(most <= least * 1.5);
    CHECK(most <= least + absl::Seconds(5));
  }
}

TEST_CASE("half of our share goes at once, the rest is spread over the window, and not one more") {
  const auto pause = [](int64_t remaining, int64_t ours) {
    return PauseBetween({.limit = 100, .remaining = remaining, .ours = ours, .ends_in = absl::Seconds(50)},
                        0.5);
  };
  CHECK(pause(100, 0) == absl::ZeroDuration());
  CHECK(pause(75, 25) == absl::ZeroDuration());
  CHECK(pause(70, 30) == absl::Seconds(50) / 20);
  CHECK(pause(51, 49) == absl::Seconds(50));
  CHECK(pause(50, 50) == absl::InfiniteDuration());
}

TEST_CASE("remaining falls because another client eats the budget: slower, but not to a halt") {
  const auto pause = [](int64_t remaining) {
    return PauseBetween({.limit = 100, .remaining = remaining, .ours = 1, .ends_in = absl::Seconds(40)}, 0.5);
  };
  CHECK(pause(99) == absl::ZeroDuration());
  CHECK(pause(40) == absl::Seconds(2));
  CHECK(pause(20) == absl::Seconds(4));
  CHECK(pause(1) == absl::Seconds(40));
  CHECK(pause(0) == absl::InfiniteDuration());
}

TEST_CASE("a bucket whose share is less than one request still gets one a window") {
  CHECK(PauseBetween({.limit = 1, .remaining = 1, .ours = 0, .ends_in = absl::Seconds(60)}, 0.5) ==
        absl::ZeroDuration());
  CHECK(PauseBetween({.limit = 1, .remaining = 0, .ours = 1, .ends_in = absl::Seconds(60)}, 0.5) ==
        absl::InfiniteDuration());
}

TEST_CASE("golang #434: a long walk stays within its share of every window and meets no 429") {
  RateBudget budget(0.5);
  Org org(100, 0);
  const absl::Duration took = Walk(budget, org, 200);
  CHECK(org.refusals == 0);
  CHECK(org.most_ours <= 50);
  // 200 pages at 50 a minute: three resets to wait for, and not much more.
  CHECK(took > absl::Minutes(2));
  CHECK(took < absl::Minutes(6));
}

TEST_CASE("a walk of few pages waits for nothing") {
  RateBudget budget(0.5);
  Org org(100, 0);
  CHECK(Walk(budget, org, 25) == absl::Milliseconds(100) * 25);
}

TEST_CASE("terraform #186: with others taking most of the bucket the walk goes on, slower, without 429") {
  RateBudget budget(0.5);
  Org org(100, 90);
  Walk(budget, org, 100);
  CHECK(org.refusals == 0);
  CHECK(org.most_ours <= 10);
}

TEST_CASE("a bucket that others keep empty: refused, waited out, and in the end done") {
  RateBudget budget(0.5);
  Org org(20, 19);
  CHECK(Walk(budget, org, 10) < absl::Minutes(25));
  CHECK(org.refusals <= 10);
}

TEST_CASE("rate headers missing: slower, and it finishes") {
  RateBudget budget(0.5);
  const Shown none = {.limit = "-", .remaining = "-", .reset = "-"};
  absl::Duration now;
  for (int i = 0; i < 100; ++i) {
    const absl::Duration wait = budget.Acquire(kBucket, now, 0.5);
    CHECK(wait == (i == 0 ? absl::ZeroDuration() : absl::Milliseconds(1100)));
    now += wait;
    if (i > 0) REQUIRE(budget.Acquire(kBucket, now, 0.5) == absl::ZeroDuration());
    now += absl::Milliseconds(100);
    budget.Learn(kBucket, Answer(200, now, none), now, 0.5);
  }
  // One readable answer, and it goes at full speed again.
  budget.Learn(kBucket, Answer(200, now, {.reset = std::to_string(kEpoch + 600)}), now, 0.5);
  CHECK(budget.Acquire(kBucket, now, 0.5) == absl::ZeroDuration());
}

TEST_CASE("a Reset from the far future in one answer does not spoil the windows after it") {
  RateBudget budget(0.5);
  budget.Acquire(kBucket, absl::ZeroDuration(), 0);
  budget.Learn(kBucket, Answer(200, absl::ZeroDuration(), {.remaining = "0", .reset = "900000000000"}),
               absl::ZeroDuration(), 0);
  CHECK(budget.Acquire(kBucket, absl::ZeroDuration(), 0) == absl::Seconds(90));
  Org org(100, 0);
  Walk(budget, org, 120);
  CHECK(org.refusals == 0);
  CHECK(org.most_ours <= 50);
}

TEST_CASE("after a nonsensical Reset the next window's headers are believed again") {
  RateBudget budget(0.5);
  budget.Acquire(kBucket, absl::ZeroDuration(), 0);
  budget.Learn(kBucket, Answer(200, absl::ZeroDuration(), {.reset = "900000000000"}), absl::ZeroDuration(),
               0);
  const absl::Duration later = absl::Seconds(130);
  REQUIRE(budget.Acquire(kBucket, later, 0) == absl::ZeroDuration());
  const std::string reset = std::to_string(kEpoch + 180);
  budget.Learn(kBucket, Answer(200, later, {.remaining = "3", .reset = reset}), later, 0);
  CHECK(budget.Snapshot().at(0).remaining == 3);
  CHECK(budget.Snapshot().at(0).resets_at == absl::FromUnixSeconds(kEpoch + 180));
}

TEST_CASE("what is sent in a new window before its first answer counts in that window") {
  RateBudget budget(0.5);
  budget.Acquire(kBucket, absl::ZeroDuration(), 0);
  budget.Learn(kBucket, Answer(200, absl::ZeroDuration(), {.limit = "10", .remaining = "9"}),
               absl::ZeroDuration(), 0);
  const absl::Duration later = absl::Seconds(65);
  for (int i = 0; i < 3; ++i) REQUIRE(budget.Acquire(kBucket, later, 0) == absl::ZeroDuration());
  const std::string reset = std::to_string(kEpoch + 120);
  budget.Learn(kBucket, Answer(200, later, {.limit = "10", .remaining = "7", .reset = reset}), later, 0);
  // Three of our five are gone: the last two are spread over the 56 s that are left.
  CHECK(budget.Acquire(kBucket, later, 0) == absl::Seconds(28));
}

TEST_CASE("requests under way count before their answers come") {
  RateBudget budget(1.0);
  budget.Acquire(kBucket, absl::ZeroDuration(), 0);
  budget.Learn(kBucket, Answer(200, absl::ZeroDuration(), {.remaining = "4"}), absl::ZeroDuration(), 0);
  const absl::Duration now = absl::Seconds(21);
  REQUIRE(budget.Acquire(kBucket, now, 0) == absl::ZeroDuration());
  // Three are left for 40 s, and no answer to the last one is known yet.
  CHECK(budget.Acquire(kBucket, now, 0) == absl::Seconds(40) / 3);
}

TEST_CASE("concurrency 429 holds the bucket although its window has room") {
  RateBudget budget(0.5);
  budget.Acquire(kBucket, absl::ZeroDuration(), 0);
  budget.Learn(kBucket, Answer(200, absl::ZeroDuration(), {}), absl::ZeroDuration(), 0);
  budget.Learn(kBucket, Answer(429, absl::ZeroDuration(), {.limit = "0", .remaining = "0"}),
               absl::ZeroDuration(), 0);
  CHECK(budget.Acquire(kBucket, absl::ZeroDuration(), 0) == absl::Seconds(1));
  CHECK(budget.Acquire(kBucket, absl::Seconds(1), 0) == absl::ZeroDuration());
}

TEST_CASE("answers that overtake each other do not give back what is spent") {
  RateBudget budget(1.0);
  const absl::Duration now = absl::Seconds(1);
  for (int i = 0; i < 3; ++i) budget.Acquire(kBucket, now, 0);
  budget.Learn(kBucket, Answer(200, now, {.remaining = "10"}), now, 0);
  budget.Learn(kBucket, Answer(200, now, {.remaining = "12"}), now, 0);
  CHECK(budget.Snapshot().at(0).remaining == 10);
  // Nor does an answer of the window before.
  budget.Learn(kBucket, Answer(200, now, {.remaining = "90", .reset = std::to_string(kEpoch)}), now, 0);
  CHECK(budget.Snapshot().at(0).remaining == 10);
}

TEST_CASE("the snapshot tells what a report shows") {
  RateBudget budget(0.5);
  budget.Acquire("b", absl::ZeroDuration(), 0);
  budget.Acquire("a", absl::ZeroDuration(), 0);
  budget.Learn("a", Answer(429, absl::ZeroDuration(), {.remaining = "0"}), absl::ZeroDuration(), 0);
  budget.Acquire("a", absl::ZeroDuration(), 0);
  const std::vector<RateSnapshot> seen = budget.Snapshot();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].bucket == "a");
  CHECK(seen[0].limit == 100);
  CHECK(seen[0].remaining == 0);
  CHECK(seen[0].resets_at == absl::FromUnixSeconds(kEpoch + 60));
  CHECK(seen[0].requests == 1);
  CHECK(seen[0].refused == 1);
  CHECK(seen[0].waited == absl::Seconds(61));
  CHECK(seen[1].bucket == "b");
  CHECK(seen[1].limit == -1);
  CHECK(seen[1].resets_at == absl::InfinitePast());
}

}  // namespace oktasync::http
