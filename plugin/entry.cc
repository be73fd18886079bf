// The two exports. Everything else in the plugin is hidden (exports.map).
#include "api.h"

const oktasync_descriptor* oktasync_plugin_describe(void) { return oktasync::plugin::Descriptor(); }

int32_t oktasync_plugin_open(const oktasync_host* host, uint32_t want_major, const oktasync_api** api,
                             oktasync_error* err) {
  return oktasync::plugin::Open(host, want_major, api, err);
}
