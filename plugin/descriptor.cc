#include <cstddef>
#include <string_view>

#include "api.h"
#include "buffers.h"
#include "vcs_id.h"

namespace oktasync::plugin {

const oktasync_descriptor* Descriptor() noexcept {
  static const oktasync_descriptor descriptor = {
      sizeof(oktasync_descriptor),
      OKTASYNC_MAGIC,
      OKTASYNC_ABI_MAJOR,
      OKTASYNC_ABI_MINOR,
      OKTASYNC_CAP_APPROVE | OKTASYNC_CAP_EXPLAIN | OKTASYNC_CAP_PREFLIGHT | OKTASYNC_CAP_JWKS |
          OKTASYNC_CAP_DIAL_SECURED | OKTASYNC_CAP_JOIN,
      offsetof(oktasync_host, identity),
      0,
      Borrow("oktasync"),
      Borrow(OKTASYNC_VERSION),
      Borrow(OKTASYNC_VCS_ID),
  };
  return &descriptor;
}

}  // namespace oktasync::plugin
