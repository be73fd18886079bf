#include "buffers.h"

#include <utility>

#include "base/status.h"

namespace oktasync::plugin {
namespace {

struct Owner {
  std::shared_ptr<const std::string> text;
};

}  // namespace

absl::Status CheckStr(std::string_view what, oktasync_str text) {
  if (text.data != nullptr || text.len == 0) return absl::OkStatus();
  return MakeStatus(absl::StatusCode::kInvalidArgument,
                    std::string(what) + " has a length but no data: an error of the calling program");
}

oktasync_buf MakeBuf(std::shared_ptr<const std::string> text, std::string_view piece) {
  auto owner = std::make_unique<Owner>(Owner{std::move(text)});
  oktasync_buf buf;
  buf.data = reinterpret_cast<const uint8_t*>(piece.data());
  buf.len = piece.size();
  buf.owner = owner.release();
  return buf;
}

oktasync_buf MakeBuf(std::string text) {
  auto shared = std::make_shared<const std::string>(std::move(text));
  const std::string_view whole = *shared;
  return MakeBuf(std::move(shared), whole);
}

void ReleaseBuf(oktasync_buf* buf) noexcept {
  if (buf == nullptr) return;
  delete static_cast<Owner*>(buf->owner);
  *buf = oktasync_buf{};
}

}  // namespace oktasync::plugin
