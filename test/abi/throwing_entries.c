/* An exception inside every function of the interface: it comes out as a code with words, nothing leaks (the
 * sanitizer looks), and what was called is as before: the same call works right afterwards.
 *
 * Thrown at the beginning of each function, and in the place of each single allocation on the way through it.
 * The second is left out where JSON is parsed or made: nlohmann's values allocate in their destructors, so a
 * process that has no memory for that ends, and nothing of ours can stand in between. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "session.h"
#include "themes.h"
#include "throwing_control.h"

/* What the calls below are made with. */
static oktasync_instance* instance;
static uint64_t finished_run;
static oktasync_buf buf;

static int32_t CallValidate(oktasync_error* err) {
  const int32_t code = api->config_validate(Str("{\"okta\": 1}"), &buf, err);
  return code == OKTASYNC_INVALID_ARGUMENT && (err->flags & OKTASYNC_ERROR_CONFIG) != 0 ? OKTASYNC_OK : code;
}
static int32_t CallCreate(oktasync_error* err) {
  const oktasync_create_options options = CreateOptions(OKTASYNC_CREATE_ON_REQUEST);
  instance = NULL;
  const int32_t code = api->create(&options, &instance, err);
  CHECK((instance != NULL) == (code == OKTASYNC_OK), "an instance or an error, never both");
  return code;
}
static int32_t CallStart(oktasync_error* err) { return api->start(instance, err); }
static int32_t CallStop(oktasync_error* err) { return api->stop(instance, 10 * SECOND, err); }
static int32_t CallDestroy(oktasync_error* err) { return api->destroy(instance, err); }
static int32_t CallSyncNow(oktasync_error* err) {
  uint64_t run = 0;
  return api->sync_now(instance, &run, err);
}
static int32_t CallPlan(oktasync_error* err) {
  uint64_t run = 0;
  return api->plan(instance, &run, err);
}
static int32_t CallStatus(oktasync_error* err) { return api->status(instance, &buf, err); }
static int32_t CallReport(oktasync_error* err) {
  uint64_t total = 0;
  return api->report(instance, finished_run, 0, 0, &buf, &total, err);
}
static int32_t CallIdentityChanged(oktasync_error* err) { return api->identity_changed(instance, err); }
/* That nothing of that digest is held, and nobody of that name is there, is how these two work here. */
static int32_t CallApprove(oktasync_error* err) {
  const oktasync_str digest = Str("0123456789abcdef");
  const oktasync_str none = {NULL, 0};
  uint64_t run = 0;
  const int32_t code = api->approve(instance, digest, none, &run, err);
  return code == OKTASYNC_NOT_FOUND ? OKTASYNC_OK : code;
}
static int32_t CallExplain(oktasync_error* err) {
  const int32_t code = api->explain(instance, Str("nobody@example.com"), &buf, err);
  return code == OKTASYNC_NOT_FOUND ? OKTASYNC_OK : code;
}
/* Whatever the checks say, it worked. */
static int32_t CallPreflight(oktasync_error* err) {
  const oktasync_create_options options = CreateOptions(0);
  return api->preflight(&options, -1, &buf, err);
}
static int32_t CallJwks(oktasync_error* err) { return api->jwks(Str(ConfigWithFiles()), &buf, err); }
/* A configuration that names no identity file is how this one works here: nothing is joined. */
static int32_t CallJoin(oktasync_error* err) {
  oktasync_join_options options;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.config = Str(ConfigWithFiles());
  options.token = Str("a-token");
  options.cancel_fd = -1;
  const int32_t code = api->join(&options, &buf, err);
  return code == OKTASYNC_FAILED_PRECONDITION ? OKTASYNC_OK : code;
}
/* It has no code: whether it worked is seen in the buffer. */
static int32_t CallRelease(oktasync_error* err) {
  (void)err;
  api->buf_release(&buf);
  return buf.owner == NULL ? OKTASYNC_OK : OKTASYNC_INTERNAL;
}

typedef struct Entry {
  const char* name;
  size_t offset;
  int32_t (*call)(oktasync_error* err);
  int has_error;
} Entry;

