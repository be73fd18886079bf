// R11: what Okta may answer in the middle of a walk, and that nobody is removed on an incomplete picture.
#include <catch2/catch.hpp>

#include "integration/three_pages.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

constexpr char kSecondPage[] = "/users\\?.*after=";

TEST_CASE("R11: a page that is not what it should be ends the walk, with a reason, and nobody is removed",
          "[okta_faults]") {
  ThreePages pages;
  pages.CheckAbort({{"kind", "html"}}, "a login page or a proxy");
  CHECK_THAT(pages.scene().Error(), Contains("nobody is removed") && Contains("page 2"));
  pages.CheckAbort({{"kind", "redirect"}}, "a redirect is never followed with an access token");
  pages.CheckAbort({{"kind", "redirect"}, {"status", 308}}, "a redirect is never followed");
  pages.CheckAbort({{"kind", "bad_json"}}, "broken or truncated JSON");
  pages.CheckAbort({{"kind", "body"}, {"body", "{\"id\":\"00u1\"}"}}, "not a list of app users");
  pages.CheckAbort({{"kind", "body"}, {"body", "[{\"id\":7}]"}}, "`id`");
  pages.CheckAbort({{"kind", "body"}, {"body_base64url", "WyL_Il0"}}, "not UTF-8");
  pages.CheckAbort({{"kind", "drop_embedded"}}, "_embedded");
  pages.CheckAbort({{"kind", "null_embedded"}}, "_embedded");
  pages.CheckAbort({{"kind", "missing_id"}}, "`id` is missing");
  pages.CheckAbort({{"kind", "status"}, {"status", 403}}, "admin role");
  pages.CheckAbort({{"kind", "status"}, {"status", 404}}, "404");
  pages.CheckAbort({{"kind", "status"}, {"status", 400}}, "400");
  pages.CheckWhole();
}

TEST_CASE("R11: a next link that lies ends the walk; the token goes nowhere else", "[okta_faults]") {
  ThreePages pages;
  pages.CheckAbort({{"kind", "next_same"}}, "leads back to a page that was already read");
  pages.CheckAbort({{"kind", "next_earlier"}}, "leads back to a page that was already read");
  pages.CheckAbort({{"kind", "next_elsewhere"}}, "the access token goes to the org's own address only");
  pages.CheckAbort({{"kind", "next_http"}}, "the access token goes to the org's own address only");
  pages.CheckWhole();
}

TEST_CASE("R11: an outage in the middle of a walk is retried, then ends it", "[okta_faults]") {
  ThreePages pages;
  pages.CheckAbort({{"kind", "status"}, {"status", 503}}, "Okta is out of order");
  CHECK(pages.scene().Record().Requests("okta", "after=") >= 3);
  pages.CheckAbort({{"kind", "truncate"}}, "the answer was cut short");
  pages.CheckAbort({{"kind", "reset"}}, "connection");
  CHECK(pages.scene().Record().Requests("okta", "after=") >= 3);
  pages.CheckWhole();
}

TEST_CASE("Okta faults: what fails once is asked for again, and the walk is whole", "[okta_faults]") {
  Scene scene;
  scene.Configure("/okta/page_size", 20);
  scene.Configure("/okta/idle_timeout", "1s");
  scene.Sync();
  for (const json& fault : {
           json{{"kind", "status"}, {"status", 500}},
           json{{"kind", "status"}, {"status", 502}},
           json{{"kind", "status"}, {"status", 503}},
           json{{"kind", "status"}, {"status", 504}},
           json{{"kind", "truncate"}},
           json{{"kind", "chunked_cut"}},
           json{{"kind", "reset"}},
           json{{"kind", "hang"}, {"seconds", 30}},
       }) {
    json armed = {{"path", kSecondPage}};
    armed.update(fault);
    INFO(armed.dump());
    scene.Okta("fault", armed);
    scene.Sync();
    CHECK(scene.Writes() == Strings{});
    CHECK(scene.last().Count("unchanged") == 60);
    // The two pages behind the first, and the one that failed (a hung one is not recorded before it ends).
    CHECK(scene.Record().Requests("okta", "after=") >= (fault["kind"] == "hang" ? 2u : 3u));
    scene.Okta("clear_faults");
  }
}

TEST_CASE("Okta faults: odd but good answers are taken as they are", "[okta_faults]") {
  Scene scene;
  scene.Configure("/okta/page_size", 20);
  scene.Sync();
  for (const char* kind :
       {"duplicate_row", "one_link_header", "next_keeps_expand", "no_rate_headers", "no_date"}) {
    INFO(kind);
    scene.Okta("fault", {{"path", "."}, {"kind", kind}, {"times", -1}});
    scene.Sync();
    CHECK(scene.Writes() == Strings{});
    CHECK(scene.last().Count("seen") == 60);
    CHECK(scene.last().Count("unchanged") == 60);
    scene.Okta("clear_faults");
  }
}

TEST_CASE("R11: an app that is inactive, implicit, forbidden or gone stops the run before any write",
          "[okta_faults]") {
  Scene scene(12);
  scene.Sync();
  scene.Okta("unassign", {{"count", 1}});
  const auto check = [&](const std::string& words) {
    scene.Sync(1);
    CHECK(scene.Writes() == Strings{});
    CHECK_THAT(scene.Error(), Contains(words));
    CHECK(scene.Record().Requests("okta", "users?") == 0);
  };
  scene.Okta("app", {{"status", "INACTIVE"}});
  check("not ACTIVE");
  scene.Okta("app", {{"status", "ACTIVE"}, {"implicit_assignment", true}});
  check("assigns users implicitly");
  scene.Okta("app", {{"implicit_assignment", false}});
  const std::string app = "/apps/" + scene.Info("app_id") + "$";
  scene.Okta("fault", {{"path", app}, {"kind", "status"}, {"status", 403}, {"times", -1}});
  check("admin role");
  scene.Okta("clear_faults");
  scene.Okta("fault", {{"path", app}, {"kind", "status"}, {"status", 404}, {"times", -1}});
  check("check the id and the role's resource set");
  scene.Okta("clear_faults");
  scene.Okta("fault", {{"path", app},
                       {"kind", "body"},
                       {"body", "{\"id\":\"0oaAnotherApp\",\"status\":\"ACTIVE\",\"settings\":{}}"},
                       {"times", -1}});
  check("answered with the app 0oaAnotherApp");
  scene.Okta("clear_faults");
  scene.Configure("/okta/org_id", "00oAnotherOrgOfOurs12");
  check("expected 00oAnotherOrgOfOurs12");
  scene.RestoreConfig();
  scene.Sync();
  CHECK(scene.Record().Writes("DeleteUser").size() == 1);
}

}  // namespace
}  // namespace integration
