// The playground's own record: every request it got and every write it accepted, with before and after.
//
// Tests assert on this and on nothing that the product says of itself. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace playground {

class Record {
 public:
  // Appends an entry {seq, at (seconds since the epoch, double), side ("okta", "auth", "control"), kind, …}.
  // For a request: kind "request", method or call, path, status or code. For a write: kind "write", call,
  // name, before, after (null for absent). Returns its seq. Never holds a token or an assertion.
  uint64_t Add(nlohmann::json entry) {
    std::lock_guard lock(mutex_);
    const uint64_t seq = entries_.size() + 1;
    entry["seq"] = seq;
    entry["at"] = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    entries_.push_back(std::move(entry));
    return seq;
  }

  // Entries with seq > after, as an array.
  nlohmann::json Since(uint64_t after) const {
    std::lock_guard lock(mutex_);
    nlohmann::json out = nlohmann::json::array();
    for (uint64_t i = after; i < entries_.size(); ++i) out.push_back(entries_[i]);
    return out;
  }

  uint64_t last() const {
    std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<nlohmann::json> entries_;
};

}  // namespace playground
