// The ids of a page of a group's members: of each user nothing but `id` is looked at.
//
// As strict about the page as the app users' decoder: whatever could make a member look absent is kDataLoss for
// the whole page. Source: schema User, Okta management API 2026.06.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace oktasync::okta {

// Not thread-safe. Its buffers are used again by later pages.
class MemberIdReader {
 public:
  MemberIdReader();
  ~MemberIdReader();
  MemberIdReader(const MemberIdReader&) = delete;
  MemberIdReader& operator=(const MemberIdReader&) = delete;

  // `page` counts from 1 and is for messages. Visits nobody unless the whole page is good; stops at the first
  // error that `visit` returns, and returns it.
  absl::Status Read(std::string body, uint64_t page,
                    const std::function<absl::Status(std::string_view okta_id)>& visit);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oktasync::okta
