// Texts across the border: borrowed ones in, owned ones out.
//
// Thread-safe: no state. A buffer shares the text it was made of, so pieces of one document cost no copies.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "oktasync/plugin.h"

namespace oktasync::plugin {

inline std::string_view View(oktasync_str text) {
  // The interface's bytes are uint8_t so that no host has to care about the sign of char.
  return text.data == nullptr ? std::string_view()
                              : std::string_view(reinterpret_cast<const char*>(text.data), text.len);
}

inline oktasync_str Borrow(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// kInvalidArgument when a length comes without data.
absl::Status CheckStr(std::string_view what, oktasync_str text);

// A buffer over `piece`, which lies in *text.
oktasync_buf MakeBuf(std::shared_ptr<const std::string> text, std::string_view piece);
oktasync_buf MakeBuf(std::string text);
void ReleaseBuf(oktasync_buf* buf) noexcept;

}  // namespace oktasync::plugin
