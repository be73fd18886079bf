#include "log_relay.h"

#include <utility>

#include "base/status.h"
#include "buffers.h"
#include "throw_point.h"

namespace oktasync::plugin {

void LogRelay::Write(LogLevel level, std::string_view room, std::string_view message,
                     std::initializer_list<LogField> fields) {
  Line line{level, std::string(room), std::string(message), {}};
  line.fields.reserve(fields.size());
  for (const LogField& field : fields) line.fields.emplace_back(std::string(field.key), field.value);
  {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    if (queue_.size() >= kMaxLines) {
      ++dropped_;
      return;
    }
    queue_.push_back(std::move(line));
  }
  changed_.notify_one();
}

void LogRelay::Drain() {
  if (thread_.joinable()) return;
  std::vector<Line> lines;
  {
    std::lock_guard lock(mutex_);
    lines.swap(queue_);
  }
  DeliverOrCount(lines);
}

absl::Status LogRelay::Start() {
  if (thread_.joinable()) return absl::OkStatus();
  OKTASYNC_ASSIGN_OR_RETURN(thread_, Thread::Start("oktasync-log", [this] { Run(); }));
  return absl::OkStatus();
}

void LogRelay::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closed_ || !queue_.empty() || dropped_ != told_dropped_; });
    if (queue_.empty() && dropped_ == told_dropped_) return;  // closed, and everything is told
    std::vector<Line> lines;
    lines.swap(queue_);
    const uint64_t news = dropped_ - told_dropped_;
    told_dropped_ = dropped_;
    lock.unlock();
    DeliverOrCount(lines);
    if (news != 0) TellDropped(news);
    lock.lock();
  }
}

// An exception (no memory, say) costs lines, which are counted, and not the thread.
void LogRelay::DeliverOrCount(const std::vector<Line>& lines) {
  size_t delivered = 0;
  try {
    Deliver(lines, delivered);
  } catch (...) {
    std::lock_guard lock(mutex_);
    dropped_ += lines.size() - delivered;
  }
}

void LogRelay::Deliver(const std::vector<Line>& lines, size_t& delivered) {
  std::vector<oktasync_field> fields;
  for (const Line& line : lines) {
    fields.clear();
    for (const auto& [key, value] : line.fields) fields.push_back({Borrow(key), Borrow(value)});
    log_(host_ctx_, static_cast<int32_t>(line.level), Borrow(line.room), Borrow(line.message), fields.data(),
         fields.size());
    ++delivered;
    OKTASYNC_THROW_POINT("callback", "log");
  }
}

void LogRelay::TellDropped(uint64_t dropped) {
  const std::string count = std::to_string(dropped);  // short enough to need no memory of its own
  const oktasync_field field{Borrow("lines"), Borrow(count)};
  log_(host_ctx_, OKTASYNC_LOG_WARN, Borrow("plugin"),
       Borrow("log lines were dropped because the host's log took them too slowly"), &field, 1);
}

void LogRelay::Close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_one();
  thread_.Join();
}

uint64_t LogRelay::dropped() const {
  std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace oktasync::plugin
