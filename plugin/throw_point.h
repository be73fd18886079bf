// Points at which a test-only build of the plugin (test/abi, oktasync_plugin_throwing) throws, to see that
// nothing crosses the border. In every other build the macro is nothing.
//
// `kind` is "entry" (a function of the interface begins) or "callback" (one of the host's has returned).
#pragma once

#ifdef OKTASYNC_THROW_POINTS

#include <string_view>

namespace oktasync::plugin {
void ThrowIfArmed(std::string_view kind, std::string_view name);
}
#define OKTASYNC_THROW_POINT(kind, name) ::oktasync::plugin::ThrowIfArmed(kind, name)

#else

#define OKTASYNC_THROW_POINT(kind, name) static_cast<void>(0)

#endif
