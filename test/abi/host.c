/*
 * A host in C11, as an auth server would be one: loads the plugin with dlopen and goes through every function
 * of the interface, against the playground.
 *
 *     abi_host PLUGIN CONFIG.json IDENTITY_KEY IDENTITY_CERT IDENTITY_CA OKTA_KEY USERS
 *
 * The configuration names neither a key for Okta nor an identity: this host signs and dials itself. Ends with
 * 0 when everything held; otherwise says what did not.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callbacks.h"
#include "check.h"
#include "oktasync/plugin.h"

#define SECOND UINT64_C(1000000000)
#define PATIENCE (60 * SECOND)

static const oktasync_api* api;
static oktasync_host host;
static World world;
static char* config;
static uint64_t config_length;
static uint64_t users;

static oktasync_str Str(const char* text) {
  const oktasync_str str = {(const uint8_t*)text, strlen(text)};
  return str;
}

static int Says(const oktasync_error* err, const char* words) { return strstr(err->message, words) != NULL; }

/* --- loading ------------------------------------------------------------------------------------------ */

static void* Load(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) fprintf(stderr, "%s\n", dlerror());
  CHECK(library != NULL, "the plugin loads");
  return library;
}

/* ISO C has no conversion from void* to a function pointer; POSIX demands that the bits are the same. */
static void Find(void* library, const char* name, void* function) {
  void* symbol = dlsym(library, name);
  CHECK(symbol != NULL, name);
  memcpy(function, &symbol, sizeof(symbol));
}

static void NullSlots(const oktasync_descriptor* d) {
  CHECK((api->approve == NULL) == ((d->capabilities & OKTASYNC_CAP_APPROVE) == 0), "slot and bit agree");
  CHECK((api->explain == NULL) == ((d->capabilities & OKTASYNC_CAP_EXPLAIN) == 0), "slot and bit agree");
  CHECK((api->preflight == NULL) == ((d->capabilities & OKTASYNC_CAP_PREFLIGHT) == 0), "slot and bit agree");
  CHECK((api->scim_request == NULL) == ((d->capabilities & OKTASYNC_CAP_SCIM) == 0), "slot and bit agree");
  CHECK((api->jwks == NULL) == ((d->capabilities & OKTASYNC_CAP_JWKS) == 0), "slot and bit agree");
  CHECK((api->metrics == NULL) == ((d->capabilities & OKTASYNC_CAP_METRICS) == 0), "slot and bit agree");
  /* None of these features is built. */
  CHECK(d->capabilities == (OKTASYNC_CAP_APPROVE | OKTASYNC_CAP_EXPLAIN), "only what is there is claimed");
  CHECK(api->approve == NULL && api->explain == NULL && api->preflight == NULL, "unbuilt slots are NULL");
  CHECK(api->scim_request == NULL && api->jwks == NULL && api->metrics == NULL, "unbuilt slots are NULL");
}

