#include "base/log.h"

namespace oktasync {
namespace {

class NullSink final : public LogSink {
 public:
  void Write(LogLevel, std::string_view, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace

LogSink& NullLog() {
  static NullSink& sink = *new NullSink;
  return sink;
}

}  // namespace oktasync
