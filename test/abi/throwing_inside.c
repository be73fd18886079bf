/* An exception where a callback of the host has returned, and in each thread of the plugin: the process lives,
 * what the host handed over is given back or closed, a run ends (or the instance says that it has failed), stop
 * and destroy come through, and the next instance works. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "control.h"
#include "process.h"
#include "session.h"
#include "themes.h"
#include "throwing_control.h"

static char done[4096]; /* the points that were thrown at, each with a newline */

static void Done(const char* point) {
  CHECK(strlen(done) + strlen(point) + 2 < sizeof(done), "room for a name");
  strcat(done, point);
  strcat(done, "\n");
}

/* NULL when the exception came to status, which asks the clock as well. */
static char* AnyStatus(oktasync_instance* instance) {
  oktasync_buf buf = {NULL, 0, NULL};
  oktasync_error err = OKTASYNC_ERROR_INIT;
  const int32_t code = api->status(instance, &buf, &err);
  if (code == OKTASYNC_OK) return Take(&buf);
  CHECK(code == OKTASYNC_RESOURCE_EXHAUSTED || code == OKTASYNC_INTERNAL, err.message);
  return NULL;
}

/* Waits until the run has a report, or the instance says that it has failed. Gives what says so; the caller
 * frees. */
static char* HowItEnds(oktasync_instance* instance, uint64_t run) {
  const uint64_t begun = Elapsed();
  for (;;) {
    char* status = AnyStatus(instance);
    if (status != NULL && JsonIs(status, "state", "\"failed\"")) return status;
    free(status);
    oktasync_buf piece = {NULL, 0, NULL};
    uint64_t total = 0;
    oktasync_error err = OKTASYNC_ERROR_INIT;
    const int32_t code = api->report(instance, run, 0, 0, &piece, &total, &err);
    if (code == OKTASYNC_OK) return Take(&piece);
    CHECK(code == OKTASYNC_UNAVAILABLE || code == OKTASYNC_NOT_FOUND, err.message);
    CHECK(Elapsed() - begun < PATIENCE, "a run ends, or its instance fails");
    Pause();
  }
}

/* A host that polls as plugin.h says must not poll for ever: once failed, no run is promised any more. */
static void NoRunIsPromised(oktasync_instance* instance, uint64_t run) {
  char* status = AnyStatus(instance);
  if (status == NULL) return;
  const int failed = JsonIs(status, "state", "\"failed\"");
  if (failed) CHECK(!JsonIs(status, "last_error", "\"\""), status);
  free(status);
  if (!failed) return;
  oktasync_error err = OKTASYNC_ERROR_INIT;
  oktasync_buf piece = {NULL, 0, NULL};
  uint64_t total = 0;
  const int32_t code = api->report(instance, run, 0, 0, &piece, &total, &err);
  api->buf_release(&piece);
  CHECK(code != OKTASYNC_UNAVAILABLE, "the report of a run that will not end is not promised");
  CHECK(api->sync_now(instance, &run, &err) == OKTASYNC_FAILED_PRECONDITION, "nor is another run");
}

/* How often was it thrown, all in all? */
static uint32_t EndsCleanly(oktasync_instance* instance, unsigned files) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  CHECK(api->stop(instance, 20 * SECOND, &err) == OKTASYNC_OK, err.message);
  const uint32_t thrown = Thrown();
  ThrowNothing();
  CHECK(api->destroy(instance, &err) == OKTASYNC_OK, err.message);
  CHECK(atomic_load(&world.identities) == atomic_load(&world.identities_released), "identities come back");
  const uint64_t begun = Elapsed();
  while (CountFiles() > files) { /* gRPC closes its ends a little later */
    CHECK(Elapsed() - begun < PATIENCE, "no descriptor is left behind");
    Pause();
  }
  Tell("/auth/drop_lease", "{}"); /* of a run that could not give it back */
  return thrown;
}

