// The consumer's own log. It has the name of a header that oktasync's headers include: each must get its own.
#pragma once

#include <oktasync/base/log.h>
#include <oktasync/base/text.h>

#include <cstdio>
#include <mutex>

namespace consumer {

class StderrLog final : public oktasync::LogSink {
 public:
  using LogSink::Write;
  void Write(oktasync::LogLevel level, std::string_view room, std::string_view message,
             std::initializer_list<oktasync::LogField> fields) override {
    std::string line = oktasync::Escape(message);
    for (const oktasync::LogField& field : fields) {
      line += " " + std::string(field.key) + "=" + oktasync::Escape(field.value);
    }
    std::lock_guard lock(mutex_);
    std::fprintf(stderr, "%d %.*s: %s\n", static_cast<int>(level), static_cast<int>(room.size()), room.data(),
                 line.c_str());
  }

 private:
  std::mutex mutex_;
};

}  // namespace consumer