static void Open(void* library) {
  oktasync_plugin_describe_fn describe = NULL;
  oktasync_plugin_open_fn open = NULL;
  Find(library, "oktasync_plugin_describe", &describe);
  Find(library, "oktasync_plugin_open", &open);

  const oktasync_descriptor* d = describe();
  CHECK(d != NULL && d == describe(), "the descriptor is static");
  CHECK(d->magic == OKTASYNC_MAGIC && d->struct_size == sizeof(*d), "it is a descriptor");
  CHECK(d->abi_major == OKTASYNC_ABI_MAJOR && d->abi_minor == OKTASYNC_ABI_MINOR, "of this version");
  CHECK(d->name.len == 8 && memcmp(d->name.data, "oktasync", 8) == 0, "with its name");
  CHECK(d->version.len > 0, "and its version");

  oktasync_error err = OKTASYNC_ERROR_INIT;
  CHECK(open(&host, OKTASYNC_ABI_MAJOR + 1, &api, &err) == OKTASYNC_FAILED_PRECONDITION, "wrong major");
  CHECK(api == NULL && err.code == OKTASYNC_FAILED_PRECONDITION && Says(&err, "version 2"), "named in words");

  oktasync_host bad = host;
  bad.struct_size = d->min_host_size - 1;
  CHECK(open(&bad, OKTASYNC_ABI_MAJOR, &api, &err) == OKTASYNC_FAILED_PRECONDITION, "a host table too short");
  CHECK(api == NULL && Says(&err, "struct_size"), "named in words");
  bad.struct_size = 0;
  CHECK(open(&bad, OKTASYNC_ABI_MAJOR, &api, NULL) == OKTASYNC_FAILED_PRECONDITION, "err may be NULL");
  bad = host;
  bad.log = NULL;
  CHECK(open(&bad, OKTASYNC_ABI_MAJOR, &api, &err) == OKTASYNC_INVALID_ARGUMENT, "log is required");
  bad = host;
  bad.identity_release = NULL;
  CHECK(open(&bad, OKTASYNC_ABI_MAJOR, &api, &err) == OKTASYNC_INVALID_ARGUMENT,
        "identity needs its release");
  CHECK(open(NULL, OKTASYNC_ABI_MAJOR, &api, &err) == OKTASYNC_INVALID_ARGUMENT, "a host is required");
  CHECK(open(&host, OKTASYNC_ABI_MAJOR, NULL, &err) == OKTASYNC_INVALID_ARGUMENT, "api is required");

  bad = host; /* an older host: log and no more */
  bad.struct_size = d->min_host_size;
  CHECK(open(&bad, OKTASYNC_ABI_MAJOR, &api, &err) == OKTASYNC_OK, "the shortest table will do");
  CHECK(open(&host, OKTASYNC_ABI_MAJOR, &api, &err) == OKTASYNC_OK && api != NULL, "this host fits");
  CHECK(api->struct_size == sizeof(*api), "the table is the header's");
  NullSlots(d);
}

/* --- documents ---------------------------------------------------------------------------------------- */

/* A buffer as a NUL-terminated text; gives the buffer back. The caller frees. */
static char* Take(oktasync_buf* buf) {
  char* text = malloc((size_t)buf->len + 1);
  CHECK(text != NULL, "memory for a document");
  if (buf->len != 0) memcpy(text, buf->data, (size_t)buf->len);
  text[buf->len] = '\0';
  api->buf_release(buf);
  CHECK(buf->data == NULL && buf->len == 0 && buf->owner == NULL, "a released buffer is cleared");
  api->buf_release(buf); /* once more does no harm */
  return text;
}

static char* Status(oktasync_instance* instance) {
  oktasync_buf buf = {NULL, 0, NULL};
  oktasync_error err = OKTASYNC_ERROR_INIT;
  CHECK(api->status(instance, &buf, &err) == OKTASYNC_OK, err.message);
  return Take(&buf);
}

static void StateIs(oktasync_instance* instance, const char* quoted) {
  char* status = Status(instance);
  CHECK(JsonIs(status, "state", quoted), status);
  free(status);
}

/* The report in pieces of `piece_bytes`. */
static char* Report(oktasync_instance* instance, uint64_t run, uint64_t piece_bytes) {
  char* text = NULL;
  uint64_t have = 0;
  uint64_t total = 1;
  while (have < total) {
    oktasync_buf piece = {NULL, 0, NULL};
    oktasync_error err = OKTASYNC_ERROR_INIT;
    CHECK(api->report(instance, run, have, piece_bytes, &piece, &total, &err) == OKTASYNC_OK, err.message);
    CHECK(piece.len > 0 && (piece_bytes == 0 || piece.len <= piece_bytes),
          "a piece is not empty and not too big");
    text = realloc(text, (size_t)total + 1);
    CHECK(text != NULL, "memory for a report");
    memcpy(text + have, piece.data, (size_t)piece.len);
    have += piece.len;
    api->buf_release(&piece);
  }
  CHECK(have == total, "the pieces make the whole");
  text[total] = '\0';
  return text;
}

