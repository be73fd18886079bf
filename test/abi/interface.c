/* Every function of the interface, used as it is meant and as it is not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "session.h"
#include "themes.h"

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

static void PublicKeys(void) {
  oktasync_buf buf = {NULL, 0, NULL};
  oktasync_error err = OKTASYNC_ERROR_INIT;
  CHECK(api->jwks(Str(ConfigWithFiles()), &buf, &err) == OKTASYNC_OK, err.message);
  char* set = Take(&buf);
  CHECK(strstr(set, "{\"keys\":[{") == set && strstr(set, "\"kid\":"), "a JWK Set");
  CHECK(strstr(set, "\"d\":") == NULL, "of public members alone");
  free(set);
  CHECK(api->jwks(Str(config), &buf, &err) == OKTASYNC_FAILED_PRECONDITION,
        "the host signs: its key is its own");
  CHECK(buf.data == NULL && (err.flags & OKTASYNC_ERROR_CONFIG) != 0 && Says(&err, "private_key_file"),
        "in words");
  CHECK(api->jwks(Str("{"), &buf, &err) == OKTASYNC_INVALID_ARGUMENT, "a bad configuration");
  CHECK(api->jwks(Str(config), NULL, &err) == OKTASYNC_INVALID_ARGUMENT, "nowhere to put it");
}

static void Joining(void) {
  oktasync_buf buf = {NULL, 0, NULL};
  oktasync_error err = OKTASYNC_ERROR_INIT;
  oktasync_join_options options;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.config = Str(ConfigWithFiles());
  options.token = Str("hunter2-hunter2");
  options.cancel_fd = -1;
  CHECK(api->join(&options, &buf, &err) == OKTASYNC_FAILED_PRECONDITION, "no file is named");
  CHECK(buf.data == NULL && Says(&err, "/teleport/identity/file") && !Says(&err, "hunter2"), "in words");
  options.flags = 2;
  CHECK(api->join(&options, &buf, &err) == OKTASYNC_INVALID_ARGUMENT, "a flag of a later version");
  options.flags = 0;
  options.ca_pin_count = 1;
  CHECK(api->join(&options, &buf, &err) == OKTASYNC_INVALID_ARGUMENT, "pins that are nowhere");
  options.ca_pin_count = 0;
  options.struct_size = 16;
  CHECK(api->join(&options, &buf, &err) == OKTASYNC_INVALID_ARGUMENT, "a struct without its size");
  options.struct_size = sizeof(options);
  options.config = Str("{");
  CHECK(api->join(&options, &buf, &err) == OKTASYNC_INVALID_ARGUMENT, "a bad configuration");
  CHECK((err.flags & OKTASYNC_ERROR_CONFIG) != 0, "is said to be one");
  CHECK(api->join(NULL, &buf, &err) == OKTASYNC_INVALID_ARGUMENT, "NULL is refused, not followed");
  CHECK(api->join(&options, NULL, &err) == OKTASYNC_INVALID_ARGUMENT, "nowhere to put it");
}

static int CheckIs(const char* checks, const char* id, const char* outcome) {
  char text[128];
  snprintf(text, sizeof(text), "\"id\":\"%s\",\"outcome\":\"%s\"", id, outcome);
  return strstr(checks, text) != NULL;
}

static char* Checks(const oktasync_create_options* options) {
  oktasync_buf buf = {NULL, 0, NULL};
  oktasync_error err = OKTASYNC_ERROR_INIT;
  CHECK(api->preflight(options, -1, &buf, &err) == OKTASYNC_OK, err.message);
  const unsigned calls = atomic_load(&world.calls);
  char* checks = Take(&buf);
  CHECK(atomic_load(&world.calls) == calls, "no callback after the return");
  CHECK(atomic_load(&world.identities) == atomic_load(&world.identities_released), "identities come back");
  return checks;
}

static void Preflight(void) {
  oktasync_create_options options = CreateOptions(0);
  char* checks = Checks(&options);
  CHECK(CheckIs(checks, "okta.token", "pass") && CheckIs(checks, "okta.app", "pass"), checks);
  CHECK(CheckIs(checks, "teleport.tunnel", "pass") && CheckIs(checks, "teleport.reads", "pass"), checks);
  CHECK(CheckIs(checks, "teleport.writes", "not_known"), checks);
  free(checks);
  CHECK(atomic_load(&world.signatures) > 0 && atomic_load(&world.dials) > 0, "by this host's callbacks");

  /* What create refuses is a check that failed. */
  world.identity_fails = 1;
  checks = Checks(&options);
  CHECK(CheckIs(checks, "teleport.identity", "fail") && strstr(checks, "the vault is sealed"), checks);
  CHECK(CheckIs(checks, "okta.token", "pass") && CheckIs(checks, "teleport.tunnel", "not_known"), checks);
  free(checks);
  world.identity_fails = 0;
  options.sign_algorithm = OKTASYNC_SIGN_NONE;
  checks = Checks(&options);
  CHECK(CheckIs(checks, "okta.key", "fail") && strstr(checks, "private_key_file"), checks);
  CHECK(CheckIs(checks, "okta.tls", "pass") && CheckIs(checks, "teleport.tunnel", "pass"), checks);
  free(checks);

  oktasync_buf buf = {NULL, 0, NULL};
  oktasync_error err = OKTASYNC_ERROR_INIT;
  options.sign_algorithm = 99;
  CHECK(api->preflight(&options, -1, &buf, &err) == OKTASYNC_INVALID_ARGUMENT, "an unknown algorithm");
  options = CreateOptions(0);
  options.config = Str("{\"okta\": 1}");
  CHECK(api->preflight(&options, -1, &buf, &err) == OKTASYNC_INVALID_ARGUMENT, "a bad configuration");
  CHECK(buf.data == NULL && (err.flags & OKTASYNC_ERROR_CONFIG) != 0, "is the configuration's fault");
  options = CreateOptions(0);
  CHECK(api->preflight(&options, 9999, &buf, &err) == OKTASYNC_INVALID_ARGUMENT, "no such descriptor");
  CHECK(api->preflight(NULL, -1, &buf, &err) == OKTASYNC_INVALID_ARGUMENT, "NULL is refused, not followed");
  CHECK(api->preflight(&options, -1, NULL, &err) == OKTASYNC_INVALID_ARGUMENT, "nowhere to put it");

  int ends[2];
  CHECK(pipe(ends) == 0 && write(ends[1], "x", 1) == 1, "a pipe with a byte in it");
  CHECK(api->preflight(&options, ends[0], &buf, &err) == OKTASYNC_CANCELLED, "it is no longer wanted");
  char byte = 0;
  CHECK(buf.data == NULL && read(ends[0], &byte, 1) == 1 && byte == 'x', "the descriptor is left as it was");
  close(ends[0]);
  close(ends[1]);
}