/* From create to a report with `point` armed, in every way that there is to throw. */
static void ThrowsAt(const char* point, uint32_t times) {
  for (int32_t what = 1; what <= THROW_KINDS; ++what) {
    Tell("/okta/hire", "{\"count\": 3}"); /* so that there is something to write */
    users += 3;
    const unsigned files = CountFiles();
    ThrowAt(point, what, times);
    const oktasync_create_options options = CreateOptions(OKTASYNC_CREATE_ON_REQUEST);
    oktasync_instance* instance = NULL;
    oktasync_error err = OKTASYNC_ERROR_INIT;
    int32_t code = api->create(&options, &instance, &err);
    if (code != OKTASYNC_OK) {
      CHECK(Thrown() == 1 && instance == NULL, err.message);
      CheckCaught(what, "create", code, &err);
      /* create is through; now without it, and the run gets the exception. */
      instance = Create(OKTASYNC_CREATE_ON_REQUEST);
      ThrowAt(point, what, times);
    }
    code = api->start(instance, &err);
    if (code != OKTASYNC_OK) { /* it asks the clock */
      CheckCaught(what, "start", code, &err);
      const uint32_t thrown = EndsCleanly(instance, files);
      CHECK(thrown >= 1, "it was thrown");
      continue;
    }
    uint64_t run = 0;
    code = api->sync_now(instance, &run, &err);
    if (code == OKTASYNC_OK) {
      char* end = HowItEnds(instance, run);
      printf("  ends with %.300s\n", JsonIs(end, "state", "\"failed\"") ? end : JsonAfter(end, "ok"));
      free(end);
      NoRunIsPromised(instance, run);
    } else {
      CHECK(code == OKTASYNC_FAILED_PRECONDITION, err.message); /* the loop's thread has died already */
    }
    const uint32_t thrown = EndsCleanly(instance, files);
    CHECK(thrown >= 1, "it was thrown");
  }
  oktasync_instance* instance = Started();
  SyncsWell(instance);
  StopAndDestroy(instance);
  Done(point);
}

/* The same, where a writer must connect anew in the middle of a run: others wait for its connection. */
static void ThrowsAtReconnect(const char* point) {
  for (int32_t what = 1; what <= THROW_KINDS; ++what) {
    Tell("/okta/hire", "{\"count\": 40}");
    users += 40;
    const unsigned files = CountFiles();
    oktasync_instance* instance = Started();
    Tell("/auth/fault", "{\"call\": \"CreateUser\", \"kind\": \"hang\", \"after\": 10, \"times\": -1}");
    const uint64_t run = Ask(instance, 0);
    AwaitStruck("CreateUser");
    ThrowAt(point, what, 1);
    Tell("/auth/cut_connections", "{}");
    Tell("/auth/clear_faults", "{}");
    char* end = HowItEnds(instance, run);
    printf("  ends with %.300s\n", JsonIs(end, "state", "\"failed\"") ? end : JsonAfter(end, "ok"));
    free(end);
    CHECK(Thrown() == 1, "it was thrown");
    EndsCleanly(instance, files);
  }
}

static int64_t Clock(clockid_t id) {
  struct timespec now;
  clock_gettime(id, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
static int64_t Wall(uint64_t ctx) {
  (void)ctx;
  return Clock(CLOCK_REALTIME);
}
static int64_t Boot(uint64_t ctx) {
  (void)ctx;
  return Clock(CLOCK_BOOTTIME);
}

static void EveryPointWasThrownAt(void) {
  char* passed = PointsPassed();
  char* rest = NULL;
  for (char* point = strtok_r(passed, "\n", &rest); point != NULL; point = strtok_r(NULL, "\n", &rest)) {
    if (strncmp(point, "entry:", 6) == 0) continue; /* throwing_entries.c */
    char line[128];
    snprintf(line, sizeof(line), "%s\n", point);
    if (strstr(done, line) == NULL) printf("not thrown at: %s\n", point);
    CHECK(strstr(done, line) != NULL, "a callback or a thread that no exception is thrown in; add it here");
  }
  free(passed);
}

void ThrowingInside(const char* plugin, const char* other) {
  (void)plugin;
  OpenThrowing(other);
  oktasync_instance* instance = Started();
  SyncsWell(instance);
  StopAndDestroy(instance);

  Try("an exception after each callback");
  ThrowsAt("callback:log", 1);
  ThrowsAt("callback:identity", 1);
  ThrowsAt("callback:dial", 1);
  ThrowsAt("callback:sign", 1);
  ThrowsAt("callback:audit_event", 1);
  host.clock_wall_ns = &Wall;
  host.clock_boot_ns = &Boot;
  ThrowsAt("callback:clock_wall_ns", 1);
  ThrowsAt("callback:clock_boot_ns", 1);
  host = MakeHost();

  Try("an exception in each thread");
  ThrowsAt("thread:oktasync-http", 1);
  ThrowsAt("thread:oktasync-log", 1);
  ThrowsAt("thread:oktasync-run", 1);
  ThrowsAt("thread:okta-walk", 1);
  ThrowsAt("thread:oktasync-write", 100);
  ThrowsAt("thread:oktasync-lease", 1);
  ThrowsAt("thread:oktasync-timer", 1);
  ThrowsAt("thread:teleport-tunnel", 1);
  host.dial = NULL; /* the plugin's own connection, with its own lookup of names */
  ThrowsAt("thread:teleport-dns", 1);
  host = MakeHost();
  ThrowsAt("thread:oktasync-stop", 1);

  Try("an exception while writers wait for a new connection");
  ThrowsAtReconnect("callback:dial");
  ThrowsAtReconnect("callback:identity");
  ThrowsAtReconnect("thread:teleport-tunnel");

  Try("no callback and no thread is forgotten");
  EveryPointWasThrownAt();
}
