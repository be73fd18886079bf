// What an operator may ask of a running instance. An Instance of this process answers, and so does the daemon
// behind a control socket (daemon.h): the commands are written once, against this.
//
// Implementations say for which threads they are. Each call answers in the plugin's own codes and words.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "oktasync/plugin.h"

namespace oktasync::host {

// What a call answered, in the words it gave.
struct PluginError {
  int32_t code = OKTASYNC_OK;
  uint32_t flags = 0;
  std::string message;
  bool ok() const { return code == OKTASYNC_OK; }
  bool config() const { return (flags & OKTASYNC_ERROR_CONFIG) != 0; }
  // Of `Report`: ask again later.
  bool not_finished() const {
    return code == OKTASYNC_UNAVAILABLE && (flags & OKTASYNC_ERROR_RETRYABLE) != 0;
  }
};

// "NOT_FOUND" and so on, as gRPC writes its codes; "UNKNOWN" for what is none.
std::string_view CodeName(int32_t code);
int32_t CodeOfName(std::string_view name);

// A report of a big import has hundreds of megabytes, so it is handed around and not copied.
struct Document {
  std::shared_ptr<const void> owner;
  std::string_view text;  // within what `owner` keeps
};
Document OwnedDocument(std::string text);

class Operations {
 public:
  virtual ~Operations() = default;
  // plugin.h says what each of them does and answers.
  virtual PluginError Status(std::string* json) = 0;
  virtual PluginError Request(bool plan, uint64_t* run_id) = 0;
  virtual PluginError Approve(std::string_view digest, std::string_view plan, uint64_t* run_id) = 0;
  virtual PluginError Explain(std::string_view who, std::string* json) = 0;
  virtual PluginError Report(uint64_t run_id, Document* document) = 0;
};

}  // namespace oktasync::host
