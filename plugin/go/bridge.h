/*
 * What cgo cannot say by itself: calls through the plugin's table of function pointers, the host's table of
 * callbacks, loading, and the memory that crosses the border.
 *
 * Used by the Go files of this package alone. No Go pointer is ever stored in C: callbacks find their Go side
 * by the number host_ctx, which is a cgo.Handle. Everything here may be called from any thread.
 */
#ifndef OKTASYNC_GO_BRIDGE_H_
#define OKTASYNC_GO_BRIDGE_H_

#include <oktasync/plugin.h>

/* A plugin that was loaded and looks like one; it was not opened yet. */
typedef struct okty_library {
  void* handle;
  const oktasync_descriptor* descriptor;
  oktasync_plugin_open_fn open;
} okty_library;

/* dlopen(RTLD_NOW | RTLD_LOCAL) and the two symbols. 0, or -1 with a NUL-terminated reason in `why`: loading
   and asking for the reason must happen on one thread, which two calls from Go need not. */
int okty_load(const char* path, okty_library* library, char* why, size_t why_size);
/* The plugin stays mapped (plugin.h, rule 8); this gives dlopen's count back. */
void okty_unload(okty_library* library);

/* Which optional callbacks the host has. */
#define OKTY_IDENTITY 1u
#define OKTY_DIAL 2u
#define OKTY_SIGN 4u
#define OKTY_AUDIT_EVENT 8u
#define OKTY_CLOCK 16u

/* oktasync_plugin_open with a host's table as this package builds it. */
int32_t okty_open(const okty_library* library, uint32_t callbacks, const oktasync_api** api,
                  oktasync_error* err);
int32_t okty_create(const oktasync_api* api, uint32_t callbacks, uint64_t host_ctx, const uint8_t* config,
                    uint64_t config_len, uint32_t flags, int32_t sign_algorithm, oktasync_instance** instance,
                    oktasync_error* err);

int32_t okty_preflight(const oktasync_api* api, uint32_t callbacks, uint64_t host_ctx, const uint8_t* config,
                       uint64_t config_len, int32_t sign_algorithm, int32_t cancel_fd, oktasync_buf* json,
                       oktasync_error* err);

/* The callback's way to say no: fills what *err has room for, cut at a character's border, and returns
   `code`. */
int32_t okty_fail(oktasync_error* err, int32_t code, uint32_t flags, uint64_t retry_after_ns,
                  const char* message, uint64_t message_len);

/* A copy of `len` bytes in C memory, counted until okty_wipe overwrites and frees it. False when there is no
   memory. Key material that the plugin borrows lives here and not on Go's heap, whose collector may copy it
   and whose pointers C must not keep. */
int okty_keep(oktasync_str* to, const void* bytes, uint64_t len);
void okty_wipe(oktasync_str* text);
/* How many texts are kept right now. */
int64_t okty_kept(void);

/* Waits until `cancel_fd` is readable (1) or `wake_fd` is (0). Neither is read from. */
int okty_wait_cancel(int cancel_fd, int wake_fd);
/* A descriptor for okty_wait_cancel's second argument, or -1 with errno; made readable by okty_wake. */
int okty_waker(void);
void okty_wake(int wake_fd);

int64_t okty_boot_ns(void);

/* --- calls of the table: one line each ----------------------------------------------------------------- */

static inline void okty_buf_release(const oktasync_api* api, oktasync_buf* buf) { api->buf_release(buf); }

static inline int32_t okty_config_validate(const oktasync_api* api, const uint8_t* config, uint64_t len,
                                           oktasync_buf* problems, oktasync_error* err) {
  const oktasync_str text = {config, len};
  return api->config_validate(text, problems, err);
}

static inline int32_t okty_start(const oktasync_api* api, oktasync_instance* instance, oktasync_error* err) {
  return api->start(instance, err);
}

static inline int32_t okty_stop(const oktasync_api* api, oktasync_instance* instance, uint64_t timeout_ns,
                                oktasync_error* err) {
  return api->stop(instance, timeout_ns, err);
}

static inline int32_t okty_destroy(const oktasync_api* api, oktasync_instance* instance,
                                   oktasync_error* err) {
  return api->destroy(instance, err);
}

static inline int32_t okty_sync_now(const oktasync_api* api, oktasync_instance* instance, uint64_t* run_id,
                                    oktasync_error* err) {
  return api->sync_now(instance, run_id, err);
}

static inline int32_t okty_plan(const oktasync_api* api, oktasync_instance* instance, uint64_t* run_id,
                                oktasync_error* err) {
  return api->plan(instance, run_id, err);
}

static inline int32_t okty_status(const oktasync_api* api, oktasync_instance* instance, oktasync_buf* json,
                                  oktasync_error* err) {
  return api->status(instance, json, err);
}

static inline int32_t okty_report(const oktasync_api* api, oktasync_instance* instance, uint64_t run_id,
                                  uint64_t offset, uint64_t max_bytes, oktasync_buf* piece, uint64_t* total,
                                  oktasync_error* err) {
  return api->report(instance, run_id, offset, max_bytes, piece, total, err);
}

static inline int32_t okty_approve(const oktasync_api* api, oktasync_instance* instance,
                                   const uint8_t* digest, uint64_t digest_len, const uint8_t* plan,
                                   uint64_t plan_len, uint64_t* run_id, oktasync_error* err) {
  const oktasync_str digest_text = {digest, digest_len};
  const oktasync_str plan_text = {plan, plan_len};
  return api->approve(instance, digest_text, plan_text, run_id, err);
}

static inline int32_t okty_explain(const oktasync_api* api, oktasync_instance* instance, const uint8_t* who,
                                   uint64_t len, oktasync_buf* json, oktasync_error* err) {
  const oktasync_str text = {who, len};
  return api->explain(instance, text, json, err);
}

static inline int32_t okty_jwks(const oktasync_api* api, const uint8_t* config, uint64_t len,
                                oktasync_buf* json, oktasync_error* err) {
  const oktasync_str text = {config, len};
  return api->jwks(text, json, err);
}

static inline int32_t okty_identity_changed(const oktasync_api* api, oktasync_instance* instance,
                                            oktasync_error* err) {
  return api->identity_changed(instance, err);
}

#endif