static void NotRunning(oktasync_instance* instance) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  uint64_t run = 0;
  CHECK(api->sync_now(instance, &run, &err) == OKTASYNC_FAILED_PRECONDITION, "no sync unless running");
  CHECK(api->plan(instance, &run, &err) == OKTASYNC_FAILED_PRECONDITION, "no plan unless running");
}

/* Every function, on one instance that runs only when it is asked. */
static void EveryFunction(void) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  const unsigned dialled = atomic_load(&world.dials);
  oktasync_instance* instance = Create(OKTASYNC_CREATE_ON_REQUEST);
  StateIs(instance, "\"created\"");
  NotRunning(instance);
  CHECK(atomic_load(&world.dials) == dialled, "create connects to nothing");
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
  Stop(instance);
  NotRunning(instance);
  CHECK(api->identity_changed(instance, &err) == OKTASYNC_FAILED_PRECONDITION, "not when stopped");
  CHECK(api->start(instance, &err) == OKTASYNC_FAILED_PRECONDITION, "an instance runs once");
  report = Report(instance, first, 0);
  CHECK(JsonNumber(JsonAfter(report, "counts"), "created") == users, "reports outlive stop");
  free(report);
  StopAndDestroy(instance);
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

void Interface(const char* plugin, const char* other) {
  (void)other;
  Open(Load(plugin));
  Try("config_validate lists all problems");
  Validate();
  Try("create refuses what it must");
  CreateFaults();
  Try("join refuses what it cannot work with, in words");
  Joining();
  Try("jwks gives the public keys of the configuration");
  PublicKeys();
  Try("preflight checks what create would refuse, and writes nothing");
  Preflight();
  Try("every function, on an instance that runs on request");
  EveryFunction();
  Try("an instance that runs by itself, beside one that waits");
  RunsByItself();
}
