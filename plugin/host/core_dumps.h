// Keys and tokens stay out of core files.
//
// For main.cc, before anything secret is read. Of this program alone: the plugin in another host's process cannot
// decide this for it. Source: prctl(2), PR_SET_DUMPABLE; core(5); proc(5) for what else it closes.
#pragma once

namespace oktasync::host {

// No core of this process from here on, whatever /proc/sys/kernel/core_pattern says, and no look into its memory by
// other processes of the same user. Root may still look (gdb, gcore), and swap is not covered. Never fails: where the
// kernel refuses, the process goes on without it.
void ForbidCoreDumps();

}  // namespace oktasync::host
