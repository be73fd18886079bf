// A running `oktasync run` as its clients see it: the Operations of its instance, asked through the control
// socket (control_api.h).
//
// For one thread, which hears signals while it waits: a call that a signal ends answers CANCELLED.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "operations.h"
#include "signals.h"

namespace oktasync::host {

class Daemon final : public Operations {
 public:
  // `signals` outlives it. Nothing is connected to yet.
  Daemon(std::string path, Signals& signals) : path_(std::move(path)), signals_(signals) {}

  const std::string& path() const { return path_; }

  // The daemon's own additions included (status_view.h).
  PluginError Status(std::string* json) override;
  PluginError Request(bool plan, uint64_t* run_id) override;
  PluginError Approve(std::string_view digest, std::string_view plan, uint64_t* run_id) override;
  PluginError Explain(std::string_view who, std::string* json) override;
  PluginError Report(uint64_t run_id, Document* document) override;

 private:
  PluginError Call(const char* method, const std::string& target, const std::string& body,
                   absl::Duration timeout, std::string* answer);
  PluginError CallForRun(const std::string& target, const std::string& body, uint64_t* run_id);

  const std::string path_;
  Signals& signals_;
};

}  // namespace oktasync::host
