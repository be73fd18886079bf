// The table of the C interface (oktasync/plugin.h): each slot checks what the host gave, calls the Instance,
// and lets nothing but a code out.
#pragma once

#include "oktasync/plugin.h"

namespace oktasync::plugin {

const oktasync_api* Api() noexcept;
const oktasync_descriptor* Descriptor() noexcept;
int32_t Open(const oktasync_host* host, uint32_t want_major, const oktasync_api** api,
             oktasync_error* err) noexcept;

}  // namespace oktasync::plugin
