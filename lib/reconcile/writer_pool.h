// A few threads that carry out changes while the walk goes on.
//
// A change is written as a straight line of blocking calls; the pool runs several at once. The queue is
// bounded, so a walk that outruns Teleport waits. Push and Drain are for one thread, the run's. Two changes
// of one person never stand in the queue at the same time: a run drains between its stages.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "base/cancel.h"
#include "base/thread.h"

namespace oktasync::reconcile {

class WriterPool {
 public:
  // Threads are made when work arrives, `threads` at most. With 0 each job is done within its Push.
  WriterPool(uint32_t threads, Cancel& cancel);
  // Drops what has not begun, waits for what has.
  ~WriterPool();
  WriterPool(const WriterPool&) = delete;
  WriterPool& operator=(const WriterPool&) = delete;

  // Waits for room. Once cancelled it drops the job and says so. kResourceExhausted when not a single thread
  // can be made.
  absl::Status Push(std::function<void()> job);
  // Waits until everything pushed has been done, or dropped after a cancel. kInternal when a job let out an
  // exception.
  absl::Status Drain();

 private:
  void Work();
  static std::string Do(
      const std::function<void()>& job);  // the text of the exception that it let out, or ""
  void Died(const std::string& what);

  const uint32_t max_threads_;
  Cancel& cancel_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  uint32_t busy_ = 0;
  uint32_t idle_ = 0;
  bool closing_ = false;
  bool died_ = false;  // a thread of ours, by an exception that was no job's
  std::string exception_;
  std::vector<Thread> threads_;
  Cancel::Registration on_cancel_;
};

}  // namespace oktasync::reconcile
