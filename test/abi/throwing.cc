// The inside of oktasync_plugin_throwing: the throw points of plugin/throw_point.h, and two functions that the
// linker puts in the place of others (--wrap): Thread::Start, so that every thread's body has a point of its
// own, and operator new, so that allocations of our code can be made to fail.
#include "throwing.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <mutex>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "base/thread.h"
#include "throw_point.h"

namespace {

struct Armed {
  std::mutex mutex;
  std::string point;
  int32_t what = THROW_NOTHING;
  uint32_t times = 0;
  uint32_t thrown = 0;
  std::set<std::string, std::less<>> passed;
};

// Never destroyed: threads of gRPC's may outlive everything.
Armed& TheArmed() {
  static Armed& armed = *new Armed;
  return armed;
}

thread_local uint32_t allocations_left = 0;

[[noreturn]] void Throw(int32_t what) {
  if (what == THROW_BAD_ALLOC) throw std::bad_alloc();
  if (what == THROW_RUNTIME_ERROR) throw std::runtime_error(THROW_SECRET);
  throw 42;
}

}  // namespace

namespace oktasync::plugin {

void ThrowIfArmed(std::string_view kind, std::string_view name) {
  const uint32_t allocations = std::exchange(allocations_left, 0);  // our own do not count
  const std::string point = std::string(kind) + ":" + std::string(name);
  int32_t what = THROW_NOTHING;
  {
    Armed& armed = TheArmed();
    std::lock_guard lock(armed.mutex);
    armed.passed.insert(point);
    if (armed.point == point && armed.times > 0) {
      --armed.times;
      ++armed.thrown;
      what = armed.what;
    }
  }
  allocations_left = allocations;
  if (what != THROW_NOTHING) Throw(what);
}

}  // namespace oktasync::plugin

void oktasync_test_throw_at(const char* point, int32_t what, uint32_t times) {
  Armed& armed = TheArmed();
  std::lock_guard lock(armed.mutex);
  armed.point = point;
  armed.what = what;
  armed.times = times;
  armed.thrown = 0;
}

uint32_t oktasync_test_thrown(void) {
  Armed& armed = TheArmed();
  std::lock_guard lock(armed.mutex);
  return armed.thrown;
}

uint32_t oktasync_test_fail_allocation(uint32_t n) { return std::exchange(allocations_left, n); }

void oktasync_test_points(char* text, uint32_t room) {
  std::string all;
  {
    Armed& armed = TheArmed();
    std::lock_guard lock(armed.mutex);
    for (const std::string& point : armed.passed) all += point + "\n";
  }
  if (room == 0) return;
  const size_t size = std::min<size_t>(all.size(), room - 1);
  std::memcpy(text, all.data(), size);
  text[size] = '\0';
}

// --- what the linker wraps ------------------------------------------------------------------------------
// Should the signature of Thread::Start change, nothing is wrapped any more and no point "thread:" is passed:
// the test then fails.
using oktasync::Thread;
#define OKTASYNC_START                                                                                      \
  "_ZN8oktasync6Thread5StartERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEESt8functionIFvvEES9_IFv" \
  "S8_EE"

absl::StatusOr<Thread> RealStart(
    const std::string& name, std::function<void()> body,
    std::function<void(const std::string&)> on_exception) asm("__real_" OKTASYNC_START);
absl::StatusOr<Thread> WrappedStart(
    const std::string& name, std::function<void()> body,
    std::function<void(const std::string&)> on_exception) asm("__wrap_" OKTASYNC_START);

absl::StatusOr<Thread> WrappedStart(const std::string& name, std::function<void()> body,
                                    std::function<void(const std::string&)> on_exception) {
  return RealStart(
      name,
      [name, body = std::move(body)] {
        oktasync::plugin::ThrowIfArmed("thread", name);
        body();
      },
      std::move(on_exception));
}

void* RealNew(size_t size) asm("__real__Znwm");
void* WrappedNew(size_t size) asm("__wrap__Znwm");

void* WrappedNew(size_t size) {
  if (allocations_left > 0 && --allocations_left == 0) throw std::bad_alloc();
  return RealNew(size);
}
