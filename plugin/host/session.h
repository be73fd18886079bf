// What every command begins and ends with: configuration, plugin, instance, and the watch over a run.
//
// For one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "log_printer.h"
#include "options.h"
#include "plugin_library.h"
#include "progress.h"
#include "screen.h"
#include "signals.h"
#include "yaml_config.h"

namespace oktasync::host {

class Session {
 public:
  Session(const Options& options, Screen& screen, LogPrinter& log)
      : options_(options), screen_(screen), log_(log), host_(LogPrinter::HostTable()) {}

  // Reads and checks the configuration and loads the plugin. -1, or the exit code after telling what is
  // wrong.
  int Prepare();
  // Makes the instance, which reads the files that the configuration names.
  int Create(bool on_request);
  int Start();

  Instance& instance() { return *instance_; }
  const PluginLibrary& library() const { return *library_; }

  // Shows where the run under way is. Returns what the plugin said, nullopt when it said nothing usable.
  std::optional<StatusView> Watch();
  void EndWatch() { screen_.Bar(""); }
  // Waits until the instance has stopped. `asked`: by a signal, and another one ends the program at once.
  void Stop(Signals& signals, bool asked);

  // An error on standard error: words, or with --json an object.
  void Tell(std::string_view what, const PluginError& error);
  void Tell(std::string_view message);

 private:
  int TellProblems(const std::string& problems, const PluginError& error);

  const Options& options_;
  Screen& screen_;
  LogPrinter& log_;
  const oktasync_host host_;
  ConfigDocument config_;
  std::optional<PluginLibrary> library_;
  std::optional<Instance> instance_;
  ProgressMeter meter_;
};

// Time that passes, for rates; CLOCK_BOOTTIME.
absl::Duration SinceBoot();

}  // namespace oktasync::host
