#include "teleport/socket_bio.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>

namespace oktasync::teleport {
namespace {

int FdOf(BIO* bio) { return static_cast<int>(reinterpret_cast<intptr_t>(BIO_get_data(bio))); }

bool TryAgain(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

int Write(BIO* bio, const char* bytes, size_t size, size_t* written) {
  BIO_clear_retry_flags(bio);
  const ssize_t n = send(FdOf(bio), bytes, size, MSG_NOSIGNAL);
  *written = n > 0 ? static_cast<size_t>(n) : 0;
  if (n < 0 && TryAgain(errno)) BIO_set_retry_write(bio);
  return n > 0 ? 1 : 0;
}

int Read(BIO* bio, char* buffer, size_t size, size_t* got) {
  BIO_clear_retry_flags(bio);
  const ssize_t n = recv(FdOf(bio), buffer, size, 0);
  *got = n > 0 ? static_cast<size_t>(n) : 0;
  if (n < 0 && TryAgain(errno)) BIO_set_retry_read(bio);
  if (n == 0) {
    BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    errno = 0;  // an end is no system error; an old errno must not look like one
  }
  return n > 0 ? 1 : 0;
}

long Control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

const BIO_METHOD* Method() {
  // Made once and kept for the life of the process, as OpenSSL's own methods are.
  static const BIO_METHOD* method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "oktasync socket");
    if (made == nullptr) return made;
    BIO_meth_set_write_ex(made, Write);
    BIO_meth_set_read_ex(made, Read);
    BIO_meth_set_ctrl(made, Control);
    return made;
  }();
  return method;
}

}  // namespace

BIO* NewSocketBio(int fd) {
  const BIO_METHOD* method = Method();
  BIO* bio = method == nullptr ? nullptr : BIO_new(method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<intptr_t>(fd)));
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace oktasync::teleport
