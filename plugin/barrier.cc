#include "barrier.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "base/exception.h"
#include "base/status.h"
#include "base/text.h"

namespace oktasync::plugin {
namespace {

constexpr std::string_view kEllipsis = "…";

uint32_t FlagsOf(int32_t code) {
  switch (code) {
    case OKTASYNC_UNAVAILABLE:
    case OKTASYNC_DEADLINE_EXCEEDED:
    case OKTASYNC_RESOURCE_EXHAUSTED:
    case OKTASYNC_ABORTED:
      return OKTASYNC_ERROR_RETRYABLE;
    case OKTASYNC_UNAUTHENTICATED:
    case OKTASYNC_PERMISSION_DENIED:
      return OKTASYNC_ERROR_AUTH;
    default:
      return 0;
  }
}

// How much of `text` fits into `room` bytes without cutting a character.
size_t Fitting(std::string_view text, size_t room) {
  if (text.size() <= room) return text.size();
  size_t end = room;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
  return end;
}

void CopyMessage(std::string_view message, char* to, size_t capacity) {
  if (capacity == 0) return;
  const size_t room = capacity - 1;  // for the NUL
  const bool cut = message.size() > room && room >= kEllipsis.size();
  const size_t n = Fitting(message, cut ? room - kEllipsis.size() : room);
  std::memcpy(to, message.data(), n);
  size_t end = n;
  if (cut) {
    std::memcpy(to + end, kEllipsis.data(), kEllipsis.size());
    end += kEllipsis.size();
  }
  to[end] = '\0';
}

}  // namespace

int32_t FillError(int32_t code, uint32_t flags, std::string_view message, oktasync_error* err) noexcept {
  if (code == OKTASYNC_OK || err == nullptr) return code;
  if (OKTASYNC_HAS(oktasync_error, err, code)) err->code = code;
  if (OKTASYNC_HAS(oktasync_error, err, flags)) err->flags = flags | FlagsOf(code);
  if (OKTASYNC_HAS(oktasync_error, err, retry_after_ns)) err->retry_after_ns = 0;
  if (err->struct_size > offsetof(oktasync_error, message)) {
    CopyMessage(message, err->message,
                std::min<size_t>(sizeof(err->message), err->struct_size - offsetof(oktasync_error, message)));
  }
  return code;
}

int32_t FillError(const CallResult& result, oktasync_error* err) noexcept {
  if (result.status.ok()) return OKTASYNC_OK;
  return FillError(static_cast<int32_t>(result.status.code()), result.flags, Std(result.status.message()),
                   err);
}

int32_t FillFromException(std::string_view function, oktasync_error* err) noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    char message[96];  // no allocation
    std::snprintf(message, sizeof(message), "out of memory in %.*s; try again when there is some",
                  static_cast<int>(function.size()), function.data());
    return FillError(OKTASYNC_RESOURCE_EXHAUSTED, 0, message, err);
  } catch (...) {
    try {
      const std::string message = "an error inside oktasync, in " + std::string(function) + ": " +
                                  CurrentException() + "; please report it";
      return FillError(OKTASYNC_INTERNAL, 0, message, err);
    } catch (...) {
      return FillError(OKTASYNC_INTERNAL, 0, "an error inside oktasync", err);
    }
  }
}

absl::Status FromHost(std::string_view callback, int32_t code, const oktasync_error& err) {
  OKTASYNC_THROW_POINT("callback", callback);
  if (code == OKTASYNC_OK) return absl::OkStatus();
  const std::string_view told(err.message, strnlen(err.message, sizeof(err.message)));
  std::string message = "the host's " + std::string(callback) + " failed";
  if (told.empty()) {
    message += " with code " + std::to_string(code) + " and gave no reason";
  } else {
    message += ": " + Escape(told, sizeof(err.message));
  }
  const bool canonical = code >= OKTASYNC_CANCELLED && code <= OKTASYNC_UNAUTHENTICATED;
  return MakeStatus(canonical ? static_cast<absl::StatusCode>(code) : absl::StatusCode::kUnknown, message);
}

}  // namespace oktasync::plugin