#define ENTRY(slot, call) \
  { #slot, offsetof(oktasync_api, slot), call, 1 }

/* In an order in which they can be called one after the other on one instance. */
static const Entry kEntries[] = {
    ENTRY(config_validate, &CallValidate),
    ENTRY(create, &CallCreate),
    ENTRY(start, &CallStart),
    ENTRY(sync_now, &CallSyncNow),
    ENTRY(plan, &CallPlan),
    ENTRY(status, &CallStatus),
    ENTRY(report, &CallReport),
    {"buf_release", offsetof(oktasync_api, buf_release), &CallRelease, 0},
    ENTRY(identity_changed, &CallIdentityChanged),
    ENTRY(approve, &CallApprove),
    ENTRY(explain, &CallExplain),
    ENTRY(preflight, &CallPreflight),
    ENTRY(jwks, &CallJwks),
    ENTRY(join, &CallJoin),
    ENTRY(stop, &CallStop),
    ENTRY(destroy, &CallDestroy),
};
#define ENTRIES (sizeof(kEntries) / sizeof(kEntries[0]))

/* Every slot of the table that is not NULL must be among the entries. */
static void NoEntryIsForgotten(void) {
  for (size_t offset = offsetof(oktasync_api, buf_release); offset < api->struct_size;
       offset += sizeof(void*)) {
    void* slot = NULL;
    memcpy(&slot, (const char*)api + offset, sizeof(slot));
    int known = slot == NULL;
    for (size_t i = 0; i < ENTRIES && !known; ++i) known = kEntries[i].offset == offset;
    if (!known) printf("the slot at offset %zu of oktasync_api\n", offset);
    CHECK(known, "a function of the table that no exception is thrown in; add it to kEntries");
  }
}

static void DropBuf(void) {
  api->buf_release(&buf);
  CHECK(buf.owner == NULL, "given back");
}

/* Throws at its beginning, in every way; then the very same call works. */
static void ThrowAtEntry(const Entry* entry) {
  char point[64];
  snprintf(point, sizeof(point), "entry:%s", entry->name);
  for (int32_t what = 1; what <= THROW_KINDS; ++what) {
    oktasync_error err = OKTASYNC_ERROR_INIT;
    ThrowAt(point, what, 1);
    const int32_t code = entry->call(&err);
    CHECK(Thrown() == 1, "the exception was thrown: the function has its barrier");
    CHECK(code != OKTASYNC_OK, "and did not go by unseen");
    if (entry->has_error) CheckCaught(what, entry->name, code, &err);
    ThrowAt(point, what, 1); /* err may be NULL, also now */
    if (entry->call == &CallStart) {
      CHECK(api->start(instance, NULL) != OKTASYNC_OK, "without an error struct");
    } else if (entry->call == &CallStatus) {
      CHECK(api->status(instance, &buf, NULL) != OKTASYNC_OK, "without an error struct");
    }
    ThrowNothing();
  }
  oktasync_error err = OKTASYNC_ERROR_INIT;
  CHECK(entry->call(&err) == OKTASYNC_OK, err.message);
}

static void AtTheBeginning(void) {
  for (size_t i = 0; i < ENTRIES; ++i) {
    ThrowAtEntry(&kEntries[i]);
    if (kEntries[i].call == &CallStart) {
      finished_run = Ask(instance, 0);
      free(WaitForReport(instance, finished_run));
    }
    if (kEntries[i].call == &CallValidate || kEntries[i].call == &CallStatus ||
        kEntries[i].call == &CallPreflight || kEntries[i].call == &CallJwks) {
      DropBuf();
    }
    if (kEntries[i].call == &CallPlan) SyncsWell(instance); /* it does all that it did before */
  }
}

static void Opening(const char* path) {
  oktasync_plugin_open_fn open = NULL;
  Find(Load(path), "oktasync_plugin_open", &open);
  for (int32_t what = 1; what <= THROW_KINDS; ++what) {
    const oktasync_api* got = NULL;
    oktasync_error err = OKTASYNC_ERROR_INIT;
    ThrowAt("entry:oktasync_plugin_open", what, 1);
    const int32_t code = open(&host, OKTASYNC_ABI_MAJOR, &got, &err);
    CHECK(Thrown() == 1 && got == NULL, "no table");
    CheckCaught(what, "oktasync_plugin_open", code, &err);
    CHECK(open(&host, OKTASYNC_ABI_MAJOR, &got, &err) == OKTASYNC_OK && got == api, err.message);
  }
}

/* --- each allocation in turn ---------------------------------------------------------------------------- */

static void Nothing(void) {}
static void MakeCreated(void) { instance = Create(OKTASYNC_CREATE_ON_REQUEST); }
static void MakeRunning(void) { instance = Started(); }
static void MakeFinished(void) {
  instance = Started();
  finished_run = Ask(instance, 1);
  free(WaitForReport(instance, finished_run));
}
/* A report of which a piece has been read is rendered already. */
static void MakeRead(void) {
  MakeFinished();
  oktasync_error err = OKTASYNC_ERROR_INIT;
  uint64_t total = 0;
  CHECK(api->report(instance, finished_run, 0, 1, &buf, &total, &err) == OKTASYNC_OK, err.message);
  DropBuf();
}
static void MakeStopped(void) {
  instance = Started();
  Stop(instance);
}

typedef struct Sweep {
  const char* name;
  void (*prepare)(void);
  int32_t (*call)(oktasync_error* err);
} Sweep;

static void CleanUp(void) {
  DropBuf();
  if (instance == NULL) return;
  /* Whatever a call came to: it can be stopped and destroyed. */
  oktasync_error err = OKTASYNC_ERROR_INIT;
  CHECK(api->stop(instance, 10 * SECOND, &err) == OKTASYNC_OK, err.message);
  CHECK(api->destroy(instance, &err) == OKTASYNC_OK, err.message);
  instance = NULL;
}

/* How many allocations of ours a good configuration takes until it is parsed, and a little more. */
static uint32_t AllocationsOfParsing(void) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  FailAllocation(UINT32_MAX);
  CHECK(api->config_validate(Str(config), NULL, &err) == OKTASYNC_OK, err.message);
  return UINT32_MAX - AllocationsLeft();
}

