// Carries log lines to the host on a thread of its own.
//
// The rooms log wherever they are, also where they hold a lock, and the interface promises that no callback
// is called under a lock of ours and that a slow log slows nothing: so lines wait in a bounded queue, and one
// thread hands them over. What does not fit is dropped and counted, and the count is logged.
//
// Thread-safe, except that Start and Close are for one caller.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/log.h"
#include "base/thread.h"
#include "oktasync/plugin.h"

namespace oktasync::plugin {

class LogRelay final : public LogSink {
 public:
  static constexpr size_t kMaxLines = 1024;

  LogRelay(const oktasync_host& host, uint64_t host_ctx) : log_(host.log), host_ctx_(host_ctx) {}
  ~LogRelay() override { Close(); }

  void Write(LogLevel level, std::string_view room, std::string_view message,
             std::initializer_list<LogField> fields) override;
  using LogSink::Write;

  // Hands over what waits, on this thread; nothing when there is a thread for it already.
  void Drain();
  // Idempotent.
  absl::Status Start();
  // Hands over what waits and ends the thread. Later lines are dropped without being counted.
  void Close();
  uint64_t dropped() const;

 private:
  struct Line {
    LogLevel level;
    std::string room;
    std::string message;
    std::vector<std::pair<std::string, std::string>> fields;
  };

  void Run();
  void DeliverOrCount(const std::vector<Line>& lines);
  void Deliver(const std::vector<Line>& lines, size_t& delivered);
  void TellDropped(uint64_t dropped);

  void (*const log_)(uint64_t, int32_t, oktasync_str, oktasync_str, const oktasync_field*, uint64_t);
  const uint64_t host_ctx_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Line> queue_;
  uint64_t dropped_ = 0;
  uint64_t told_dropped_ = 0;
  bool closed_ = false;
  Thread thread_;
};

}  // namespace oktasync::plugin
