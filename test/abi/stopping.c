/* stop, wherever a run is: within a second, whatever the network does. The deadline is checked by Stop(). */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "control.h"
#include "session.h"
#include "themes.h"

/* A run is under way, stopped in the middle: its report says so and is not called a success. */
static void StopInTheMiddle(oktasync_instance* instance, uint64_t run) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  oktasync_buf piece = {NULL, 0, NULL};
  uint64_t total = 0;
  CHECK(api->report(instance, run, 0, 0, &piece, &total, &err) == OKTASYNC_UNAVAILABLE,
        "the run still hangs");
  Stop(instance);
  char* report = Report(instance, run, 0);
  CHECK(JsonIs(report, "ok", "false") && JsonIs(report, "code", "\"CANCELLED\""), report);
  free(report);
  StopAndDestroy(instance);
}

static void OktaHangs(const char* path, const char* kind, const char* sign_of_it) {
  char fault[256];
  snprintf(fault, sizeof(fault), "{\"path\": \"%s\", \"kind\": \"%s\", \"seconds\": 60, \"times\": -1}", path,
           kind);
  printf("%s: %s\n", kind, path);
  Tell("/okta/fault", fault);
  const unsigned long before = RecordEnd();
  const unsigned signatures = atomic_load(&world.signatures);
  oktasync_instance* instance = Started();
  const uint64_t run = Ask(instance, 0);
  if (sign_of_it != NULL) {
    AwaitRecord(before, sign_of_it);
  } else {
    Await(&world.signatures, signatures + 1, "the token is about to be asked for");
  }
  StopInTheMiddle(instance, run);
  Tell("/okta/clear_faults", "{}");
}

static void TeleportHangs(const char* call) {
  char fault[256];
  snprintf(fault, sizeof(fault), "{\"call\": \"%s\", \"kind\": \"hang\", \"times\": -1}", call);
  printf("%s hangs\n", call);
  Tell("/auth/fault", fault);
  oktasync_instance* instance = Started();
  const uint64_t run = Ask(instance, 0);
  AwaitStruck(call);
  StopInTheMiddle(instance, run);
  Tell("/auth/clear_faults", "{}");
  Tell("/auth/drop_lease", "{}");
}

/* A server that accepts and then says nothing: the TLS handshake hangs. */
static atomic_int silent_end = -1;
static int32_t DialSilence(uint64_t ctx, const oktasync_dial_request* request,
                           oktasync_connection* connection, oktasync_error* err) {
  (void)ctx;
  (void)request;
  if (atomic_load(&silent_end) >= 0) return Fail(err, OKTASYNC_FAILED_PRECONDITION, "silence once is enough");
  int ends[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "a pair of sockets");
  connection->fd = ends[0];
  atomic_store(&silent_end, ends[1]);
  atomic_fetch_add(&world.hanging, 1);
  return OKTASYNC_OK;
}

void Stopping(const char* plugin, const char* other) {
  (void)other;
  Open(Load(plugin));
  Try("stop while Okta hangs");
  OktaHangs("/oauth2/v1/token", "hang", NULL);
  OktaHangs("/users\\\\?", "hang", "\"ListUsers\"");
  OktaHangs("/users\\\\?", "drip", "/users?");
  Try("stop while Okta's rate window is waited for");
  OktaHangs("/users\\\\?", "rate_429", "/users?");
  Try("stop while Teleport hangs");
  TeleportHangs("Ping");
  TeleportHangs("AcquireSemaphore");
  TeleportHangs("ListUsers");
  TeleportHangs("CreateUser");

  Try("stop while Teleport accepts and says nothing");
  host.dial = &DialSilence;
  oktasync_instance* instance = Started();
  const uint64_t run = Ask(instance, 0);
  Await(&world.hanging, 1, "the connection is handed over");
  StopInTheMiddle(instance, run);
  close(atomic_load(&silent_end));
  host = MakeHost();

  Try("stop while Teleport refuses connections");
  Tell("/auth/refuse", "{\"seconds\": 600}");
  const unsigned dials = atomic_load(&world.dials);
  instance = Started();
  Ask(instance, 0);
  Await(&world.dials, dials + 2, "the plugin tries again");
  StopAndDestroy(instance);
  Tell("/auth/refuse", "{\"seconds\": 0}");

  Try("afterwards everything works");
  instance = Started();
  SyncsWell(instance);
  StopAndDestroy(instance);
}
