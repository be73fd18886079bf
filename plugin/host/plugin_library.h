// The plugin as a C++ program sees it: found, loaded, checked, and its calls with owners.
//
// Uses nothing of the plugin but oktasync/plugin.h, as any other host does. Of an Instance the Operations are
// for any thread, the rest is for one; the library stays loaded until the process ends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/secret.h"
#include "oktasync/plugin.h"
#include "operations.h"

namespace oktasync::host {

inline constexpr char kPluginFile[] = "oktasync_plugin.so";

// "" for the usual places. kNotFound names every place that was looked at.
absl::StatusOr<std::string> FindPlugin(const std::string& wanted);

// What a joining takes beside the configuration.
struct JoinOrder {
  Secret token;
  std::vector<std::string> ca_pins;
  std::string proxy_ca_file;
  bool force = false;
  int cancel_fd = -1;
};

class PluginLibrary {
 public:
  // Loads and opens. Errors name the file and what is wrong with it.
  static absl::StatusOr<PluginLibrary> Load(const std::string& file, const oktasync_host& host);

  const oktasync_descriptor& descriptor() const { return *descriptor_; }
  const oktasync_api& api() const { return *api_; }
  std::string version() const;

  // *problems gets the plugin's JSON list.
  PluginError Validate(const std::string& config, std::string* problems) const;
  // UNIMPLEMENTED for a plugin older than this program.
  PluginError Jwks(const std::string& config, std::string* json) const;
  // Ends soon once `cancel_fd` is readable. UNIMPLEMENTED for a plugin older than this program.
  PluginError Preflight(const oktasync_host& host, uint64_t host_ctx, const std::string& config,
                        int cancel_fd, std::string* json) const;
  // UNIMPLEMENTED for a plugin older than this program.
  PluginError Join(const std::string& config, const JoinOrder& order, std::string* json) const;

 private:
  PluginLibrary() = default;
  const oktasync_descriptor* descriptor_ = nullptr;
  const oktasync_api* api_ = nullptr;
};

// Stops and destroys in its destructor, when that has not been done.
class Instance final : public Operations {
 public:
  explicit Instance(const PluginLibrary& library) : api_(library.api()) {}
  ~Instance() override;
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  PluginError Create(const oktasync_host& host, uint64_t host_ctx, const std::string& config,
                     bool on_request);
  PluginError Start();
  PluginError Stop(uint64_t timeout_ns);
  PluginError Status(std::string* json) override;
  PluginError Request(bool plan, uint64_t* run_id) override;
  PluginError Approve(std::string_view digest, std::string_view plan, uint64_t* run_id) override;
  PluginError Explain(std::string_view who, std::string* json) override;
  PluginError Report(uint64_t run_id, Document* document) override;
  PluginError IdentityChanged();

 private:
  const oktasync_api& api_;
  oktasync_instance* instance_ = nullptr;
  bool stopped_ = true;  // nothing of it runs
};

}  // namespace oktasync::host
