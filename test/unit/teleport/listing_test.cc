// teleport/listing.h: nobody is lost at a page border (DESIGN section 4; Teleport 18.0.0).
#include "teleport/listing.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <map>
#include <random>
#include <set>

#include "absl/strings/cord.h"
#include "base/status.h"
#include "teleport/errors.h"
#include "world.h"

namespace oktasync::teleport {
namespace {

std::string Name(int i) {
  char text[16];
  std::snprintf(text, sizeof(text), "u%07d", i);
  return text;
}

// Lists names as 18.0.0 does, or as it should. Pages are given as sizes alone: names are made up on the spot,
// so that a listing of a million costs nothing.
struct FakeServer {
  int users = 0;
  bool border_bug = true;
  std::set<int> seen;  // visited, of those that a border lost at least once, or all
  std::set<int> lost;
  std::set<int> visited_in_doubt;
  int pages = 0;
  std::vector<int> sizes;

  absl::StatusOr<ListedPage> Read(int size, const std::string& token, const Wanted& wanted) {
    ++pages;
    sizes.push_back(size);
    const int begin = token.empty() ? 0 : std::stoi(token);
    const int end = std::min(users, begin + size);
    ListedPage page;
    if (begin < end) {
      page.first = Name(begin);
      page.last = Name(end - 1);
    }
    for (int i = begin; i < end; ++i) {
      if (wanted == nullptr || wanted(Name(i))) seen.insert(i);
    }
    if (end < users) {
      if (border_bug) lost.insert(end);
      page.next_token = std::to_string(border_bug ? end + 1 : end);
    }
    return page;
  }

