// A store whose listings lag: what was written shows at once by name, and in listings after a settable time.
//
// Used for users and locks, as Teleport's auth cache shows them (facts/teleport-api.md 0.2 "Cache"). Not
// thread-safe: the World's mutex guards it. Values are immutable and shared, so a listing may be copied out
// after the mutex is let go.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace playground {

template <class T>
class LaggedMap {
 public:
  using Ptr = std::shared_ptr<const T>;
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  // index_of, if given, names a second key under which listings can be asked.
  explicit LaggedMap(std::function<std::string(const T&)> index_of = nullptr)
      : index_of_(std::move(index_of)) {}

  Ptr Find(const std::string& name) const {
    const auto it = fresh_.find(name);
    return it == fresh_.end() ? nullptr : it->second;
  }

  void Put(const std::string& name, Ptr value, Time now) {
    fresh_[name] = value;
    pending_.push_back({now, name, std::move(value)});
  }

  void Erase(const std::string& name, Time now) {
    fresh_.erase(name);
    pending_.push_back({now, name, nullptr});
  }

  // The present state, in byte order of the names.
  const std::map<std::string, Ptr>& Fresh() const { return fresh_; }

  // Lets listings see every write that is at least `lag` old. Called before Listed and ListedUnder, and now
  // and then so that the backlog stays short.
  void CatchUp(Time now, Duration lag) {
    while (!pending_.empty() && pending_.front().at + lag <= now) {
      Apply(pending_.front());
      pending_.pop_front();
    }
  }

  const std::map<std::string, Ptr>& Listed() const { return listed_; }

  std::set<std::string> ListedUnder(const std::string& index) const {
    const auto it = index_.find(index);
    return it == index_.end() ? std::set<std::string>{} : it->second;
  }

 private:
  struct Write {
    Time at;
    std::string name;
    Ptr value;  // null: erased
  };

  void Apply(const Write& write) {
    const auto old = listed_.find(write.name);
    if (index_of_ && old != listed_.end()) {
      const auto under = index_.find(index_of_(*old->second));
      under->second.erase(write.name);
      if (under->second.empty()) index_.erase(under);
    }
    if (write.value) {
      listed_[write.name] = write.value;
      if (index_of_) index_[index_of_(*write.value)].insert(write.name);
    } else if (old != listed_.end()) {
      listed_.erase(old);
    }
  }

  std::function<std::string(const T&)> index_of_;
  std::map<std::string, Ptr> fresh_;
  std::map<std::string, Ptr> listed_;
  std::map<std::string, std::set<std::string>> index_;
  std::deque<Write> pending_;
};

}  // namespace playground
