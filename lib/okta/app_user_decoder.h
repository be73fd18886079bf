// Decodes pages of an app's users: the hot path.
//
// simdjson checks the whole text (grammar, UTF-8, depth) and keeps the unescaped strings in its document; the
// AppUsers of a page borrow from that document, which the page owns. Documents are used again by later pages,
// so a walk over a million users allocates a few of them. Strict: whatever could make a person look absent or
// be somebody else is kDataLoss for the whole page (R11).
// Source: schema AppUser and User, Okta management API 2026.06.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "okta/client.h"

namespace oktasync::okta {

struct DecodedAppUser {
  AppUser user;  // borrows from `storage`
  std::shared_ptr<const void> storage;
};

// Not thread-safe. Pages may outlive the decoder and may be dropped on any thread.
class AppUserDecoder {
 public:
  AppUserDecoder();
  ~AppUserDecoder();
  AppUserDecoder(const AppUserDecoder&) = delete;
  AppUserDecoder& operator=(const AppUserDecoder&) = delete;

  // `page` counts from 1 and is for messages: "page 3, row 17 (00u…): …".
  absl::StatusOr<std::unique_ptr<AppUserPage>> DecodePage(std::string body, uint64_t page);

  // The single app user with its embedded user; its id must be `id`.
  absl::StatusOr<DecodedAppUser> DecodeOne(std::string body, const std::string& id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oktasync::okta