static char* WaitForReport(oktasync_instance* instance, uint64_t run) {
  const uint64_t begun = Elapsed();
  for (;;) {
    oktasync_buf piece = {NULL, 0, NULL};
    uint64_t total = 0;
    oktasync_error err = OKTASYNC_ERROR_INIT;
    const int32_t code = api->report(instance, run, 0, 1, &piece, &total, &err);
    api->buf_release(&piece);
    if (code == OKTASYNC_OK) return Report(instance, run, 0);
    CHECK(code == OKTASYNC_UNAVAILABLE && (err.flags & OKTASYNC_ERROR_RETRYABLE) != 0, err.message);
    CHECK(Elapsed() - begun < PATIENCE, "a run ends");
    Pause();
  }
}

/* --- configuration ------------------------------------------------------------------------------------- */

static void Validate(void) {
  oktasync_buf buf = {NULL, 0, NULL};
  oktasync_error err = OKTASYNC_ERROR_INIT;
  CHECK(api->config_validate(Str(config), &buf, &err) == OKTASYNC_OK, err.message);
  char* problems = Take(&buf);
  CHECK(strcmp(problems, "[]") == 0, "a good configuration has no problems");
  free(problems);

  const char* bad =
      "{\"okta\": {\"org_url\": 5, \"ap_id\": \"x\", \"rate_share\": 7},"
      " \"teleport\": {\"address\": \"nowhere\"}, \"nonsense\": true}";
  CHECK(api->config_validate(Str(bad), &buf, &err) == OKTASYNC_INVALID_ARGUMENT, "a bad one is refused");
  CHECK((err.flags & OKTASYNC_ERROR_CONFIG) != 0 && Says(&err, "/okta/org_url"), "in words");
  problems = Take(&buf);
  CHECK(strstr(problems, "/okta/org_url") && strstr(problems, "/okta/ap_id"), problems);
  CHECK(strstr(problems, "/okta/rate_share") && strstr(problems, "/teleport/address"), problems);
  CHECK(strstr(problems, "/nonsense") != NULL, "all problems are listed at once");
  free(problems);

  CHECK(api->config_validate(Str("{"), NULL, &err) == OKTASYNC_INVALID_ARGUMENT, "problems may be NULL");
  const oktasync_str broken = {NULL, 5};
  CHECK(api->config_validate(broken, &buf, &err) == OKTASYNC_INVALID_ARGUMENT, "a length without data");
}

/* --- instances ----------------------------------------------------------------------------------------- */

static oktasync_create_options CreateOptions(uint32_t flags) {
  oktasync_create_options options;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.flags = flags;
  options.host = &host;
  options.host_ctx = (uint64_t)(uintptr_t)&world;
  options.config.data = (const uint8_t*)config;
  options.config.len = config_length;
  options.sign_algorithm = SignAlgorithm(&world);
  return options;
}

static oktasync_instance* Create(uint32_t flags) {
  const oktasync_create_options options = CreateOptions(flags);
  oktasync_instance* instance = NULL;
  oktasync_error err = OKTASYNC_ERROR_INIT;
  CHECK(api->create(&options, &instance, &err) == OKTASYNC_OK, err.message);
  CHECK(instance != NULL, "there is an instance");
  CHECK(atomic_load(&world.identities) == atomic_load(&world.identities_released), "identities come back");
  return instance;
}

static void StopAndDestroy(oktasync_instance* instance) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  const uint64_t begun = Elapsed();
  CHECK(api->stop(instance, 10 * SECOND, &err) == OKTASYNC_OK, err.message);
  /* A second by itself; more on a machine that is busy with other things. */
  CHECK(Elapsed() - begun < 5 * SECOND, "stopping takes no more than a second or so");
  CHECK(api->stop(instance, 0, &err) == OKTASYNC_OK, "stop is idempotent");
  StateIs(instance, "\"stopped\"");
  const unsigned calls = atomic_load(&world.calls);
  CHECK(api->destroy(instance, &err) == OKTASYNC_OK, err.message);
  CHECK(atomic_load(&world.calls) == calls, "no callback after stop");
  CHECK(atomic_load(&world.identities) == atomic_load(&world.identities_released), "identities come back");
}

