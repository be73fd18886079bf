// The plugin as a C++ program sees it: found, loaded, checked, and its calls with owners.
//
// Uses nothing of the plugin but oktasync/plugin.h, as any other host does. An Instance is for one thread,
// but for what plugin.h allows; the library stays loaded until the process ends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "oktasync/plugin.h"

namespace oktasync::host {

inline constexpr char kPluginFile[] = "oktasync_plugin.so";

// What a call of the plugin answered, in the words it gave.
struct PluginError {
  int32_t code = OKTASYNC_OK;
  uint32_t flags = 0;
  std::string message;
  bool ok() const { return code == OKTASYNC_OK; }
  bool config() const { return (flags & OKTASYNC_ERROR_CONFIG) != 0; }
};

// "" for the usual places. kNotFound names every place that was looked at.
absl::StatusOr<std::string> FindPlugin(const std::string& wanted);

class PluginLibrary {
 public:
  // Loads and opens. Errors name the file and what is wrong with it.
  static absl::StatusOr<PluginLibrary> Load(const std::string& file, const oktasync_host& host);

  const oktasync_descriptor& descriptor() const { return *descriptor_; }
  const oktasync_api& api() const { return *api_; }
  std::string version() const;

  // *problems gets the plugin's JSON list.
  PluginError Validate(const std::string& config, std::string* problems) const;

 private:
  PluginLibrary() = default;
  const oktasync_descriptor* descriptor_ = nullptr;
  const oktasync_api* api_ = nullptr;
};

// Stops and destroys in its destructor, when that has not been done.
class Instance {
 public:
  explicit Instance(const PluginLibrary& library) : api_(library.api()) {}
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  PluginError Create(const oktasync_host& host, uint64_t host_ctx, const std::string& config,
                     bool on_request);
  PluginError Start();
  PluginError Stop(uint64_t timeout_ns);
  PluginError Request(bool plan, uint64_t* run_id);
  PluginError Status(std::string* json);
  // Whether `report` would answer something else than "not finished yet".
  bool Finished(uint64_t run_id);
  // The whole of a report, fetched in pieces.
  PluginError Report(uint64_t run_id, std::string* json);
  PluginError IdentityChanged();

 private:
  const oktasync_api& api_;
  oktasync_instance* instance_ = nullptr;
  bool stopped_ = true;  // nothing of it runs
};

}  // namespace oktasync::host
