#include "core_dumps.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace oktasync::host {

void ForbidCoreDumps() {
  // Of the two this one also holds where core_pattern is a pipe, which a limit of 0 does not stop.
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

}  // namespace oktasync::host
