#include "reconcile/writer_pool.h"

#include <utility>

#include "base/exception.h"
#include "base/status.h"

namespace oktasync::reconcile {

WriterPool::WriterPool(uint32_t threads, Cancel& cancel)
    : max_threads_(threads), cancel_(cancel), on_cancel_(cancel, [this] {
        std::lock_guard lock(mutex_);
        changed_.notify_all();
      }) {}

WriterPool::~WriterPool() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
    queue_.clear();
    changed_.notify_all();
  }
  threads_.clear();  // joins
}

absl::Status WriterPool::Push(std::function<void()> job) {
  if (max_threads_ == 0) {
    OKTASYNC_RETURN_IF_ERROR(cancel_.Check("queueing changes"));
    if (const std::string what = Do(job); exception_.empty()) exception_ = what;
    return absl::OkStatus();
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock,
                [this] { return queue_.size() < max_threads_ * size_t{2} || died_ || cancel_.requested(); });
  if (cancel_.requested()) return MakeStatus(absl::StatusCode::kCancelled, "stopped while queueing changes");
  if (died_) return MakeStatus(absl::StatusCode::kInternal, "a writer ended with an " + exception_);
  queue_.push_back(std::move(job));
  if (idle_ < queue_.size() && threads_.size() < max_threads_) {
    auto thread = Thread::Start(
        "oktasync-write", [this] { Work(); }, [this](const std::string& what) { Died(what); });
    if (thread.ok()) {
      threads_.push_back(*std::move(thread));
    } else if (threads_.empty()) {
      queue_.pop_back();
      return thread.status();
    }
  }
  changed_.notify_all();
  return absl::OkStatus();
}

absl::Status WriterPool::Drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return queue_.empty() && busy_ == 0; });
  if (died_ || !exception_.empty()) {
    return MakeStatus(absl::StatusCode::kInternal, "a change ended with an " + exception_);
  }
  return absl::OkStatus();
}

std::string WriterPool::Do(const std::function<void()>& job) {
  try {
    job();
  } catch (...) {
    return CurrentException();
  }
  return {};
}

// Nobody must wait for jobs that are not done any more.
void WriterPool::Died(const std::string& what) {
  std::lock_guard lock(mutex_);
  died_ = true;
  queue_.clear();
  changed_.notify_all();
  if (exception_.empty()) exception_ = what;
}

void WriterPool::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return !queue_.empty() || closing_; });
    --idle_;
    if (closing_) return;
    std::function<void()> job = std::move(queue_.front());
    queue_.pop_front();
    ++busy_;
    changed_.notify_all();
    lock.unlock();
    std::string what;
    if (!cancel_.requested()) what = Do(job);
    job = nullptr;
    lock.lock();
    if (!what.empty() && exception_.empty()) exception_ = what;
    --busy_;
    changed_.notify_all();
  }
}

}  // namespace oktasync::reconcile
