/* Hosts that were built against an older or a newer plugin.h: what is beyond struct_size is neither read nor
 * written, what the plugin does not know is ignored. Structs lie against a page that nobody may touch, so a
 * byte too many ends the program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "session.h"
#include "themes.h"

/* `size` bytes that end where the forbidden page begins; all of them 0xA5. */
typedef struct Edge {
  unsigned char* pages;
  size_t page;
  unsigned char* bytes;
} Edge;

static Edge MakeEdge(size_t size) {
  Edge edge;
  edge.page = (size_t)sysconf(_SC_PAGESIZE);
  CHECK(size <= edge.page, "one page is enough");
  void* memory = mmap(NULL, 2 * edge.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED, "two pages");
  edge.pages = memory;
  CHECK(mprotect(edge.pages + edge.page, edge.page, PROT_NONE) == 0, "one of them forbidden");
  /* Structs want their alignment: the last bytes of an odd size stay unused, and are watched by Untouched. */
  edge.bytes = edge.pages + edge.page - ((size + 7) / 8) * 8;
  memset(edge.pages, 0xA5, edge.page);
  return edge;
}

static void DropEdge(Edge* edge) { munmap(edge->pages, 2 * edge->page); }

static int Untouched(const unsigned char* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    if (bytes[i] != 0xA5) return 0;
  }
  return 1;
}

/* A call that fails for a reason with a long message. */
static int32_t LongFailure(oktasync_error* err) {
  return api->config_validate(Str("{\"a\": 1, \"b\": 2, \"c\": 3, \"d\": 4}"), NULL, err);
}

/* oktasync_error of every size there may be: shorter than today, cut within a member, longer. */
static void Errors(void) {
  for (uint32_t size = 4; size <= sizeof(oktasync_error) + 64; ++size) {
    Edge edge = MakeEdge(size);
    oktasync_error* err = (oktasync_error*)(void*)edge.bytes;
    memcpy(edge.bytes, &size, sizeof(size));
    CHECK(LongFailure(err) == OKTASYNC_INVALID_ARGUMENT, "the code is returned, whatever the struct holds");
    CHECK(memcmp(edge.bytes, &size, sizeof(size)) == 0, "struct_size is the host's");
    CHECK(Untouched(edge.bytes + size, (size_t)(edge.pages + edge.page - edge.bytes) - size),
          "nothing is written beyond struct_size");
    if (OKTASYNC_HAS(oktasync_error, err, code)) {
      CHECK(err->code == OKTASYNC_INVALID_ARGUMENT, "the code fits");
    } else {
      CHECK(Untouched(edge.bytes + 4, size - 4), "half a code is no code");
    }
    if (OKTASYNC_HAS(oktasync_error, err, flags)) {
      CHECK((err->flags & OKTASYNC_ERROR_CONFIG) != 0, "the flags fit");
    } else if (size >= 8) {
      CHECK(Untouched(edge.bytes + 8, size - 8), "half of the flags is none");
    }
    const size_t head = offsetof(oktasync_error, message);
    if (size > head) {
      const size_t room = size - head < sizeof(err->message) ? size - head : sizeof(err->message);
      CHECK(memchr(err->message, '\0', room) != NULL, "the message ends within the struct");
      if (room > 40) CHECK(strstr(err->message, " problems in the conf") != NULL, "it has words");
      if (size > sizeof(*err)) {
        CHECK(Untouched(edge.bytes + sizeof(*err), size - sizeof(*err)), "what we do not know is left alone");
      }
    }
    DropEdge(&edge);
  }
}

