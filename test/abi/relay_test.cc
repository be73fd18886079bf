// The log relay: the host's log may be slow or stuck, and nothing but its own lines waits for it.
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "buffers.h"
#include "log_relay.h"

namespace oktasync::plugin {
namespace {

// A host's log that holds each line until it is let go.
struct SlowLog {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = true;
  bool inside = false;
  std::vector<std::string> lines;

  static void Log(uint64_t ctx, int32_t, oktasync_str, oktasync_str message, const oktasync_field* fields,
                  uint64_t count) {
    auto& self = *reinterpret_cast<SlowLog*>(static_cast<uintptr_t>(ctx));
    std::unique_lock lock(self.mutex);
    self.inside = true;
    self.changed.notify_all();
    self.changed.wait(lock, [&] { return self.open; });
    std::string line(View(message));
    for (uint64_t i = 0; i < count; ++i) {
      line += " " + std::string(View(fields[i].key)) + "=" + std::string(View(fields[i].value));
    }
    self.lines.push_back(line);
    self.changed.notify_all();
  }
  void WaitInside() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return inside; });
  }
  void Open() {
    std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }
  uint64_t ctx() { return reinterpret_cast<uintptr_t>(this); }
  static oktasync_host Host() {
    oktasync_host host{};
    host.struct_size = sizeof(host);
    host.log = &Log;
    return host;
  }
};

TEST_CASE("lines reach the host in order, with their fields, and Close leaves none behind") {
  SlowLog log;
  LogRelay relay(SlowLog::Host(), log.ctx());
  relay.Write(LogLevel::kInfo, "okta", "one", {{"page", "1"}});
  relay.Drain();
  CHECK(log.lines == std::vector<std::string>{"one page=1"});
  REQUIRE(relay.Start().ok());
  REQUIRE(relay.Start().ok());  // idempotent
  for (int i = 0; i < 100; ++i) relay.Write(LogLevel::kInfo, "okta", std::to_string(i));
  relay.Close();
  REQUIRE(log.lines.size() == 101);
  CHECK(log.lines.back() == "99");
  relay.Write(LogLevel::kInfo, "okta", "late");
  CHECK(log.lines.size() == 101);  // no callback after stop
}

TEST_CASE("a log that is stuck holds up nobody; what does not fit is counted and told") {
  SlowLog log;
  log.open = false;
  LogRelay relay(SlowLog::Host(), log.ctx());
  REQUIRE(relay.Start().ok());
  relay.Write(LogLevel::kInfo, "okta", "first");
  log.WaitInside();
  // These calls return although the host's log does not.
  for (size_t i = 0; i < LogRelay::kMaxLines + 5; ++i) relay.Write(LogLevel::kInfo, "okta", "line");
  CHECK(relay.dropped() == 5);
  log.Open();
  relay.Close();
  REQUIRE(log.lines.size() == LogRelay::kMaxLines + 2);
  CHECK_THAT(log.lines.back(), Catch::Contains("dropped") && Catch::Contains("lines=5"));
}

}  // namespace
}  // namespace oktasync::plugin
