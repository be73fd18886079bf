// teleport/user_page.h: a page decoded user by user says the same as a page decoded whole.
#include "teleport/user_page.h"

#include <catch2/catch.hpp>

#include "base/status.h"
#include "teleport/codec.h"
#include "teleport/legacy/types/types.pb.h"
#include "teleport/users/v1/users_service.pb.h"
#include "world.h"

namespace oktasync::teleport {
namespace {

const std::string kUnknown("\x82\xfa\x01\x01x", 5);  // field 4000, which no version knows
using Response = ::teleport::users::v1::ListUsersResponse;

Response SomePage() {
  Response response;
  for (const char* name : {"ada@example.com", "bob@example.com", "eve@example.com"}) {
    REQUIRE(EncodeUser(NewUser(name), absl::Now(), response.add_users()).ok());
  }
  response.mutable_users(1)->MergeFromString(kUnknown);
  response.set_next_page_token("next");
  return response;
}

TEST_CASE("user page: users, their encodings, and where the page begins and ends") {
  const Response response = SomePage();
  std::vector<UserRecord> users;
  const auto page = ReadUserPage(response.SerializeAsString(), nullptr, [&](const UserRecord& user) {
    users.push_back(user);
    return absl::OkStatus();
  });
  REQUIRE(page.ok());
  CHECK(page->first == "ada@example.com");
  CHECK(page->last == "eve@example.com");
  CHECK(page->ascending);
  CHECK(page->next_token == "next");
  REQUIRE(users.size() == 3);
  for (int i = 0; i < 3; ++i) {
    const UserRecord& user = users[static_cast<size_t>(i)];
    const UserRecord whole = DecodeUser(response.users(i));
    CHECK(user.name == whole.name);
    CHECK(user.labels == whole.labels);
    CHECK(user.traits == whole.traits);
    CHECK(user.roles == whole.roles);
    ::types::UserV2 raw;
    REQUIRE(raw.ParseFromString(user.raw));
    CHECK((user.raw.find(kUnknown) != std::string::npos) == (i == 1));
  }
}

TEST_CASE("user page: only who is wanted is visited, the borders are known all the same") {
  std::vector<std::string> names;
  const auto page = ReadUserPage(
      SomePage().SerializeAsString(), [](std::string_view name) { return name == "bob@example.com"; },
      [&](const UserRecord& user) {
        names.push_back(user.name);
        return absl::OkStatus();
      });
  REQUIRE(page.ok());
  CHECK(names == std::vector<std::string>{"bob@example.com"});
  CHECK(page->first == "ada@example.com");
  CHECK(page->last == "eve@example.com");
}

TEST_CASE("user page: order is noticed") {
  Response response = SomePage();
  response.mutable_users()->SwapElements(0, 2);
  const auto page =
      ReadUserPage(response.SerializeAsString(), nullptr, [](const UserRecord&) { return absl::OkStatus(); });
  REQUIRE(page.ok());
  CHECK_FALSE(page->ascending);
}

TEST_CASE("user page: the visitor's error ends it") {
  int visits = 0;
  const auto page = ReadUserPage(SomePage().SerializeAsString(), nullptr, [&](const UserRecord&) {
    ++visits;
    return absl::ResourceExhaustedError("enough");
  });
  CHECK(Message(page.status()) == "enough");
  CHECK(visits == 1);
}

TEST_CASE("user page: an empty page, and pages cut anywhere") {
  const auto visit = [](const UserRecord&) { return absl::OkStatus(); };
  const auto empty = ReadUserPage("", nullptr, visit);
  REQUIRE(empty.ok());
  CHECK(empty->first.empty());
  CHECK(empty->next_token.empty());
  const std::string bytes = SomePage().SerializeAsString();
  const size_t user_size = SomePage().users(0).ByteSizeLong();
  size_t refused = 0;
  for (size_t cut = 1; cut < bytes.size(); ++cut) {
    Response whole;
    const bool good = whole.ParseFromArray(bytes.data(), static_cast<int>(cut));
    const auto page = ReadUserPage(std::string_view(bytes).substr(0, cut), nullptr, visit);
    REQUIRE(page.ok() == good);
    if (!page.ok()) {
      ++refused;
      REQUIRE(page.status().code() == absl::StatusCode::kDataLoss);
    }
  }
  CHECK(refused > user_size);
  CHECK(ReadUserPage("\x0a\xff\xff\xff\xff\x0f", nullptr, visit).status().code() ==
        absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace oktasync::teleport