/* Every function is given an error that has no room for a message, and one that has none for a code. */
static void ErrorsOfEveryFunction(void) {
  for (uint32_t size = 0; size <= 24; size += 4) {
    Edge edge = MakeEdge(size < 4 ? 4 : size);
    oktasync_error* err = (oktasync_error*)(void*)edge.bytes;
    memcpy(edge.bytes, &size, sizeof(size));
    oktasync_instance* instance = NULL;
    uint64_t number = 0;
    oktasync_buf buf = {NULL, 0, NULL};
    CHECK(api->config_validate(Str("{"), NULL, err) == OKTASYNC_INVALID_ARGUMENT, "config_validate");
    CHECK(api->create(NULL, &instance, err) == OKTASYNC_INVALID_ARGUMENT, "create");
    CHECK(api->start(NULL, err) == OKTASYNC_INVALID_ARGUMENT, "start");
    CHECK(api->stop(NULL, 0, err) == OKTASYNC_INVALID_ARGUMENT, "stop");
    CHECK(api->destroy(NULL, err) == OKTASYNC_INVALID_ARGUMENT, "destroy");
    CHECK(api->sync_now(NULL, &number, err) == OKTASYNC_INVALID_ARGUMENT, "sync_now");
    CHECK(api->plan(NULL, &number, err) == OKTASYNC_INVALID_ARGUMENT, "plan");
    CHECK(api->status(NULL, &buf, err) == OKTASYNC_INVALID_ARGUMENT, "status");
    CHECK(api->report(NULL, 1, 0, 0, &buf, &number, err) == OKTASYNC_INVALID_ARGUMENT, "report");
    CHECK(api->identity_changed(NULL, err) == OKTASYNC_INVALID_ARGUMENT, "identity_changed");
    DropEdge(&edge);
  }
}

static oktasync_create_options WithoutCallbacks(const oktasync_host* table) {
  oktasync_create_options options = CreateOptions(OKTASYNC_CREATE_ON_REQUEST);
  options.host = table;
  options.config = Str(ConfigWithFiles());
  options.sign_algorithm = OKTASYNC_SIGN_NONE;
  return options;
}

static void SyncsWith(const oktasync_create_options* options) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  oktasync_instance* instance = NULL;
  CHECK(api->create(options, &instance, &err) == OKTASYNC_OK, err.message);
  CHECK(api->start(instance, &err) == OKTASYNC_OK, err.message);
  SyncsWell(instance);
  StopAndDestroy(instance);
}

/* The host's table of every size that open accepts, and some that it refuses. Slots within are used, slots
 * beyond are not there, half a slot is none. */
static void HostTables(uint32_t least, oktasync_plugin_open_fn open) {
  const oktasync_host whole = MakeHost();
  for (uint32_t size = 4; size <= sizeof(oktasync_host) + 64; size += 4) {
    Edge edge = MakeEdge(size);
    memcpy(edge.bytes, &whole, size < sizeof(whole) ? size : sizeof(whole)); /* a newer tail stays 0xA5… */
    memcpy(edge.bytes, &size, sizeof(size));
    const oktasync_host* table = (const oktasync_host*)(const void*)edge.bytes;
    oktasync_error err = OKTASYNC_ERROR_INIT;
    const oktasync_api* got = NULL;
    const int32_t code = open(table, OKTASYNC_ABI_MAJOR, &got, &err);
    if (size < least) {
      CHECK(code == OKTASYNC_FAILED_PRECONDITION && Says(&err, "older plugin.h"), err.message);
    } else if (size >= offsetof(oktasync_host, identity) + 8 &&
               size < offsetof(oktasync_host, identity_release) + 8) {
      CHECK(code == OKTASYNC_INVALID_ARGUMENT && Says(&err, "identity_release"), err.message);
    } else {
      CHECK(code == OKTASYNC_OK && got == api, err.message);
    }
    if (code == OKTASYNC_OK) {
      const unsigned dials = atomic_load(&world.dials);
      const unsigned identities = atomic_load(&world.identities);
      const unsigned events = atomic_load(&world.audit_events);
      const oktasync_create_options options = WithoutCallbacks(table);
      SyncsWith(&options);
      CHECK((atomic_load(&world.identities) > identities) ==
                OKTASYNC_HAS(oktasync_host, table, identity_release),
            "identity is asked where the table has it, else the files are read");
      CHECK((atomic_load(&world.dials) > dials) == OKTASYNC_HAS(oktasync_host, table, dial),
            "dial is called where the table has it");
      CHECK((atomic_load(&world.audit_events) > events) == OKTASYNC_HAS(oktasync_host, table, audit_event),
            "audit_event is called where the table has it");
    }
    DropEdge(&edge);
  }
}