static void CreateFaults(void) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  oktasync_instance* instance = NULL;
  oktasync_create_options options = CreateOptions(0);
  options.config = Str("{\"okta\": 1}");
  CHECK(api->create(&options, &instance, &err) == OKTASYNC_INVALID_ARGUMENT, "a bad configuration");
  CHECK(instance == NULL && (err.flags & OKTASYNC_ERROR_CONFIG) != 0, "is the configuration's fault");

  options = CreateOptions(0);
  options.struct_size = 8;
  CHECK(api->create(&options, &instance, &err) == OKTASYNC_INVALID_ARGUMENT, "options too short");
  CHECK((err.flags & OKTASYNC_ERROR_CONFIG) == 0, "is the program's fault");
  options = CreateOptions(UINT32_C(1) << 31);
  CHECK(api->create(&options, &instance, &err) == OKTASYNC_INVALID_ARGUMENT, "an unknown flag");
  options = CreateOptions(0);
  options.sign_algorithm = 99;
  CHECK(api->create(&options, &instance, &err) == OKTASYNC_INVALID_ARGUMENT, "an unknown algorithm");
  options.sign_algorithm = OKTASYNC_SIGN_NONE;
  CHECK(api->create(&options, &instance, &err) == OKTASYNC_FAILED_PRECONDITION, "nobody signs");
  CHECK((err.flags & OKTASYNC_ERROR_CONFIG) != 0 && Says(&err, "private_key_file"), "and what to do");

  world.identity_fails = 1;
  options = CreateOptions(0);
  CHECK(api->create(&options, &instance, &err) != OKTASYNC_OK, "a host without an identity");
  CHECK(Says(&err, "the vault is sealed"), "its words get through");
  world.identity_fails = 0;

  CHECK(api->destroy(NULL, &err) == OKTASYNC_INVALID_ARGUMENT, "NULL is refused, not followed");
  CHECK(api->destroy(Create(0), &err) == OKTASYNC_OK, "never started, it may be destroyed");
}

static void NotRunning(oktasync_instance* instance) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  uint64_t run = 0;
  CHECK(api->sync_now(instance, &run, &err) == OKTASYNC_FAILED_PRECONDITION, "no sync unless running");
  CHECK(api->plan(instance, &run, &err) == OKTASYNC_FAILED_PRECONDITION, "no plan unless running");
}

/* That it returns at once is seen in InDial: there the run cannot end before somebody lets it. */
static uint64_t Ask(oktasync_instance* instance, int plan) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  uint64_t run = 0;
  const int32_t code = plan ? api->plan(instance, &run, &err) : api->sync_now(instance, &run, &err);
  CHECK(code == OKTASYNC_OK, err.message);
  CHECK(run != 0, "a run has an id");
  return run;
}

