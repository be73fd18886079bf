#include "preflight.h"

#include <memory>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/json.h"
#include "base/status.h"
#include "cancel_watch.h"
#include "config/preflight.h"
#include "log_relay.h"
#include "nlohmann/json.hpp"

namespace oktasync::plugin {

absl::StatusOr<std::string> Preflight(const config::Config& config, const HostBinding& host,
                                      int32_t sign_algorithm, int32_t cancel_fd) {
  LogRelay log(host.table, host.ctx);
  const std::unique_ptr<Clock> clock = MakeClock(host);
  config::Host services;
  services.log = &log;
  services.clock = clock.get();
  services.identity = MakeIdentitySource(host);
  services.dial = MakeDial(host, config.teleport.connect_timeout);
  OKTASYNC_ASSIGN_OR_RETURN(services.signer, MakeSigner(host, sign_algorithm, config.key_id));
  OKTASYNC_RETURN_IF_ERROR(log.Start());

  Cancel cancel;
  CancelWatch watch(cancel);
  OKTASYNC_RETURN_IF_ERROR(watch.Start(cancel_fd));
  OKTASYNC_ASSIGN_OR_RETURN(const std::vector<enroll::Check> checks,
                            config::Preflight(config, services, cancel));
  return DumpJson(enroll::ToJson(checks));
}

}  // namespace oktasync::plugin