/* The options of create: not shorter than the first version's, and longer than today's. */
static void CreateOptionSizes(void) {
  const oktasync_create_options whole = WithoutCallbacks(&host);
  for (uint32_t size = 4; size <= sizeof(whole) + 64; size += 4) {
    Edge edge = MakeEdge(size);
    memcpy(edge.bytes, &whole, size < sizeof(whole) ? size : sizeof(whole));
    memcpy(edge.bytes, &size, sizeof(size));
    const oktasync_create_options* options = (const oktasync_create_options*)(const void*)edge.bytes;
    oktasync_error err = OKTASYNC_ERROR_INIT;
    oktasync_instance* instance = NULL;
    const int32_t code = api->create(options, &instance, &err);
    if (size < sizeof(whole)) {
      CHECK(code == OKTASYNC_INVALID_ARGUMENT && instance == NULL && Says(&err, "struct_size"), err.message);
    } else {
      CHECK(code == OKTASYNC_OK && instance != NULL, err.message);
      CHECK(api->destroy(instance, &err) == OKTASYNC_OK, err.message);
    }
    DropEdge(&edge);
  }
}

/* An older host fills what it knows of the structs that the plugin lends it, and leaves the rest as it found it:
 * here the first members of each. A newer one looks at struct_size before it fills what came later. */
static int32_t OldIdentity(uint64_t ctx, oktasync_identity* identity, oktasync_error* err) {
  CHECK(identity->struct_size == sizeof(*identity), "the plugin says how much it knows");
  CHECK(err->struct_size == sizeof(*err), "also of the error");
  oktasync_identity given = *identity;
  const int32_t code = MakeHost().identity(ctx, &given, err);
  identity->key_pem = given.key_pem;
  identity->cert_pem = given.cert_pem;
  identity->ca_pem = given.ca_pem; /* neither generation nor owner */
  return code;
}
static void OldRelease(uint64_t ctx, oktasync_identity* identity) {
  CHECK(identity->owner == 0 && identity->generation == 0, "what the host did not fill is zero");
  identity->owner = 4711; /* as callbacks.c wants it back */
  MakeHost().identity_release(ctx, identity);
}
static int32_t OldDial(uint64_t ctx, const oktasync_dial_request* request, oktasync_connection* connection,
                       oktasync_error* err) {
  CHECK(request->struct_size == sizeof(*request), "the plugin says how much it knows");
  CHECK(connection->struct_size == sizeof(*connection), "of each struct");
  CHECK(connection->fd == -1 && connection->flags == 0 && connection->reserved == 0, "and lends it clean");
  oktasync_connection given = *connection;
  const int32_t code = MakeHost().dial(ctx, request, &given, err);
  connection->fd = given.fd; /* no flags */
  return code;
}

static void OldCallbacks(void) {
  host.identity = &OldIdentity;
  host.identity_release = &OldRelease;
  host.dial = &OldDial;
  oktasync_instance* instance = Started();
  SyncsWell(instance);
  StopAndDestroy(instance);
  host = MakeHost();
}

void Versions(const char* plugin, const char* other) {
  (void)other;
  void* library = Load(plugin);
  Open(library);
  oktasync_plugin_describe_fn describe = NULL;
  oktasync_plugin_open_fn open = NULL;
  Find(library, "oktasync_plugin_describe", &describe);
  Find(library, "oktasync_plugin_open", &open);
  const uint32_t least = describe()->min_host_size;
  CHECK(least >= offsetof(oktasync_host, log) + sizeof(host.log) && least <= sizeof(host),
        "a sensible minimum");

  Try("errors of every size");
  Errors();
  ErrorsOfEveryFunction();
  Try("host tables of every size");
  HostTables(least, open);
  Try("create options of every size");
  CreateOptionSizes();
  Try("a host that fills only the first members");
  OldCallbacks();
}
