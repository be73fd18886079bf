/* Loading: what describe and open say, and a library that is opened, closed and opened again. */
#include <dlfcn.h>
#include <string.h>

#include "check.h"
#include "process.h"
#include "session.h"
#include "themes.h"

static void NullSlots(const oktasync_descriptor* d) {
  CHECK((api->approve == NULL) == ((d->capabilities & OKTASYNC_CAP_APPROVE) == 0), "slot and bit agree");
  CHECK((api->explain == NULL) == ((d->capabilities & OKTASYNC_CAP_EXPLAIN) == 0), "slot and bit agree");
  CHECK((api->preflight == NULL) == ((d->capabilities & OKTASYNC_CAP_PREFLIGHT) == 0), "slot and bit agree");
  CHECK((api->scim_request == NULL) == ((d->capabilities & OKTASYNC_CAP_SCIM) == 0), "slot and bit agree");
  CHECK((api->jwks == NULL) == ((d->capabilities & OKTASYNC_CAP_JWKS) == 0), "slot and bit agree");
  CHECK((api->metrics == NULL) == ((d->capabilities & OKTASYNC_CAP_METRICS) == 0), "slot and bit agree");
  CHECK((api->join == NULL) == ((d->capabilities & OKTASYNC_CAP_JOIN) == 0), "slot and bit agree");
  CHECK(d->capabilities == (OKTASYNC_CAP_APPROVE | OKTASYNC_CAP_EXPLAIN | OKTASYNC_CAP_PREFLIGHT |
                            OKTASYNC_CAP_JWKS | OKTASYNC_CAP_DIAL_SECURED | OKTASYNC_CAP_JOIN),
        "only what is there is claimed");
  CHECK(api->scim_request == NULL && api->metrics == NULL, "unbuilt slots are NULL");
}

/* What open refuses, in words; and what it accepts. */
static void OpenWithCare(void* library) {
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

/* A round of a host that loads, syncs, and lets go of everything. */
static const oktasync_api* LoadSyncClose(const char* plugin) {
  void* library = Load(plugin);
  OpenWithCare(library);
  oktasync_instance* instance = Started();
  SyncsWell(instance);
  StopAndDestroy(instance);
  CHECK(dlclose(library) == 0, "it may be closed");
  return api;
}

void Loading(const char* plugin, const char* other) {
  (void)other;
  Try("open, close, open: the same copy every time, and it works every time");
  const oktasync_api* first = LoadSyncClose(plugin);
  for (int i = 0; i < 4; ++i) CHECK(LoadSyncClose(plugin) == first, "never unmapped: the same copy again");

  Try("two handles of the same file are one copy");
  void* one = Load(plugin);
  void* two = Load(plugin);
  CHECK(one == two, "dlopen counts");
  CHECK(dlclose(two) == 0 && dlclose(one) == 0, "and closes both");

  Try("the table outlives dlclose, for nothing is unmapped");
  oktasync_instance* instance = Started();
  SyncsWell(instance);
  StopAndDestroy(instance);
}
