// OpenSSL's own memory past ASan, for the targets that spend their time in it.
//
// Debian's libcrypto is not instrumented, so a red zone around each of its hundreds of blocks for one key shows
// nothing and takes two thirds of the time. The replay of the corpus keeps ASan and LeakSanitizer on all of it.
#include <openssl/crypto.h>

#include <cstddef>
#include <cstdlib>

// glibc's, which ASan does not stand in for.
extern "C" void* __libc_malloc(size_t size);
extern "C" void* __libc_realloc(void* block, size_t size);
extern "C" void __libc_free(void* block);

namespace {

void* Allocate(size_t size, const char* /*file*/, int /*line*/) { return __libc_malloc(size); }
void* Reallocate(void* block, size_t size, const char* /*file*/, int /*line*/) {
  return __libc_realloc(block, size);
}
void Free(void* block, const char* /*file*/, int /*line*/) { __libc_free(block); }

// OpenSSL takes it only before its first allocation.
[[gnu::constructor]] void TakeOver() {
  if (CRYPTO_set_mem_functions(Allocate, Reallocate, Free) != 1) std::abort();
}

}  // namespace
