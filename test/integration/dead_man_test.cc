// R23: the dead man's switch, through the C interface: its host can give the time, so two hours need not pass.
#include <dlfcn.h>
#include <poll.h>
#include <time.h>

#include <atomic>
#include <catch2/catch.hpp>

#include "integration/fixture.h"
#include "oktasync/plugin.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

std::atomic<int64_t> ahead_ns{0};  // of the machine's own time since boot

int64_t Clock(clockid_t id) {
  timespec now{};
  ::clock_gettime(id, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

extern "C" {
void HostLog(uint64_t, int32_t, oktasync_str, oktasync_str, const oktasync_field*, uint64_t) {}
int64_t HostWall(uint64_t) { return Clock(CLOCK_REALTIME); }
int64_t HostBoot(uint64_t) { return Clock(CLOCK_BOOTTIME) + ahead_ns; }
}

// The plugin in this process, as a host loads it.
class Hosted {
 public:
  explicit Hosted(const std::string& config) {
    const std::string file = harness::OwnFolder() + "/oktasync_plugin.so";
    void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw std::runtime_error(::dlerror());
    const auto open = reinterpret_cast<oktasync_plugin_open_fn>(::dlsym(library, "oktasync_plugin_open"));
    oktasync_host host{};
    host.struct_size = sizeof(host);
    host.abi_minor = OKTASYNC_ABI_MINOR;
    host.log = HostLog;
    host.clock_wall_ns = HostWall;
    host.clock_boot_ns = HostBoot;
    Must(open(&host, OKTASYNC_ABI_MAJOR, &api_, &error_));
    oktasync_create_options options{};
    options.struct_size = sizeof(options);
    options.flags = OKTASYNC_CREATE_ON_REQUEST;
    options.host = &host;
    options.config = {reinterpret_cast<const uint8_t*>(config.data()), config.size()};
    Must(api_->create(&options, &instance_, &error_));
    Must(api_->start(instance_, &error_));
  }
  ~Hosted() {
    CHECK(api_->stop(instance_, 30'000'000'000, &error_) == OKTASYNC_OK);
    CHECK(api_->destroy(instance_, &error_) == OKTASYNC_OK);
  }
  Hosted(const Hosted&) = delete;
  Hosted& operator=(const Hosted&) = delete;

  json Sync() {
    uint64_t run_id = 0;
    Must(api_->sync_now(instance_, &run_id, &error_));
    std::string text;
    uint64_t total = 1;
    while (text.size() < total) {
      oktasync_buf piece{};
      const int32_t code = api_->report(instance_, run_id, text.size(), 0, &piece, &total, &error_);
      if (code == OKTASYNC_UNAVAILABLE) {
        ::poll(nullptr, 0, 10);
        continue;
      }
      Must(code);
      text += Take(&piece);
    }
    return json::parse(text);
  }
  std::string Alarm() {
    oktasync_buf status{};
    Must(api_->status(instance_, &status, &error_));
    return json::parse(Take(&status)).at("alarm");
  }

 private:
  void Must(int32_t code) const {
    if (code != OKTASYNC_OK) throw std::runtime_error(error_.message);
  }
  std::string Take(oktasync_buf* buffer) const {
    std::string text(reinterpret_cast<const char*>(buffer->data), buffer->len);
    api_->buf_release(buffer);
    return text;
  }

  const oktasync_api* api_ = nullptr;
  oktasync_instance* instance_ = nullptr;
  oktasync_error error_ = OKTASYNC_ERROR_INIT;
};

TEST_CASE("R23: no whole walk for two hours: status raises the alarm, and who is deactivated is removed",
          "[rules]") {
  Scene scene(12);
  scene.Sync();
  ahead_ns = 0;
  Hosted hosted(scene.Config().dump());
  REQUIRE(hosted.Sync()["ok"] == true);
  const Person deactivated = scene.At(3);
  const Person unassigned = scene.At(4);
  scene.Okta("deactivate", {{"id", deactivated.id}});
  scene.Okta("unassign", {{"id", unassigned.id}});
  scene.Okta("fault", {{"path", "/users\\?"}, {"kind", "html"}, {"times", -1}});
  CHECK(hosted.Sync()["ok"] == false);
  CHECK(hosted.Alarm().empty());
  CHECK(scene.UserNames().size() == 12);

  scene.Promises().sweeps = {scene.RecordEnd()};
  ahead_ns = int64_t{3} * 3600 * 1'000'000'000;
  // Three hours on, the lease has run out by our clock and, here, by the server's.
  scene.Auth("drop_lease");
  for (int i = 0; i < 5 && scene.User(deactivated.name).is_object(); ++i) {
    const json report = hosted.Sync();
    INFO(report.dump());
    CHECK(report["ok"] == false);
  }
  CHECK(scene.User(deactivated.name).is_null());
  CHECK_FALSE(scene.LockOn(deactivated.name).is_null());
  CHECK(scene.User(unassigned.name).is_object());  // no list says that he is gone
  CHECK_THAT(hosted.Alarm(), Contains("may still have access"));

  scene.Okta("clear_faults");
  CHECK(hosted.Sync()["ok"] == true);
  CHECK(scene.User(unassigned.name).is_null());
  CHECK(hosted.Alarm().empty());
}

}  // namespace
}  // namespace integration
