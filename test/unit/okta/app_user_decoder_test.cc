// Decoding of app users: R11 says that a page which is not whole in every row causes no removal, so anything
// that could hide or swap a person is an error of the whole page.
#include "okta/app_user_decoder.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/status.h"
#include "okta_rows.h"

namespace oktasync::okta {
namespace {

absl::StatusOr<std::unique_ptr<AppUserPage>> Decode(const std::string& body) {
  AppUserDecoder decoder;
  return decoder.DecodePage(body, 3);
}

void RequireDataLoss(const std::string& body, const std::string& words) {
  const auto page = Decode(body);
  INFO(body.substr(0, 300));
  REQUIRE_FALSE(page.ok());
  CHECK(page.status().code() == absl::StatusCode::kDataLoss);
  CHECK_THAT(Message(page.status()), Catch::Contains(words));
  CHECK_THAT(Message(page.status()), Catch::StartsWith("page 3"));
}

// A row whose app profile is `profile`.
std::string WithProfile(const std::string& profile) {
  return R"([{"id":"00u1","status":"ACTIVE","profile":)" + profile +
         R"(,"_embedded":{"user":{"id":"00u1","status":"ACTIVE"}}}])";
}

// The values of the one attribute of the app profile.
std::vector<Scalar> ValuesOf(const std::string& json, uint32_t* skipped = nullptr) {
  const auto page = Decode(WithProfile("{\"a\":" + json + "}"));
  REQUIRE(page.ok());
  const Profile& profile = (*page)->users.at(0).app_profile;
  REQUIRE(profile.attributes.size() == 1);
  const Attribute& a = profile.attributes[0];
  if (skipped != nullptr) *skipped = a.skipped;
  std::vector<Scalar> values(profile.values.begin() + a.first, profile.values.begin() + a.first + a.count);
  // The strings must not outlive the page: only numbers and booleans are looked at after this.
  return values;
}

TEST_CASE("decoding: Okta's own example of an app user with an embedded user") {
  const auto page = Decode(testing::kOktaExamplePage);
  REQUIRE(page.ok());
  REQUIRE((*page)->users.size() == 1);
  const AppUser& user = (*page)->users[0];
  CHECK(user.id == "00u1dnq5S0CfjlkpABCD");
  CHECK(user.user_name == "saml.test@example.com");
  CHECK(user.assignment == AssignmentStatus::kProvisioned);
  CHECK(user.assignment_text == "PROVISIONED");
  CHECK(user.status == UserStatus::kActive);
  CHECK(user.presence() == Presence::kPresent);
  REQUIRE(user.app_profile.attributes.size() == 10);
  CHECK(user.app_profile.attributes[0].name == "secondEmail");
  CHECK(user.app_profile.attributes[0].count == 0);  // null
  CHECK(user.app_profile.attributes[5].name == "salesforceGroups");
  CHECK(user.app_profile.attributes[5].count == 0);  // []
  const Attribute& role = user.app_profile.attributes[6];
  CHECK(role.name == "role");
  REQUIRE(role.count == 1);
  CHECK(std::get<std::string_view>(user.app_profile.values[role.first]) == "Tester");
  CHECK(user.user_profile.attributes.size() == 6);
}

TEST_CASE("decoding: an empty list is a whole page without rows") {
  const auto page = Decode(" [ ] ");
  REQUIRE(page.ok());
  CHECK((*page)->users.empty());
}

TEST_CASE("decoding: text borrows from the page and not from the decoder or the body") {
  std::unique_ptr<AppUserPage> first;
  {
    AppUserDecoder decoder;
    auto page = decoder.DecodePage("[" + testing::Row("00uA", "ada \\u00e9") + "]", 1);
    REQUIRE(page.ok());
    first = *std::move(page);
    for (int i = 0; i < 8; ++i) {
      auto later = decoder.DecodePage("[" + testing::Row("00uB", "bob") + "]", 2);
      REQUIRE(later.ok());
      CHECK((*later)->users[0].user_name == "bob");
    }
  }
  CHECK(first->users[0].id == "00uA");
  CHECK(first->users[0].user_name == "ada \xc3\xa9");
}

TEST_CASE("R7 decoding: numbers keep their kind") {
  CHECK(std::get<int64_t>(ValuesOf("7").at(0)) == 7);
  CHECK(std::get<int64_t>(ValuesOf("-9223372036854775808").at(0)) == INT64_MIN);
  CHECK(std::get<int64_t>(ValuesOf("9007199254740993").at(0)) == 9007199254740993);
  CHECK(std::get<uint64_t>(ValuesOf("18446744073709551615").at(0)) == UINT64_MAX);
  CHECK(std::get<double>(ValuesOf("1.5").at(0)) == 1.5);
  CHECK(std::get<double>(ValuesOf("1.0").at(0)) == 1.0);
  CHECK(std::get<double>(ValuesOf("1e3").at(0)) == 1000.0);
  CHECK(std::get<bool>(ValuesOf("true").at(0)));
  CHECK_FALSE(std::get<bool>(ValuesOf("false").at(0)));
}

TEST_CASE("R7 decoding: arrays give several values, nulls none, objects and nested arrays are counted") {
  uint32_t skipped = 0;
  CHECK(ValuesOf("null", &skipped).empty());
  CHECK(skipped == 0);
  CHECK(ValuesOf("[null,null]", &skipped).empty());
  CHECK(skipped == 0);
  CHECK(ValuesOf("{\"b\":1}", &skipped).empty());
  CHECK(skipped == 1);
  const auto values = ValuesOf(R"([1,null,true,{"b":[2]},[3,4],"x",5])", &skipped);
  REQUIRE(values.size() == 4);
  CHECK(std::get<int64_t>(values[0]) == 1);
  CHECK(std::get<bool>(values[1]));
  CHECK(std::holds_alternative<std::string_view>(values[2]));
  CHECK(std::get<int64_t>(values[3]) == 5);
  CHECK(skipped == 2);

  std::string many = "[0";
  for (int i = 1; i < 10'000; ++i) many += "," + std::to_string(i);
  CHECK(ValuesOf(many + "]").size() == 10'000);
}

TEST_CASE("decoding: any Unicode text, and a value of a megabyte") {
  const auto page = Decode(WithProfile(R"({"имя":"\ud83d\ude00 \u00e9 \"\\ \n\u0000.","b":")" +
                                       std::string(1 << 20, 'x') + R"("})"));
  REQUIRE(page.ok());
  const Profile& profile = (*page)->users[0].app_profile;
  CHECK(profile.attributes[0].name == "имя");
  CHECK(std::get<std::string_view>(profile.values[0]) ==
        std::string_view("\xf0\x9f\x98\x80 \xc3\xa9 \"\\ \n\0.", 14));
  CHECK(std::get<std::string_view>(profile.values[1]).size() == 1 << 20);
}

TEST_CASE("decoding: what may be missing") {
  for (
      const std::string row : {
          R"({"id":"00u1","status":"ACTIVE","_embedded":{"user":{"id":"00u1","status":"ACTIVE"}}})",
          R"({"id":"00u1","status":"ACTIVE","credentials":null,"profile":null,)"
          R"("_embedded":{"user":{"id":"00u1","status":"ACTIVE","profile":null}}})",
          R"({"_embedded":{"user":{"status":"ACTIVE","id":"00u1"}},"credentials":{},"status":"ACTIVE","id":"00u1"})",
          R"({"id":"00u1","status":"ACTIVE","credentials":{"userName":null},)"
          R"("_embedded":{"user":{"id":"00u1","status":"ACTIVE","profile":{}}}})",
      }) {
    const auto page = Decode("[" + row + "]");
    REQUIRE(page.ok());
    const AppUser& user = (*page)->users.at(0);
    CHECK(user.user_name.empty());
    CHECK(user.app_profile.attributes.empty());
    CHECK(user.user_profile.attributes.empty());
    CHECK(user.presence() == Presence::kPresent);
  }
}

TEST_CASE("R3 decoding: unknown words are kept as Okta spelled them") {
  const auto page = Decode(
      R"([{"id":"00u1","status":"MATCHED","_embedded":{"user":{"id":"00u1","status":"ACTIVATING"}}}])");
  REQUIRE(page.ok());
  const AppUser& user = (*page)->users.at(0);
  CHECK(user.assignment == AssignmentStatus::kUnknown);
  CHECK(user.assignment_text == "MATCHED");
  CHECK(user.status == UserStatus::kUnknown);
  CHECK(user.status_text == "ACTIVATING");
  CHECK(user.presence() == Presence::kUnknown);
}

TEST_CASE("R11 bad day: a page that is not a list of rows") {
  RequireDataLoss("", "page 3: the answer has no body");
  RequireDataLoss("{}", "not a list of app users");
  RequireDataLoss(R"({"errorCode":"E0000009"})", "not a list of app users");
  RequireDataLoss("null", "not a list of app users");
  RequireDataLoss("<html><body>Sign in</body></html>", "broken or truncated JSON");
  RequireDataLoss("[1]", "row 1: not an object");
  RequireDataLoss("[null]", "row 1: not an object");
}

TEST_CASE("R11 bad day: body truncated at any byte") {
  const std::string whole = "[" + testing::Row("00u1", "ada") + "," + testing::Row("00u2", "bob") + "]";
  REQUIRE(Decode(whole).ok());
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto page = Decode(whole.substr(0, size));
    INFO(size);
    REQUIRE_FALSE(page.ok());
    CHECK(page.status().code() == absl::StatusCode::kDataLoss);
  }
  CHECK_FALSE(Decode(whole + whole).ok());
}

TEST_CASE("R11 bad day: id missing, id of another type, id that is none") {
  const auto row = [](const std::string& id) {
    return "[" + testing::Row("00uFirst", "x") + ",{" + id +
           R"("status":"ACTIVE","_embedded":{"user":{"id":"00u1","status":"ACTIVE"}}}])";
  };
  RequireDataLoss(row(""), "row 2: `id` is missing");
  RequireDataLoss(row(R"("id":null,)"), "row 2: `id` is not a string");
  RequireDataLoss(row(R"("id":17,)"), "row 2: `id` is not a string");
  RequireDataLoss(row(R"("id":["00u1"],)"), "`id` is not a string");
  RequireDataLoss(row(R"("id":"",)"), "`id` is no Okta id");
  RequireDataLoss(row(R"("id":"00u1/../x",)"), "`id` is no Okta id");
  RequireDataLoss(row(R"("id":"ada@example.com",)"), "`id` is no Okta id");
  RequireDataLoss(row(R"("id":"00u1\u001b[2J",)"), R"('00u1\x1b[2J')");  // escaped for the log
  RequireDataLoss(row("\"id\":\"" + std::string(65, 'a') + "\","), "`id` is no Okta id");
}

TEST_CASE("R11 bad day: page without _embedded.user; user null") {
  const auto row = [](const std::string& embedded) {
    return R"([{"id":"00u1","status":"ACTIVE")" + embedded + "}]";
  };
  RequireDataLoss(row(""), "row 1 (00u1): `_embedded.user` is missing");
  RequireDataLoss(row(R"(,"_embedded":{})"), "`_embedded.user` is missing");
  RequireDataLoss(row(R"(,"_embedded":null)"), "`_embedded` is not an object");
  RequireDataLoss(row(R"(,"_embedded":{"user":null})"), "`_embedded.user` is null");
  RequireDataLoss(row(R"(,"_embedded":{"user":"00u1"})"), "`_embedded.user` is not an object");
  RequireDataLoss(row(R"(,"_embedded":{"user":{"status":"ACTIVE"}})"), "`_embedded.user.id` is missing");
  RequireDataLoss(row(R"(,"_embedded":{"user":{"id":"00u1"}})"), "`_embedded.user.status` is missing");
  RequireDataLoss(row(R"(,"_embedded":{"user":{"id":"00u2","status":"ACTIVE"}})"),
                  "`_embedded.user.id` is 00u2, another user than the row's");
}

TEST_CASE("R11 bad day: status missing or of another type") {
  const auto row = [](const std::string& app, const std::string& user) {
    return R"([{"id":"00u1")" + app + R"(,"_embedded":{"user":{"id":"00u1")" + user + "}}}]";
  };
  const std::string active = R"(,"status":"ACTIVE")";
  REQUIRE(Decode(row(active, active)).ok());
  RequireDataLoss(row("", active), "`status` is missing");
  RequireDataLoss(row(R"(,"status":null)", active), "`status` is not a string");
  RequireDataLoss(row(R"(,"status":1)", active), "`status` is not a string");
  RequireDataLoss(row(active, R"(,"status":null)"), "`_embedded.user.status` is not a string");
}

TEST_CASE("R11 bad day: members of another type") {
  const auto row = [](const std::string& member) {
    return R"([{"id":"00u1","status":"ACTIVE",)" + member +
           R"(,"_embedded":{"user":{"id":"00u1","status":"ACTIVE"}}}])";
  };
  RequireDataLoss(row(R"("credentials":"ada")"), "`credentials` is not an object");
  RequireDataLoss(row(R"("credentials":{"userName":7})"), "`credentials.userName` is not a string");
  RequireDataLoss(row(R"("profile":[])"), "`profile` is not an object");
}

TEST_CASE("R11 bad day: duplicate keys") {
  const auto row = [](const std::string& app, const std::string& user) {
    return R"([{"id":"00u1","status":"ACTIVE")" + app +
           R"(,"_embedded":{"user":{"id":"00u1","status":"ACTIVE")" + user + "}}}]";
  };
  RequireDataLoss(row(R"(,"id":"00u2")", ""), "`id` appears twice");
  RequireDataLoss(row(R"(,"status":"INACTIVE")", ""), "`status` appears twice");
  RequireDataLoss(row(R"(,"credentials":{},"credentials":{})", ""), "`credentials` appears twice");
  RequireDataLoss(row(R"(,"credentials":{"userName":"a","userName":"b"})", ""),
                  "`credentials.userName` appears twice");
  RequireDataLoss(row(R"(,"profile":{},"profile":{})", ""), "`profile` appears twice");
  RequireDataLoss(row(R"(,"_embedded":{})", ""), "`_embedded` appears twice");
  RequireDataLoss(row("", R"(,"status":"DEPROVISIONED")"), "`_embedded.user.status` appears twice");
  RequireDataLoss(row("", R"(,"id":"00u1")"), "`_embedded.user.id` appears twice");
  RequireDataLoss(row("", R"(},"user":{"id":"00u1","status":"ACTIVE")"), "`_embedded.user` appears twice");
  RequireDataLoss(row(R"(,"profile":{"a":1,"b":2,"a":3})", ""), "`profile.a` appears twice");
  RequireDataLoss(row("", R"(,"profile":{"\u0061":1,"a":3})"), "`_embedded.user.profile.a` appears twice");
}

TEST_CASE("decoding: a profile of thousands of attributes, all different, then with one twice") {
  std::string profile = "{\"n0\":0";
  for (int i = 1; i < 6'000; ++i) profile += ",\"n" + std::to_string(i) + "\":" + std::to_string(i);
  CHECK(Decode(WithProfile(profile + "}")).ok());
  RequireDataLoss(WithProfile(profile + ",\"n4711\":0}"), "`profile.n4711` appears twice");
}

TEST_CASE("R11 bad day: bad UTF-8 and lone surrogates, wherever they are") {
  for (const std::string text : {"\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    RequireDataLoss(WithProfile("{\"a\":\"" + text + "\"}"), "not UTF-8");
  }
  for (const std::string text :
       {R"(\ud800)", R"(\udc00)", R"(\uD83D\u0041)", R"(\ude00\ud83d)", R"(\\\udbff)", R"(x\ud83dx)"}) {
    RequireDataLoss(WithProfile("{\"a\":\"" + text + "\"}"), "half of a surrogate pair");
    RequireDataLoss(WithProfile("{\"" + text + "\":1}"), "half of a surrogate pair");
  }
  // An escaped backslash before "ud800" is no surrogate.
  CHECK(Decode(WithProfile(R"({"a":"\\ud800"})")).ok());
}

TEST_CASE("R11 bad day: JSON too deep") {
  const auto nested = [](int depth) {
    return WithProfile("{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}");
  };
  CHECK(Decode(nested(20)).ok());
  RequireDataLoss(nested(40), "nested deeper than 32");
  RequireDataLoss(nested(200'000), "nested deeper than 32");
  CHECK_FALSE(Decode(std::string(200'000, '[')).ok());
}

TEST_CASE("bad day: a number beyond 64 bits ends the page with words, not with another number") {
  RequireDataLoss(WithProfile(R"({"a":123456789012345678901234567890})"), "has no 64-bit form");
  RequireDataLoss(WithProfile(R"({"a":1e999})"), "has no 64-bit form");
}

TEST_CASE("decoding one app user: the same strictness, and the id that was asked for") {
  AppUserDecoder decoder;
  const auto one = decoder.DecodeOne(testing::Row("00u1", "ada"), "00u1");
  REQUIRE(one.ok());
  CHECK(one->user.user_name == "ada");
  const auto other = decoder.DecodeOne(testing::Row("00u2", "bob"), "00u1");
  CHECK(other.status().code() == absl::StatusCode::kDataLoss);
  CHECK(Message(other.status()) == "asked for 00u1, answered with 00u2");
  CHECK_FALSE(decoder.DecodeOne("[" + testing::Row("00u1", "ada") + "]", "00u1").ok());
  CHECK_FALSE(decoder.DecodeOne("", "00u1").ok());
}

}  // namespace
}  // namespace oktasync::okta
