#include "operations.h"

#include <iterator>
#include <utility>

namespace oktasync::host {
namespace {

constexpr std::string_view kNames[] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

}  // namespace

std::string_view CodeName(int32_t code) {
  const bool known = code >= 0 && static_cast<size_t>(code) < std::size(kNames);
  return kNames[known ? static_cast<size_t>(code) : static_cast<size_t>(OKTASYNC_UNKNOWN)];
}

int32_t CodeOfName(std::string_view name) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == name) return static_cast<int32_t>(i);
  }
  return OKTASYNC_UNKNOWN;
}

Document OwnedDocument(std::string text) {
  auto owner = std::make_shared<const std::string>(std::move(text));
  const std::string_view view = *owner;
  return {std::move(owner), view};
}

}  // namespace oktasync::host
