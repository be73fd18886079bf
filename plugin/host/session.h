// What every command that works with an instance of its own begins and ends with: configuration, plugin, instance.
//
// For one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "log_printer.h"
#include "options.h"
#include "plugin_library.h"
#include "screen.h"
#include "signals.h"
#include "yaml_config.h"

namespace oktasync::host {

class Session {
 public:
  Session(const Options& options, Screen& screen, LogPrinter& log)
      : options_(options), screen_(screen), log_(log), host_(LogPrinter::HostTable()) {}

  // Reads and checks the configuration and loads the plugin. -1, or the exit code after telling what is
  // wrong. For cleanup the configuration gets sync.cleanup, in here and never in the file.
  int Prepare();
  // Makes the instance, which reads the files that the configuration names.
  int Create(bool on_request);
  int Start();
  // The checks, without an instance.
  PluginError Preflight(int cancel_fd, std::string* json) const {
    return library_->Preflight(host_, log_.context(), config_.json, cancel_fd, json);
  }

  Instance& instance() { return *instance_; }
  const PluginLibrary& library() const { return *library_; }
  const ConfigDocument& config() const { return config_; }

  // Waits until the instance has stopped. `asked`: by a signal, and another one ends the program at once.
  void Stop(Signals& signals, bool asked);

 private:
  int TellProblems(const std::string& problems, const PluginError& error);

  const Options& options_;
  Screen& screen_;
  LogPrinter& log_;
  const oktasync_host host_;
  ConfigDocument config_;
  std::optional<PluginLibrary> library_;
  std::optional<Instance> instance_;
};

}  // namespace oktasync::host
