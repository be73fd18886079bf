// The host's callbacks as the rooms want them: signer, identity, dial, clock, audit event.
//
// What the host answers is checked here, so that a mistake of the host's becomes words and not a crash.
// Everything made from a HostBinding copies it; the rooms' own thread rules hold.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "jose/signer.h"
#include "oktasync/plugin.h"
#include "teleport/client.h"

namespace oktasync::plugin {

struct HostBinding {
  oktasync_host table{};  // slots beyond the host's struct_size are null
  uint64_t ctx = 0;
};

// kFailedPrecondition or kInvalidArgument as oktasync_plugin_open says.
absl::Status CheckHost(const oktasync_host* host);
// `host` has passed CheckHost.
HostBinding Bind(const oktasync_host& host, uint64_t ctx);

// Each gives null when the host has no such slot.
teleport::IdentitySource MakeIdentitySource(const HostBinding& host);
teleport::Dial MakeDial(const HostBinding& host, absl::Duration timeout);
std::unique_ptr<Clock> MakeClock(const HostBinding& host);

// kInvalidArgument for an algorithm that we do not know or a host without `sign`.
absl::StatusOr<std::shared_ptr<const jose::Signer>> MakeSigner(const HostBinding& host, int32_t algorithm,
                                                               std::string key_id);

absl::Status SendAuditEvent(const HostBinding& host, std::string_view type, std::string_view json);

}  // namespace oktasync::plugin
