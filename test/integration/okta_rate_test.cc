// Okta's rate limits: waited for, never hammered, never the end of a run.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

// How often Okta answered that path with that status in the last run.
size_t Answers(const Scene& scene, const std::string& path, int status) {
  const harness::RecordView record = scene.Record();
  size_t count = 0;
  for (const json& entry : record.entries()) {
    if (entry["side"] == "okta" && entry["kind"] == "request" && entry["status"] == status &&
        entry["path"].get<std::string>().find(path) != std::string::npos) {
      ++count;
    }
  }
  return count;
}

json Bucket(const Scene& scene, const std::string& name) {
  for (const json& window : scene.last().report["rate"]) {
    if (window["bucket"] == name) return window;
  }
  return nullptr;
}

TEST_CASE("Okta rates: an empty window is waited for, and the walk goes on", "[okta_access]") {
  Scene scene;
  scene.Configure("/okta/page_size", 20);
  scene.Sync();
  scene.Okta("rate", {{"bucket", "apps"}, {"limit", 100}, {"remaining", 0}, {"window_seconds", 2}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.last().Count("unchanged") == 60);
  // Once refused, it came back when the window was over, and not before.
  CHECK(Answers(scene, "/users?", 429) == 1);
  const json window = Bucket(scene, "/api/v1/apps");
  REQUIRE(window.is_object());
  CHECK(window["refused"] == 1);
  CHECK(window["limit"] == 100);
  CHECK(window["waited_seconds"].get<double>() > 0.5);
}

TEST_CASE("Okta rates: 429 of either kind, at any place, is waited out", "[okta_access]") {
  Scene scene;
  scene.Configure("/okta/page_size", 20);
  scene.Sync();
  const std::string app = "/apps/" + scene.Info("app_id") + "$";
  for (const auto& [path, kind] : {std::pair<std::string, std::string>{"/users\\?.*after=", "rate_429"},
                                   {"/users\\?.*after=", "concurrency_429"},
                                   {app, "rate_429"},
                                   {"/oauth2/v1/token", "concurrency_429"}}) {
    INFO(kind << " at " << path);
    scene.Okta("fault", {{"path", path}, {"kind", kind}, {"seconds", 0}});
    scene.Sync();
    CHECK(scene.Writes() == Strings{});
    CHECK(scene.last().Count("unchanged") == 60);
    CHECK(Answers(scene, "", 429) == 1);
  }
}

TEST_CASE("Okta rates: headers that make no sense do no harm", "[okta_access]") {
  Scene scene;
  scene.Configure("/okta/page_size", 40);
  scene.Sync();
  for (const json& headers : {
           json{{"limit", "many"}, {"remaining", "few"}, {"reset", "soon"}},
           json{{"limit", {"100", "200"}}, {"remaining", {"1", "2"}}, {"reset", {"1", "2"}}},
           json{{"limit", "100"}, {"remaining", "90"}, {"reset", "1"}},
           json{{"limit", "-1"}, {"remaining", "-1"}, {"reset", "99999999999999999999"}},
       }) {
    INFO(headers.dump());
    scene.Okta("fault", {{"path", "."}, {"kind", "rate_headers"}, {"headers", headers}, {"times", -1}});
    scene.Sync();
    CHECK(scene.last().Count("unchanged") == 60);
    scene.Okta("clear_faults");
  }
}

}  // namespace
}  // namespace integration
