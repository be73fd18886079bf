// Okta's rate budget on the days when others use it up, or nothing is said of it.
#include <signal.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <thread>

#include "integration/fixture.h"

namespace integration {
namespace {

json Bucket(const Scene& scene, const std::string& name) {
  for (const json& window : scene.last().report["rate"]) {
    if (window["bucket"] == name) return window;
  }
  return nullptr;
}

TEST_CASE("bad day: rate headers missing: slower, finishes", "[okta_tokens]") {
  Scene scene;
  scene.Configure("/okta/page_size", 20);
  scene.Sync();
  scene.Okta("fault", {{"path", "."}, {"kind", "no_rate_headers"}, {"times", -1}});
  scene.Sync();
  CHECK(scene.last().Count("unchanged") == 60);
  CHECK(scene.Writes() == Strings{});
  // Half of the smallest limit of a paid org's bucket, 100 a minute: more than a second between two pages.
  const json window = Bucket(scene, "/api/v1/apps");
  REQUIRE(window.is_object());
  CHECK(window["limit"].is_null());
  CHECK(window["waited_seconds"].get<double>() > 1.5);
}

TEST_CASE("bad day: another client eats the budget: slower, never refused, finishes", "[okta_tokens]") {
  Scene scene;
  scene.Configure("/okta/page_size", 5);
  scene.Sync();
  scene.Okta("rate", {{"bucket", "apps"}, {"limit", 100}, {"window_seconds", 6}});
  const auto running = scene.Begin("sync");
  scene.Await("two pages are answered",
              [](const harness::RecordView& record) { return record.Requests("okta", "/users?") >= 2; });
  scene.Okta("rate", {{"bucket", "apps"}, {"remaining", 6}});  // somebody else's doing
  const harness::Finished finished = scene.End(*running);
  CHECK(finished.exit_code == 0);
  const json report = json::parse(finished.out);
  CHECK(report["counts"]["unchanged"] == 60);
  for (const json& window : report["rate"]) {
    if (window["bucket"] != "/api/v1/apps") continue;
    CHECK(window["refused"] == 0);
    CHECK(window["waited_seconds"].get<double>() > 1);
  }
  CHECK(scene.Writes() == Strings{});
}

// A daemon that reads 30 pages from windows of which our share takes 10, once it has asked for so many.
class SlowDaemon {
 public:
  SlowDaemon(Scene& scene, size_t pages) : scene_(scene) {
    scene.Configure("/okta/page_size", 2);
    scene.Okta("rate", {{"bucket", "apps"}, {"limit", 20}, {"window_seconds", 60}});
    daemon_ = scene.Begin("run", {"--socket", socket_});
    scene.Await("the first pages are answered", [&](const harness::RecordView& record) {
      return record.Requests("okta", "/users?") >= pages;
    });
  }
  // Of its status; null between two runs.
  json Progress() const {
    harness::Process asking(scene_.CommandLine("status", {"--socket", socket_}));
    return json::parse(scene_.End(asking).out).value("progress", json());
  }
  void Stop() {
    daemon_->Signal(SIGTERM);
    CHECK(scene_.End(*daemon_).exit_code == 0);
  }

 private:
  Scene& scene_;
  const std::string socket_ = scene_.Dir() + "/rate.sock";
  std::unique_ptr<harness::Process> daemon_;
};

TEST_CASE("rates: progress tells what the window leaves to wait for", "[okta_tokens]") {
  Scene scene;
  scene.Sync();
  SlowDaemon daemon(scene, 8);
  const json progress = daemon.Progress();
  INFO(progress.dump());
  REQUIRE(progress.is_object());
  // The rest of this window, one whole one, and what is left over in the third.
  CHECK(progress["left_seconds"].get<double>() > 60);
  CHECK(progress["left_seconds"].get<double>() < 240);
  daemon.Stop();
}

TEST_CASE("rates: a first import, which knows no total, tells that it waits and for what", "[okta_tokens]") {
  Scene scene;
  SlowDaemon daemon(scene, 9);
  json progress;
  for (int i = 0; i < 100; ++i) {
    progress = daemon.Progress();
    REQUIRE(progress.is_object());
    if (progress["rate_wait_seconds"].get<double>() >= 1) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  INFO(progress.dump());
  CHECK(progress["rate_wait_seconds"].get<double>() >= 1);
  CHECK(progress["rate_wait_seconds"].get<double>() < 90);
  CHECK(progress["left_seconds"].is_null());
  CHECK(progress["expected"] == 0);
  daemon.Stop();
}

TEST_CASE("rates: no more than our share of a window is used", "[okta_tokens]") {
  Scene scene;
  scene.Configure("/okta/page_size", 5);  // 12 pages and more
  scene.Configure("/okta/rate_share", 0.25);
  scene.Okta("rate", {{"bucket", "apps"}, {"limit", 20}, {"window_seconds", 3}});
  scene.Sync();
  CHECK(scene.Writes().size() == 60);
  const harness::RecordView record = scene.Record();
  std::vector<double> sent;
  for (const json& entry : record.entries()) {
    if (entry["side"] == "okta" && entry["kind"] == "request" &&
        entry["path"].get<std::string>().find("/users?") != std::string::npos) {
      CHECK(entry["status"] == 200);
      sent.push_back(entry["began"]);
    }
  }
  REQUIRE(sent.size() == 12);
  // A quarter of 20 is 5 in each window; in any span of a window's length at most two windows' worth.
  for (size_t i = 10; i < sent.size(); ++i) CHECK(sent[i] - sent[i - 10] > 3);
}

}  // namespace
}  // namespace integration
