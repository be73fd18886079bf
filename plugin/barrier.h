// The border between C++ and the host: statuses become codes and oktasync_error, exceptions stop here.
//
// An exception that crosses into a C or Go host aborts it, so every function of the table runs in Guarded.
// Thread-safe: no state.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "oktasync/plugin.h"
#include "throw_point.h"

namespace oktasync::plugin {

// What a call of the table comes to.
struct CallResult {
  CallResult(absl::Status s, uint32_t f = 0) : status(std::move(s)), flags(f) {}  // NOLINT: meant to convert
  absl::Status status;
  uint32_t flags = 0;  // OKTASYNC_ERROR_* beside those that follow from the code
};

// Writes into what `err` has room for; null is fine. Returns the code.
int32_t FillError(int32_t code, uint32_t flags, std::string_view message, oktasync_error* err) noexcept;
int32_t FillError(const CallResult& result, oktasync_error* err) noexcept;

// For a catch (...) block: the code and words for the exception being handled. Only its type is told, for
// its text may quote what was being parsed.
int32_t FillFromException(std::string_view function, oktasync_error* err) noexcept;

// Runs `body`, which returns a CallResult or an absl::Status.
template <typename Body>
int32_t Guarded(std::string_view function, oktasync_error* err, Body&& body) noexcept {
  try {
    OKTASYNC_THROW_POINT("entry", function);
    const CallResult result = std::forward<Body>(body)();
    return FillError(result, err);
  } catch (...) {
    return FillFromException(function, err);
  }
}

// The other way: what a callback of the host answered, as a status. Its message is cut at the NUL or at the
// end of the field, and bytes that are not UTF-8 are escaped.
absl::Status FromHost(std::string_view callback, int32_t code, const oktasync_error& err);

}  // namespace oktasync::plugin
