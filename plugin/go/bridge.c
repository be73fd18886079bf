#include "bridge.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "_cgo_export.h"

/* --- loading ------------------------------------------------------------------------------------------ */

/* ISO C has no conversion from void* to a function pointer; POSIX demands that the bits are the same. */
static int Find(void* handle, const char* name, void* function) {
  void* symbol = dlsym(handle, name);
  memcpy(function, &symbol, sizeof(symbol));
  return symbol != NULL;
}

int okty_load(const char* path, okty_library* library, char* why, size_t why_size) {
  memset(library, 0, sizeof(*library));
  library->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library->handle == NULL) {
    const char* reason = dlerror();
    snprintf(why, why_size, "%s", reason != NULL ? reason : "dlopen gave no reason");
    return -1;
  }
  oktasync_plugin_describe_fn describe = NULL;
  if (!Find(library->handle, "oktasync_plugin_describe", &describe) ||
      !Find(library->handle, "oktasync_plugin_open", &library->open)) {
    snprintf(why, why_size,
             "it lacks oktasync_plugin_describe or oktasync_plugin_open, so it is no oktasync plugin");
    okty_unload(library);
    return -1;
  }
  library->descriptor = describe();
  const oktasync_descriptor* d = library->descriptor;
  if (d == NULL || !OKTASYNC_HAS(oktasync_descriptor, d, vcs_id) || d->magic != OKTASYNC_MAGIC) {
    snprintf(why, why_size, "it does not describe itself as an oktasync plugin");
    okty_unload(library);
    return -1;
  }
  return 0;
}

void okty_unload(okty_library* library) {
  if (library->handle != NULL) dlclose(library->handle);
  memset(library, 0, sizeof(*library));
}

/* --- the host's table --------------------------------------------------------------------------------- */

/* When a thread that is not Go's first calls into Go, the runtime unblocks on it what Go handles (SIGPROF,
   SIGURG, SIGTERM, ...), and leaves it so. The plugin's threads block all signals, as plugin.h promises: each
   callback gives them their mask back. */
static sigset_t Mask(void) {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  return mask;
}

static void Restore(const sigset_t* mask) { pthread_sigmask(SIG_SETMASK, mask, NULL); }

/* The casts are there because Go's exports know no const. */
static void Log(uint64_t ctx, int32_t level, oktasync_str target, oktasync_str message,
                const oktasync_field* fields, uint64_t field_count) {
  const sigset_t mask = Mask();
  oktasyncGoLog(ctx, level, target, message, (oktasync_field*)fields, field_count);
  Restore(&mask);
}

static int32_t Identity(uint64_t ctx, oktasync_identity* identity, oktasync_error* err) {
  const sigset_t mask = Mask();
  const int32_t code = oktasyncGoIdentity(ctx, identity, err);
  Restore(&mask);
  return code;
}

static void IdentityRelease(uint64_t ctx, oktasync_identity* identity) {
  (void)ctx;
  okty_wipe(&identity->key_pem);
  okty_wipe(&identity->cert_pem);
  okty_wipe(&identity->ca_pem);
}

static int32_t Dial(uint64_t ctx, const oktasync_dial_request* request, oktasync_connection* connection,
                    oktasync_error* err) {
  const sigset_t mask = Mask();
  const int32_t code = oktasyncGoDial(ctx, (oktasync_dial_request*)request, connection, err);
  Restore(&mask);
  return code;
}

static int32_t Sign(uint64_t ctx, oktasync_str key_id, int32_t algorithm, oktasync_str input,
                    uint8_t* signature, uint64_t capacity, uint64_t* length, oktasync_error* err) {
  const sigset_t mask = Mask();
  const int32_t code = oktasyncGoSign(ctx, key_id, algorithm, input, signature, capacity, length, err);
  Restore(&mask);
  return code;
}

static int32_t AuditEvent(uint64_t ctx, oktasync_str type, oktasync_str json, oktasync_error* err) {
  const sigset_t mask = Mask();
  const int32_t code = oktasyncGoAuditEvent(ctx, type, json, err);
  Restore(&mask);
  return code;
}

static int64_t ClockWall(uint64_t ctx) {
  const sigset_t mask = Mask();
  const int64_t now = oktasyncGoClockWall(ctx);
  Restore(&mask);
  return now;
}

static int64_t ClockBoot(uint64_t ctx) {
  const sigset_t mask = Mask();
  const int64_t now = oktasyncGoClockBoot(ctx);
  Restore(&mask);
  return now;
}