  absl::Status List(int page_size, bool loses) {
    return ReadListing(page_size, loses, [this](int size, const std::string& token, const Wanted& wanted) {
      return Read(size, token, wanted);
    });
  }
};

TEST_CASE("listing: every user is in the union, for each number of users and each page size") {
  for (int page_size : {1, 2, 3, 4, 5, 7, 8, 9, 10, 16, 33, 100}) {
    for (int users = 0; users <= 400; ++users) {
      FakeServer server;
      server.users = users;
      REQUIRE(server.List(page_size, true).ok());
      INFO("page size " << page_size << ", users " << users);
      REQUIRE(server.seen.size() == static_cast<size_t>(users));
    }
  }
}

TEST_CASE("listing: borders never meet, where two page sizes alone would (500 and 497 do at user 83,166)") {
  const auto lost_with = [](int page_size, int users) {
    std::set<int> lost;
    for (int i = page_size; i < users; i += page_size + 1) lost.insert(i);
    return lost;
  };
  const std::set<int> a = lost_with(500, 100'000);
  const std::set<int> b = lost_with(497, 100'000);
  std::vector<int> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  REQUIRE(both == std::vector<int>{83'165});  // what this test guards against is real

  for (const int page_size : {500, 497, 499, 1000, 333}) {
    FakeServer server;
    server.users = 300'000;
    REQUIRE(server.List(page_size, true).ok());
    CHECK(server.seen.size() == 300'000);
    CHECK(server.pages < 2 * 300'000 / page_size + 4);  // two listings, no more
  }
}

TEST_CASE("listing: without the second listing users are lost, and a good server is listed once") {
  FakeServer server;
  server.users = 1000;
  REQUIRE(server.List(100, false).ok());
  CHECK(server.seen.size() == 1000 - 9);
  FakeServer good;
  good.users = 1000;
  good.border_bug = false;
  REQUIRE(good.List(100, false).ok());
  CHECK(good.seen.size() == 1000);
  CHECK(good.pages == 10);
}

TEST_CASE("listing: one page has no border, so it is read once") {
  FakeServer server;
  server.users = 100;
  REQUIRE(server.List(100, true).ok());
  CHECK(server.pages == 1);
}

TEST_CASE("listing: too large an answer is asked for again by halves") {
  FakeServer server;
  server.users = 1000;
  server.border_bug = GENERATE(true, false);
  int refused = 0;
  const absl::Status status = ReadListing(
      400, server.border_bug,
      [&](int size, const std::string& token, const Wanted& wanted) -> absl::StatusOr<ListedPage> {
        const int begin = token.empty() ? 0 : std::stoi(token);
        if (begin > 300 && size > 60) {
          ++refused;
          return AnswerInWords({"ListUsers", "", "x"}, {8, "received message larger than max (9 vs. 4)", {}});
        }
        return server.Read(size, token, wanted);
      });
  CHECK(status.ok());
  CHECK(refused >= 2);
  CHECK(server.seen.size() == 1000);
}

TEST_CASE("listing: a single user that is too large for any answer is an error, not a loop") {
  int calls = 0;
  const absl::Status status = ReadListing(400, false, [&](int, const std::string&, const Wanted&) {
    ++calls;
    return absl::StatusOr<ListedPage>(
        AnswerInWords({"ListUsers", "", "x"}, {8, "message larger than max", {}}));
  });
  CHECK(status.code() == absl::StatusCode::kResourceExhausted);
  CHECK(calls == 9);  // 400, 200, 100, 50, 25, 12, 6, 3, 1
}

TEST_CASE("listing: a token that comes twice ends it") {
  const bool loses = GENERATE(true, false);
  int i = 0;
  const absl::Status status = ReadListing(10, loses, [&](int, const std::string&, const Wanted&) {
    const std::string name = Name(i++);
    return absl::StatusOr<ListedPage>(ListedPage{name, name, true, i > 100 ? "" : i % 2 == 0 ? "a" : "b"});
  });
  CHECK(status.code() == absl::StatusCode::kDataLoss);
  CHECK(i <= 3);
}

TEST_CASE("listing: names out of order prove nothing, so a losing server's list is refused") {
  const auto out_of_order = [](int, const std::string& token, const Wanted&) {
    return absl::StatusOr<ListedPage>(token.empty() ? ListedPage{"m", "z", true, "1"}
                                                    : ListedPage{"b", "c", true, ""});
  };
  CHECK(ReadListing(10, true, out_of_order).code() == absl::StatusCode::kDataLoss);
  CHECK(ReadListing(10, false, out_of_order).ok());
}

TEST_CASE("listing: a list that changes in between is read again until nobody can be missing") {
  // Before the second listing so many users appear in front that its borders fall where the first one's were.
  std::map<int, int> pages_at;
  int listing = 0;
  int shift = 0;
  std::set<std::string> seen;
  const ReadPage read = [&](int size, const std::string& token,
                            const Wanted& wanted) -> absl::StatusOr<ListedPage> {
    if (token.empty()) {
      ++listing;
      shift = listing == 2 ? 50 : 0;  // half a page, only while the second one is read
    }
    const int begin = token.empty() ? -shift : std::stoi(token);
    const int end = std::min(1000, begin + size);
    ListedPage page;
    const auto name = [](int i) { return i < 0 ? "a" + Name(100 + i) : Name(i); };
    page.first = name(begin);
    page.last = name(end - 1);
    for (int i = begin; i < end; ++i) {
      if (wanted == nullptr || wanted(name(i))) seen.insert(name(i));
    }
    if (end < 1000) page.next_token = std::to_string(end + 1);
    return page;
  };
  REQUIRE(ReadListing(100, true, read).ok());
  CHECK(listing == 3);
  CHECK(seen.size() == 1000);
}

TEST_CASE("listing: gaps that two listings share, against names one by one") {
  std::mt19937 random(GENERATE(1u, 2u, 3u, 4u));
  const auto make = [&random] {
    std::vector<Gap> gaps;
    int at = static_cast<int>(random() % 5);
    while (at < 60) {
      const int end = at + 1 + static_cast<int>(random() % 6);
      gaps.push_back({Name(at), Name(end), false});
      at = end + static_cast<int>(random() % 6);
    }
    if (random() % 2 == 0) gaps.push_back({Name(at), "", true});
    return gaps;
  };
  const auto in = [](const std::vector<Gap>& gaps, const std::string& name) {
    return std::any_of(gaps.begin(), gaps.end(), [&](const Gap& gap) { return gap.Holds(name); });
  };
  for (int round = 0; round < 50; ++round) {
    const std::vector<Gap> a = make();
    const std::vector<Gap> b = make();
    const std::vector<Gap> both = Intersect(a, b);
    for (int i = 0; i < 90; ++i) {
      const std::string between = Name(i) + "x";  // never a border itself
      REQUIRE(in(both, between) == (in(a, between) && in(b, between)));
    }
  }
}

TEST_CASE("listing: which servers lose users") {
  CHECK(LosesUsersAtBorders("18.0.0"));
  CHECK(LosesUsersAtBorders("v18.0.0"));
  CHECK(LosesUsersAtBorders("18.0.0-rc.1"));
  CHECK_FALSE(LosesUsersAtBorders("18.0.01"));
  for (const char* version : {"18.0.1", "18.1.0", "17.5.4", "118.0.0", ""})
    CHECK_FALSE(LosesUsersAtBorders(version));
}

}  // namespace
}  // namespace oktasync::teleport