static void EachAllocation(const Sweep* sweep) {
  const uint32_t first = sweep->call == &CallCreate ? AllocationsOfParsing() + 1 : 1;
  uint32_t failed = 0;
  uint32_t n = first;
  for (;; ++n) {
    CHECK(n < 20000, "a call has an end");
    sweep->prepare();
    oktasync_error err = OKTASYNC_ERROR_INIT;
    FailAllocation(n);
    const int32_t code = sweep->call(&err);
    const int struck = AllocationsLeft() == 0;
    if (code != OKTASYNC_OK) {
      CHECK(struck, err.message);
      CHECK(code == OKTASYNC_RESOURCE_EXHAUSTED && err.code == code && err.message[0] != '\0', err.message);
      ++failed;
    }
    if (sweep->call == &CallDestroy && code == OKTASYNC_OK) instance = NULL;
    CleanUp();
    if (!struck) break; /* it needs fewer than n */
  }
  printf("%s: %u allocations, %u of them without which it says so\n", sweep->name, n - first, failed);
}

static void WithoutMemory(void) {
  const Sweep sweeps[] = {
      {"create", &Nothing, &CallCreate},        {"start", &MakeCreated, &CallStart},
      {"sync_now", &MakeRunning, &CallSyncNow}, {"plan", &MakeRunning, &CallPlan},
      {"report", &MakeRead, &CallReport},       {"identity_changed", &MakeFinished, &CallIdentityChanged},
      {"stop", &MakeFinished, &CallStop},       {"destroy", &MakeStopped, &CallDestroy},
  };
  for (size_t i = 0; i < sizeof(sweeps) / sizeof(sweeps[0]); ++i) EachAllocation(&sweeps[i]);
}

void ThrowingEntries(const char* plugin, const char* other) {
  (void)plugin;
  OpenThrowing(other);
  Try("every slot of the table is thrown in");
  NoEntryIsForgotten();
  Try("an exception at the beginning of each function");
  Opening(other);
  AtTheBeginning();
  Try("each allocation of each function fails once");
  WithoutMemory();
  Try("afterwards everything works");
  instance = Started();
  SyncsWell(instance);
  StopAndDestroy(instance);
}