/* Every function, on one instance that runs only when it is asked. */
static void EveryFunction(void) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  oktasync_instance* instance = Create(OKTASYNC_CREATE_ON_REQUEST);
  StateIs(instance, "\"created\"");
  NotRunning(instance);
  CHECK(atomic_load(&world.dials) == 0, "create connects to nothing");
  CHECK(api->start(instance, &err) == OKTASYNC_OK, err.message);
  CHECK(api->start(instance, &err) == OKTASYNC_FAILED_PRECONDITION, "an instance starts once");
  CHECK(api->destroy(instance, &err) == OKTASYNC_FAILED_PRECONDITION, "running, it may not be destroyed");
  StateIs(instance, "\"running\"");

  const uint64_t planned = Ask(instance, 1);
  char* plan = WaitForReport(instance, planned);
  CHECK(JsonIs(plan, "ok", "true") && JsonIs(plan, "kind", "\"plan\""), plan);
  CHECK(Occurrences(plan, "\"create user\"") == users, "the plan creates everybody");
  char* pieces = Report(instance, planned, 100);
  CHECK(strcmp(plan, pieces) == 0, "in small pieces it is the same document");
  free(pieces);
  free(plan);
  CHECK(atomic_load(&world.audit_events) == 0, "a plan is no audit event");

  const uint64_t first = Ask(instance, 0);
  CHECK(first != planned, "each run has an id of its own");
  char* report = WaitForReport(instance, first);
  CHECK(JsonIs(report, "ok", "true") && JsonIs(report, "kind", "\"sync\""), report);
  CHECK(JsonNumber(JsonAfter(report, "counts"), "created") == users, "everybody is created");
  free(report);

  report = WaitForReport(instance, Ask(instance, 0));
  CHECK(JsonIs(report, "ok", "true"), report);
  CHECK(JsonNumber(JsonAfter(report, "counts"), "created") == 0, "a second run creates nobody");
  CHECK(JsonNumber(JsonAfter(report, "counts"), "unchanged") == users, "everybody is as he should be");
  free(report);

  oktasync_buf buf = {NULL, 0, NULL};
  uint64_t total = 0;
  CHECK(api->report(instance, 999999, 0, 0, &buf, &total, &err) == OKTASYNC_NOT_FOUND, "no such run");
  CHECK(api->report(instance, first, UINT64_C(1) << 40, 0, &buf, &total, &err) == OKTASYNC_OUT_OF_RANGE,
        "beyond the end");

  const unsigned identities = atomic_load(&world.identities);
  const unsigned dials = atomic_load(&world.dials);
  CHECK(identities > 0 && dials > 0, "identity and connection are this host's");
  CHECK(atomic_load(&world.signatures) > 0, "the assertion is signed by this host");
  CHECK(api->identity_changed(instance, &err) == OKTASYNC_OK, err.message);
  report = WaitForReport(instance, Ask(instance, 0));
  CHECK(JsonIs(report, "ok", "true"), report);
  free(report);
  CHECK(atomic_load(&world.identities) > identities, "the new identity was asked for");
  CHECK(atomic_load(&world.dials) > dials, "and a new connection made with it");

  char* status = Status(instance);
  CHECK(JsonNumber(status, "runs") == 3 && JsonIs(status, "audit_events_failed", "0"), status);
  CHECK(JsonIs(status, "next_run", "null") && !JsonIs(status, "last_whole_walk", "null"), status);
  free(status);
  CHECK(atomic_load(&world.audit_events) == 3 && atomic_load(&world.audit_good) == 3,
        "each sync is an event");
  CHECK(atomic_load(&world.log_lines) > 0, "something was logged");

  StateIs(instance, "\"running\"");
  CHECK(api->stop(instance, 10 * SECOND, &err) == OKTASYNC_OK, err.message);
  NotRunning(instance);
  CHECK(api->identity_changed(instance, &err) == OKTASYNC_FAILED_PRECONDITION, "not when stopped");
  CHECK(api->start(instance, &err) == OKTASYNC_FAILED_PRECONDITION, "an instance runs once");
  report = Report(instance, first, 0);
  CHECK(JsonNumber(JsonAfter(report, "counts"), "created") == users, "reports outlive stop");
  free(report);
  StopAndDestroy(instance);
}

/* A run whose dial is at fault ends with a report in words. */
static void BadDial(enum DialMode mode, const char* words) {
  atomic_store(&world.dial_mode, mode);
  oktasync_error err = OKTASYNC_ERROR_INIT;
  oktasync_instance* instance = Create(OKTASYNC_CREATE_ON_REQUEST);
  CHECK(api->start(instance, &err) == OKTASYNC_OK, err.message);
  char* report = WaitForReport(instance, Ask(instance, 0));
  CHECK(JsonIs(report, "ok", "false") && strstr(report, words) != NULL, report);
  free(report);
  StopAndDestroy(instance);
  atomic_store(&world.dial_mode, DIAL_CONNECT);
}