static oktasync_host MakeHost(uint32_t callbacks) {
  oktasync_host host;
  memset(&host, 0, sizeof(host));
  host.struct_size = sizeof(host);
  host.abi_minor = OKTASYNC_ABI_MINOR;
  host.log = &Log;
  if ((callbacks & OKTY_IDENTITY) != 0) {
    host.identity = &Identity;
    host.identity_release = &IdentityRelease;
  }
  if ((callbacks & OKTY_DIAL) != 0) host.dial = &Dial;
  if ((callbacks & OKTY_SIGN) != 0) host.sign = &Sign;
  if ((callbacks & OKTY_AUDIT_EVENT) != 0) host.audit_event = &AuditEvent;
  if ((callbacks & OKTY_CLOCK) != 0) {
    host.clock_wall_ns = &ClockWall;
    host.clock_boot_ns = &ClockBoot;
  }
  return host;
}

int32_t okty_open(const okty_library* library, uint32_t callbacks, const oktasync_api** api,
                  oktasync_error* err) {
  const oktasync_host host = MakeHost(callbacks);
  return library->open(&host, OKTASYNC_ABI_MAJOR, api, err);
}

static oktasync_create_options Options(const oktasync_host* host, uint64_t host_ctx, const uint8_t* config,
                                       uint64_t config_len, uint32_t flags, int32_t sign_algorithm) {
  oktasync_create_options options;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.flags = flags;
  options.host = host;
  options.host_ctx = host_ctx;
  options.config.data = config;
  options.config.len = config_len;
  options.sign_algorithm = sign_algorithm;
  return options;
}

int32_t okty_create(const oktasync_api* api, uint32_t callbacks, uint64_t host_ctx, const uint8_t* config,
                    uint64_t config_len, uint32_t flags, int32_t sign_algorithm, oktasync_instance** instance,
                    oktasync_error* err) {
  const oktasync_host host = MakeHost(callbacks);
  const oktasync_create_options options = Options(&host, host_ctx, config, config_len, flags, sign_algorithm);
  return api->create(&options, instance, err);
}

int32_t okty_preflight(const oktasync_api* api, uint32_t callbacks, uint64_t host_ctx, const uint8_t* config,
                       uint64_t config_len, int32_t sign_algorithm, int32_t cancel_fd, oktasync_buf* json,
                       oktasync_error* err) {
  const oktasync_host host = MakeHost(callbacks);
  const oktasync_create_options options = Options(&host, host_ctx, config, config_len, 0, sign_algorithm);
  return api->preflight(&options, cancel_fd, json, err);
}

/* --- what callbacks need ------------------------------------------------------------------------------ */

int32_t okty_fail(oktasync_error* err, int32_t code, uint32_t flags, uint64_t retry_after_ns,
                  const char* message, uint64_t message_len) {
  if (err == NULL) return code;
  if (OKTASYNC_HAS(oktasync_error, err, code)) err->code = code;
  if (OKTASYNC_HAS(oktasync_error, err, flags)) err->flags = flags;
  if (OKTASYNC_HAS(oktasync_error, err, retry_after_ns)) err->retry_after_ns = retry_after_ns;
  if (!OKTASYNC_HAS(oktasync_error, err, message)) return code;
  size_t end = (size_t)message_len;
  if (end >= sizeof(err->message)) {
    end = sizeof(err->message) - 1;
    while (end > 0 && ((unsigned char)message[end] & 0xC0u) == 0x80u) --end;
  }
  memcpy(err->message, message, end);
  err->message[end] = '\0';
  return code;
}

static atomic_llong kept;

int okty_keep(oktasync_str* to, const void* bytes, uint64_t len) {
  to->data = NULL;
  to->len = 0;
  if (len == 0) return 1;
  void* copy = malloc((size_t)len);
  if (copy == NULL) return 0;
  memcpy(copy, bytes, (size_t)len);
  to->data = copy;
  to->len = len;
  atomic_fetch_add(&kept, 1);
  return 1;
}

void okty_wipe(oktasync_str* text) {
  if (text->data == NULL) return;
  void* bytes = (void*)(uintptr_t)text->data;
  explicit_bzero(bytes, (size_t)text->len);
  free(bytes);
  text->data = NULL;
  text->len = 0;
  atomic_fetch_sub(&kept, 1);
}

int64_t okty_kept(void) { return atomic_load(&kept); }

int okty_wait_cancel(int cancel_fd, int wake_fd) {
  struct pollfd fds[2] = {{cancel_fd, POLLIN, 0}, {wake_fd, POLLIN, 0}};
  for (;;) {
    const int ready = poll(fds, 2, -1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return 0;
    return fds[0].revents != 0 ? 1 : 0;
  }
}

int okty_waker(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void okty_wake(int wake_fd) {
  const uint64_t one = 1;
  /* A fresh eventfd takes it, whatever happens. */
  while (write(wake_fd, &one, sizeof(one)) < 0 && errno == EINTR) {
  }
}

int64_t okty_boot_ns(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) return 0;
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
