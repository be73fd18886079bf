// R11: what Okta, or something in its place, may put into an answer. An answer that cannot be right ends the walk,
// which says what it was and removes nobody; what is only odd is worked with.
#include <algorithm>
#include <catch2/catch.hpp>

#include "gzip.h"
#include "integration/three_pages.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

constexpr char kSecondPage[] = "/users\\?.*after=";

std::string Base64Url(const std::string& bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) out += kDigits[bits >> (count - 6) & 63];
  }
  if (count > 0) out += kDigits[bits << (6 - count) & 63];
  return out;
}

json Body(const std::string& body) { return {{"kind", "body"}, {"body_base64url", Base64Url(body)}}; }

TEST_CASE("R11: bombs, endless bodies, too deep JSON, keys twice and broken text end the walk",
          "[okta_content]") {
  ThreePages walk;
  json bomb = Body(oktasync::http_test::GzipBomb(150'000));  // 39 MB in 244 KB
  bomb["headers"] = {{"Content-Encoding", "gzip"}};
  walk.CheckAbort("a decompression bomb", bomb, "larger than");
  CHECK_THAT(walk.scene().Error(), Contains("after decompression"));
  walk.CheckAbort("a body over the limit",
                  {{"kind", "body"}, {"body", std::string(1024, ' ')}, {"repeat", 40 * 1024}}, "larger than");
  walk.CheckAbort("too deep", Body(std::string(10'000, '[') + std::string(10'000, ']')),
                  "nested deeper than");

  // A real row, spoilt in one place.
  const Person person = walk.scene().At(7);
  const json whole = walk.scene().Okta("person", {{"id", person.id}});
  json row = whole["app_user"];
  row["_embedded"]["user"] = whole["user"];
  row["_embedded"]["user"]["profile"]["nickName"] = "@@nick@@";
  const std::string good = "[" + row.dump() + "]";
  const auto spoilt = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return Body(text.replace(at, from.size(), to));
  };
  walk.CheckAbort("a key twice", spoilt("{\"_embedded\"", "{\"status\":\"ACTIVE\",\"_embedded\""),
                  "`status` appears twice");
  CHECK_THAT(walk.scene().Error(), Contains(person.id) && Contains("page 2"));
  walk.CheckAbort("an attribute twice", spoilt("\"@@nick@@\"", "\"a\",\"nickName\":\"b\""),
                  "nickName` appears twice");
  walk.CheckAbort("half of a surrogate pair", spoilt("@@nick@@", "\\ud83d"), "half of a surrogate pair");
  walk.CheckAbort("not UTF-8", spoilt("@@nick@@", "\xC3\x28"), "not UTF-8");
  walk.CheckWhole();
}

TEST_CASE("R11: a redirect of any kind is not followed, neither with a token nor with an assertion",
          "[okta_content]") {
  ThreePages walk;
  Scene& scene = walk.scene();
  const std::string there = "/api/v1/somewhere-else";
  const auto redirect = [&](int status) -> json {
    return {{"kind", "redirect"}, {"status", status}, {"text", scene.Info("okta_url") + there}};
  };
  for (const int status : {301, 302, 303, 307, 308}) {
    walk.CheckAbort(std::to_string(status), redirect(status), "a redirect is never followed");
    CHECK(scene.Record().Requests("okta", there) == 0);
  }
  const std::string app = "/apps/" + scene.Info("app_id") + "$";
  for (const std::string& path : {app, std::string("/oauth2/v1/token"), std::string("okta-organization")}) {
    INFO(path);
    json fault = redirect(307);
    fault.update({{"path", path}, {"times", -1}});
    scene.Okta("fault", fault);
    scene.Sync(1);
    scene.Okta("clear_faults");
    CHECK(scene.Writes() == Strings{});
    CHECK_THAT(scene.Error(), Contains("redirect") && Contains("set the org URL"));
    CHECK(scene.Record().Requests("okta", there) == 0);
  }
  walk.CheckWhole();
}

TEST_CASE("Okta faults: next links drop expand, repeat it, and come in one header or two", "[okta_content]") {
  Scene scene;
  scene.Configure("/okta/page_size", 20);
  scene.Sync();
  // Without a fault each link is a header of its own, and has lost expand=user.
  for (const char* kind : {"", "next_keeps_expand", "one_link_header"}) {
    INFO(kind);
    if (*kind != '\0') scene.Okta("fault", {{"path", "users\\?"}, {"kind", kind}, {"times", -1}});
    scene.Sync();
    scene.Okta("clear_faults");
    CHECK(scene.Writes() == Strings{});
    CHECK(scene.last().Count("unchanged") == 60);
    size_t pages = 0;
    const harness::RecordView record = scene.Record();
    for (const json& entry : record.entries()) {
      const std::string path = entry.value("path", "");
      if (path.find("/users?") == std::string::npos) continue;
      ++pages;
      const size_t at = path.find("expand=user");
      CHECK(at != std::string::npos);
      CHECK(path.find("expand=", at + 1) == std::string::npos);
    }
    CHECK(pages == 3);
  }
}

TEST_CASE("R13: rows that a change moves over a page border: the one twice is one, the lost one is kept",
          "[okta_content]") {
  Scene scene;
  scene.Configure("/okta/page_size", 20);
  scene.Sync();
  scene.Okta("fault", {{"path", kSecondPage}, {"kind", "rows_shifted_back"}, {"times", -1}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.last().Count("unchanged") == 60);
  CHECK(scene.last().Count("conflict") == 0);
  scene.Okta("clear_faults");

  scene.Okta("fault", {{"path", kSecondPage}, {"kind", "rows_shifted_on"}});
  const json people = scene.Okta("people");
  const std::string lost = people[20]["user_name"];
  scene.Sync();
  scene.Okta("clear_faults");
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.last().Count("kept") == 1);
  CHECK_THAT(scene.Reason("kept", lost), Contains("ACTIVE") && Contains("Okta request "));

  // And a real change in the middle of a walk: who was listed before it stays until the next one, who comes
  // behind it is imported.
  const Person leaver = scene.At(0);
  scene.Okta("fault", {{"path", kSecondPage}, {"kind", "hang"}, {"seconds", 2}});
  const auto running = scene.Begin("sync");
  scene.Await("the first page is answered",
              [](const harness::RecordView& record) { return record.Requests("okta", "/users?") > 0; });
  scene.Okta("unassign", {{"id", leaver.id}});
  scene.Okta("hire", {{"login", "hiro@example.com"}});
  CHECK(scene.End(*running).exit_code == 0);
  CHECK(scene.Writes() == Strings{"CreateUser hiro@example.com"});
  scene.Sync();
  scene.CheckShutOut(leaver);
  CHECK(scene.Writes().size() == 2);
}

}  // namespace
}  // namespace integration
