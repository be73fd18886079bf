#include "join.h"

#include <utility>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/status.h"
#include "buffers.h"
#include "cancel_watch.h"
#include "config/join.h"
#include "host_binding.h"
#include "nlohmann/json.hpp"

namespace oktasync::plugin {
namespace {

constexpr uint64_t kMaxPins = 64;

absl::Status Invalid(std::string_view what) { return MakeStatus(absl::StatusCode::kInvalidArgument, what); }

}  // namespace

absl::Status CheckJoinOptions(const oktasync_join_options& options) {
  if (!OKTASYNC_HAS(oktasync_join_options, &options, reserved)) {
    return Invalid("the join options have " + std::to_string(options.struct_size) +
                   " bytes, fewer than the first version had: struct_size was not set");
  }
  if ((options.flags & ~OKTASYNC_JOIN_FORCE) != 0) {
    return Invalid("the join options have flags that this version does not know");
  }
  if (options.ca_pin_count > kMaxPins || (options.ca_pin_count > 0 && options.ca_pins == nullptr)) {
    return Invalid("the join options have more pins than there can be, or pins that are NULL");
  }
  OKTASYNC_RETURN_IF_ERROR(CheckStr("config", options.config));
  OKTASYNC_RETURN_IF_ERROR(CheckStr("token", options.token));
  OKTASYNC_RETURN_IF_ERROR(CheckStr("proxy_ca_file", options.proxy_ca_file));
  for (uint64_t i = 0; i < options.ca_pin_count; ++i) {
    OKTASYNC_RETURN_IF_ERROR(CheckStr("ca_pins", options.ca_pins[i]));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> JoinCluster(const config::Config& config, const oktasync_join_options& options) {
  config::JoinRequest request;
  request.token = Secret(std::string(View(options.token)));
  for (uint64_t i = 0; i < options.ca_pin_count; ++i) request.ca_pins.emplace_back(View(options.ca_pins[i]));
  request.proxy_ca_file = std::string(View(options.proxy_ca_file));
  request.force = (options.flags & OKTASYNC_JOIN_FORCE) != 0;
  Cancel cancel;
  CancelWatch watch(cancel);
  OKTASYNC_RETURN_IF_ERROR(watch.Start(options.cancel_fd));
  OKTASYNC_ASSIGN_OR_RETURN(const config::Joined joined,
                            config::JoinCluster(config, request, SystemClock(), cancel));
  return DumpJson(
      {{"host_id", joined.host_id},
       {"cluster", joined.cluster},
       {"role", joined.role},
       {"valid_until", absl::FormatTime(absl::RFC3339_sec, joined.valid_until, absl::UTCTimeZone())},
       {"file", joined.file}});
}

}  // namespace oktasync::plugin
