#include "base/fd.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace oktasync {

void UniqueFd::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

std::string ErrnoText(int error) {
  std::string text = std::generic_category().message(error);
  if (error == EMFILE) text += " (raise this process's limit on open files, ulimit -n or LimitNOFILE)";
  if (error == ENFILE) text += " (raise the machine's limit on open files, fs.file-max)";
  return text;
}

}  // namespace oktasync
