// Where log lines go. The host owns the sink; a line is one sentence with fields, never a secret.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace oktasync {

enum class LogLevel { kDebug = 0, kInfo = 1, kWarn = 2, kError = 3 };

struct LogField {
  std::string_view key;
  std::string value;
};

// Thread-safe; must not block and must not call back into us. Text in fields may come from outside: who
// prints it escapes it (base/text.h).
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void Write(LogLevel level, std::string_view room, std::string_view message,
                     std::initializer_list<LogField> fields) = 0;

  void Write(LogLevel level, std::string_view room, std::string_view message) {
    Write(level, room, message, {});
  }
};

// Drops everything.
LogSink& NullLog();

}  // namespace oktasync
