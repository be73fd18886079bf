/* Callbacks that do not return: everything but what needs them goes on, stop says that it still waits, and when
 * the callback returns at last, so does stop. */
#include <stdlib.h>

#include "check.h"
#include "session.h"
#include "themes.h"

static atomic_int let_go;
static atomic_uint waiting;

static void WaitForRelease(void) {
  atomic_fetch_add(&waiting, 1);
  while (atomic_load(&let_go) == 0) Pause();
}

static void BlockedLog(uint64_t ctx, int32_t level, oktasync_str target, oktasync_str message,
                       const oktasync_field* fields, uint64_t field_count) {
  WaitForRelease();
  MakeHost().log(ctx, level, target, message, fields, field_count);
}

static int32_t BlockedIdentity(uint64_t ctx, oktasync_identity* identity, oktasync_error* err) {
  /* The first is the one of create, on the main thread, which must come back to test anything. */
  if (atomic_load(&world.identities) > 0) WaitForRelease();
  return MakeHost().identity(ctx, identity, err);
}

static int32_t BlockedSign(uint64_t ctx, oktasync_str key_id, int32_t algorithm, oktasync_str input,
                           uint8_t* signature, uint64_t capacity, uint64_t* length, oktasync_error* err) {
  WaitForRelease();
  return MakeHost().sign(ctx, key_id, algorithm, input, signature, capacity, length, err);
}

static int32_t BlockedAudit(uint64_t ctx, oktasync_str type, oktasync_str json, oktasync_error* err) {
  WaitForRelease();
  return MakeHost().audit_event(ctx, type, json, err);
}

static int32_t BlockedDial(uint64_t ctx, const oktasync_dial_request* request,
                           oktasync_connection* connection, oktasync_error* err) {
  WaitForRelease();
  return MakeHost().dial(ctx, request, connection, err);
}

/* stop while a callback blocks, as plugin.h describes it for each code. */
static void StopHasToWait(oktasync_instance* instance) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  CHECK(api->stop(instance, 0, &err) == OKTASYNC_DEADLINE_EXCEEDED, "asked, not waited for");
  const uint64_t begun = Elapsed();
  CHECK(api->stop(instance, SECOND / 10, &err) == OKTASYNC_DEADLINE_EXCEEDED, "still running");
  CHECK(Elapsed() - begun >= SECOND / 10, "it waits as long as it was told");
  CHECK((err.flags & OKTASYNC_ERROR_RETRYABLE) != 0 && Says(&err, "callback"), "and says what to do");
  StateIs(instance, "\"stopping\"");
  uint64_t run = 0;
  CHECK(api->sync_now(instance, &run, &err) == OKTASYNC_FAILED_PRECONDITION, "no sync while it stops");
  CHECK(api->identity_changed(instance, &err) == OKTASYNC_OK || err.code == OKTASYNC_FAILED_PRECONDITION,
        "and nothing else hangs");
  CHECK(api->destroy(instance, &err) == OKTASYNC_FAILED_PRECONDITION, "not before it has stopped");
  atomic_store(&let_go, 1);
  StopAndDestroy(instance);
}

/* A run waits in the callback that `host` has been given. */
static void BlocksARun(const char* callback) {
  Try(callback);
  atomic_store(&let_go, 0);
  atomic_store(&waiting, 0);
  oktasync_instance* instance = Started();
  Ask(instance, 0);
  Await(&waiting, 1, "the callback is called");
  StateIs(instance, "\"running\"");
  StopHasToWait(instance);
  host = MakeHost();
}

/* A log that is stuck slows nothing but itself: a whole sync ends. */
static void BlocksTheLog(void) {
  Try("a log that is stuck: runs go on");
  atomic_store(&let_go, 1); /* create logs on the main thread */
  host.log = &BlockedLog;
  oktasync_instance* instance = Create(OKTASYNC_CREATE_ON_REQUEST);
  atomic_store(&let_go, 0);
  atomic_store(&waiting, 0);
  oktasync_error err = OKTASYNC_ERROR_INIT;
  CHECK(api->start(instance, &err) == OKTASYNC_OK, err.message);
  SyncsWell(instance);
  Await(&waiting, 1, "the log is called");
  SyncsWell(instance);
  CHECK(atomic_load(&waiting) == 1, "never two calls of the log at once");
  StopHasToWait(instance);
  host = MakeHost();
}

/* An instance whose run waits in a dial of `mode`. */
static oktasync_instance* InDial(enum DialMode mode, uint64_t* run) {
  atomic_store(&world.hanging, 0);
  atomic_store(&world.dial_mode, mode);
  oktasync_instance* instance = Started();
  *run = Ask(instance, 0);
  Await(&world.hanging, 1, "the dial is called");
  return instance;
}

/* A dial that watches cancel_fd is ended by stop. */
static void CancelledDial(void) {
  Try("a dial that hangs until cancel_fd is readable");
  uint64_t run = 0;
  oktasync_instance* instance = InDial(DIAL_HANG, &run);
  oktasync_error err = OKTASYNC_ERROR_INIT;
  oktasync_buf piece = {NULL, 0, NULL};
  uint64_t total = 0;
  CHECK(api->report(instance, run, 0, 0, &piece, &total, &err) == OKTASYNC_UNAVAILABLE, "not finished yet");
  char* status = Status(instance);
  CHECK(JsonNumber(status, "run_id") == run, "the run under way is in the status");
  free(status);
  StopAndDestroy(instance);
  atomic_store(&world.dial_mode, DIAL_CONNECT);
}

void Blocking(const char* plugin, const char* other) {
  (void)other;
  Open(Load(plugin));
  CancelledDial();
  host.dial = &BlockedDial;
  BlocksARun("a dial that ignores cancel_fd");
  host.sign = &BlockedSign;
  BlocksARun("a sign that does not return");
  host.audit_event = &BlockedAudit;
  BlocksARun("an audit_event that does not return");
  atomic_store(&world.identities, 0);
  atomic_store(&world.identities_released, 0);
  host.identity = &BlockedIdentity;
  BlocksARun("an identity that does not return");
  BlocksTheLog();

  Try("afterwards everything works");
  oktasync_instance* instance = Started();
  SyncsWell(instance);
  StopAndDestroy(instance);
}