/* An instance whose run waits in a dial of `mode`. */
static oktasync_instance* InDial(enum DialMode mode, uint64_t* run) {
  atomic_store(&world.hanging, 0);
  atomic_store(&world.dial_mode, mode);
  oktasync_error err = OKTASYNC_ERROR_INIT;
  oktasync_instance* instance = Create(OKTASYNC_CREATE_ON_REQUEST);
  CHECK(api->start(instance, &err) == OKTASYNC_OK, err.message);
  *run = Ask(instance, 0);
  const uint64_t begun = Elapsed();
  while (atomic_load(&world.hanging) == 0) {
    CHECK(Elapsed() - begun < PATIENCE, "the dial is called");
    Pause();
  }
  return instance;
}

/* A dial that hangs is cancelled by stop. */
static void HangingDial(void) {
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

/* A callback that does not return makes stop wait, no longer than it was told to. */
static void StubbornDial(void) {
  uint64_t run = 0;
  oktasync_instance* instance = InDial(DIAL_STUBBORN, &run);
  oktasync_error err = OKTASYNC_ERROR_INIT;
  CHECK(api->stop(instance, 0, &err) == OKTASYNC_DEADLINE_EXCEEDED, "asked, not waited for");
  CHECK(api->stop(instance, SECOND / 10, &err) == OKTASYNC_DEADLINE_EXCEEDED, "still running");
  CHECK((err.flags & OKTASYNC_ERROR_RETRYABLE) != 0, "and worth another try");
  StateIs(instance, "\"stopping\"");
  NotRunning(instance);
  CHECK(api->destroy(instance, &err) == OKTASYNC_FAILED_PRECONDITION, "not before it has stopped");
  atomic_store(&world.let_go, 1);
  StopAndDestroy(instance);
  atomic_store(&world.dial_mode, DIAL_CONNECT);
}

/* As in production: the first run begins by itself. An audit log that refuses is counted, not fatal. */
static void RunsByItself(void) {
  world.audit_fails = 1;
  oktasync_error err = OKTASYNC_ERROR_INIT;
  oktasync_instance* other = Create(OKTASYNC_CREATE_ON_REQUEST); /* two instances side by side */
  oktasync_instance* instance = Create(0);
  CHECK(api->start(other, &err) == OKTASYNC_OK, err.message);
  CHECK(api->start(instance, &err) == OKTASYNC_OK, err.message);
  const uint64_t begun = Elapsed();
  for (;;) {
    char* status = Status(instance);
    const int done = JsonNumber(status, "runs") == 1 && JsonNumber(status, "audit_events_failed") == 1;
    if (done) CHECK(!JsonIs(status, "next_run", "null") && JsonIs(status, "ok", "true"), status);
    free(status);
    if (done) break;
    CHECK(Elapsed() - begun < PATIENCE, "the first run begins by itself");
    Pause();
  }
  char* status = Status(other);
  CHECK(JsonNumber(status, "runs") == 0, "the other instance waits to be asked");
  free(status);
  StopAndDestroy(other);
  StopAndDestroy(instance);
  world.audit_fails = 0;
}

int main(int argc, char** argv) {
  CHECK(argc == 8, "PLUGIN CONFIG IDENTITY_KEY IDENTITY_CERT IDENTITY_CA OKTA_KEY USERS");
  config = ReadFile(argv[2], &config_length);
  world.key_file = argv[3];
  world.cert_file = argv[4];
  world.ca_file = argv[5];
  world.okta_key_file = argv[6];
  users = strtoull(argv[7], NULL, 10);
  host = MakeHost();

  void* library = Load(argv[1]);
  Open(library);
  Validate();
  CreateFaults();
  EveryFunction();
  BadDial(DIAL_REFUSE, "the drawbridge is up");
  BadDial(DIAL_SECURED, "already secured");
  BadDial(DIAL_NOTHING, "gave no connection");
  HangingDial();
  StubbornDial();
  CHECK(dlclose(library) == 0, "it may be closed");

  const oktasync_api* before = api;
  library = Load(argv[1]);
  Open(library);
  CHECK(api == before, "never unmapped: the same copy again");
  RunsByItself();
  CHECK(dlclose(library) == 0, "and closed again");
  free(config);
  printf("everything held\n");
  return 0;
}
