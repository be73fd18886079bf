/* Callbacks that fail, with every code and with answers that make no sense: the run ends with a report in words
 * that name the callback, what was handed over is given back or closed, and the next run may succeed. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "process.h"
#include "session.h"
#include "themes.h"

/* What the callbacks here answer: set while no run is under way. */
static int32_t answer_code;
static void (*spoil_error)(oktasync_error* err);

static const int32_t kCodes[] = {
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 99, -1, -7, 1024, -2147483647 - 1, INT32_MAX};
#define CODES (sizeof(kCodes) / sizeof(kCodes[0]))

static void Words(oktasync_error* err) { snprintf(err->message, sizeof(err->message), "the moon is full"); }
static void NoWords(oktasync_error* err) { (void)err; }
/* Everything that a careless host can do to the struct that it was lent. */
static void Tampered(oktasync_error* err) {
  memset(err, 0xA5, sizeof(*err)); /* no NUL, no UTF-8, a struct_size from nowhere */
}
static void ShrunkToNothing(oktasync_error* err) {
  Words(err);
  err->struct_size = 0;
}

static int32_t Answer(oktasync_error* err) {
  if (err != NULL) spoil_error(err);
  return answer_code;
}

static int32_t BadIdentity(uint64_t ctx, oktasync_identity* identity, oktasync_error* err) {
  (void)ctx;
  (void)identity;
  return Answer(err);
}
static int32_t BadDial(uint64_t ctx, const oktasync_dial_request* request, oktasync_connection* connection,
                       oktasync_error* err) {
  (void)ctx;
  CHECK(request->struct_size == sizeof(*request) && connection->struct_size == sizeof(*connection),
        "the plugin says what it knows of a struct");
  return Answer(err);
}
static int32_t BadSign(uint64_t ctx, oktasync_str key_id, int32_t algorithm, oktasync_str input,
                       uint8_t* signature, uint64_t capacity, uint64_t* length, oktasync_error* err) {
  (void)ctx, (void)key_id, (void)algorithm, (void)input, (void)signature, (void)capacity, (void)length;
  return Answer(err);
}
static int32_t BadAudit(uint64_t ctx, oktasync_str type, oktasync_str json, oktasync_error* err) {
  MakeHost().audit_event(ctx, type, json, err);
  return Answer(err);
}

/* The name of the callback stands in the report: somebody must know where to look. */
static void FailsWithEveryCode(const char* callback) {
  Try(callback);
  void (*const ways[])(oktasync_error*) = {&Words, &NoWords, &Tampered, &ShrunkToNothing};
  char words[64];
  snprintf(words, sizeof(words), "the host's %s failed", callback);
  for (size_t i = 0; i < CODES; ++i) {
    answer_code = kCodes[i];
    spoil_error = ways[i % 4];
    /* Another instance each time: one that has often failed to connect waits longer and longer. */
    oktasync_instance* instance = Started();
    SyncFails(instance, words);
    StopAndDestroy(instance);
  }
  host = MakeHost();
}

/* create asks for the identity itself, so its codes are create's. */
static void CreateWithoutIdentity(void) {
  Try("identity, asked by create");
  void (*const ways[])(oktasync_error*) = {&Words, &NoWords, &Tampered, &ShrunkToNothing};
  host.identity = &BadIdentity;
  for (size_t i = 0; i < CODES * 4; ++i) {
    answer_code = kCodes[i % CODES];
    spoil_error = ways[i / CODES];
    const oktasync_create_options options = CreateOptions(0);
    oktasync_instance* instance = NULL;
    oktasync_error err = OKTASYNC_ERROR_INIT;
    const int32_t code = api->create(&options, &instance, &err);
    CHECK(code != OKTASYNC_OK && code == err.code && instance == NULL,
          "there is no instance without an identity");
    CHECK(code > 0 && code <= OKTASYNC_UNAUTHENTICATED, "a code of the host's own does not get through");
    CHECK(Says(&err, "the host's identity failed"), err.message);
  }
  host = MakeHost();
}

/* Each audit event that is refused is counted, whatever the code, and no run fails for it. */
static void AuditWithEveryCode(void) {
  Try("audit_event");
  void (*const ways[])(oktasync_error*) = {&Words, &NoWords, &Tampered, &ShrunkToNothing};
  host.audit_event = &BadAudit;
  oktasync_instance* instance = Started();
  for (size_t i = 0; i < CODES; ++i) {
    answer_code = kCodes[i];
    spoil_error = ways[i % 4];
    SyncsWell(instance);
    const uint64_t begun = Elapsed();
    for (;;) { /* the report is there before the event is sent */
      char* status = Status(instance);
      const int counted = JsonNumber(status, "audit_events_failed") == i + 1;
      free(status);
      if (counted) break;
      CHECK(Elapsed() - begun < PATIENCE, "each is counted");
      Pause();
    }
  }
  StopAndDestroy(instance);
  host = MakeHost();
}

/* --- answers that make no sense ------------------------------------------------------------------------- */

static uint64_t sign_length;
static int32_t OddSign(uint64_t ctx, oktasync_str key_id, int32_t algorithm, oktasync_str input,
                       uint8_t* signature, uint64_t capacity, uint64_t* length, oktasync_error* err) {
  (void)ctx, (void)key_id, (void)algorithm, (void)input, (void)err;
  memset(signature, 's', (size_t)capacity);
  *length = sign_length;
  return OKTASYNC_OK;
}

static void OddSignatures(void) {
  const uint64_t lengths[] = {0, 1, 63, 65, 71, 2048, 2049, UINT32_MAX, UINT64_MAX, UINT64_MAX / 2};
  host.sign = &OddSign;
  oktasync_instance* instance = Started();
  for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); ++i) {
    sign_length = lengths[i];
    SyncFails(instance, "the host's sign gave");
  }
  StopAndDestroy(instance);
  host = MakeHost();
}

static int odd_fd;
static uint32_t odd_flags;
static int (*make_fd)(void);
static int32_t OddDial(uint64_t ctx, const oktasync_dial_request* request, oktasync_connection* connection,
                       oktasync_error* err) {
  (void)ctx, (void)request, (void)err;
  odd_fd = make_fd();
  memset(connection, 0xA5, sizeof(*connection)); /* struct_size too */
  connection->fd = odd_fd;
  connection->flags = odd_flags;
  return OKTASYNC_OK;
}

static int NoFd(void) { return -1; }
static int LeastFd(void) { return INT_MIN; }
static int ClosedFd(void) { return 1000000; }
static int FileFd(void) { return open("/proc/self/exe", O_RDONLY | O_CLOEXEC); }
static int NullFd(void) { return open("/dev/null", O_RDWR | O_CLOEXEC); }
static int DatagramFd(void) { return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0); }
static int UnconnectedFd(void) { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }
static int ListeningFd(void) {
  const int fd = UnconnectedFd();
  CHECK(fd >= 0 && listen(fd, 1) == 0, "a socket that listens");
  return fd;
}
static int PipeFd(void) {
  int ends[2];
  CHECK(pipe2(ends, O_CLOEXEC) == 0 && close(ends[1]) == 0, "a pipe");
  return ends[0];
}

typedef struct OddConnection {
  int (*make)(void);
  uint32_t flags;
  const char* words; /* in the report; NULL: whatever TLS says of it */
} OddConnection;

static void OddConnections(void) {
  const OddConnection odd[] = {
      {&NoFd, 0, "gave no connection"},
      {&LeastFd, 0, "gave no connection"},
      {&ClosedFd, 0, "is no socket"},
      {&FileFd, 0, "is no socket"},
      {&NullFd, 0, "is no socket"},
      {&PipeFd, 0, "is no socket"},
      {&DatagramFd, 0, "no stream"},
      {&UnconnectedFd, 0, NULL},
      {&ListeningFd, 0, NULL},
      {&UnconnectedFd, OKTASYNC_CONNECTION_SECURED, NULL},
      {&UnconnectedFd, 0xFFFFFFFFu, "does not know"},
      {&UnconnectedFd, 1u << 31, "does not know"},
  };
  host.dial = &OddDial;
  for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); ++i) {
    make_fd = odd[i].make;
    odd_flags = odd[i].flags;
    oktasync_instance* instance = Started();
    char* report = Sync(instance);
    CHECK(JsonIs(report, "ok", "false"), report);
    if (odd[i].words != NULL) CHECK(strstr(report, odd[i].words) != NULL, report);
    free(report);
    StopAndDestroy(instance);
    if (odd_fd >= 0) CHECK(fcntl(odd_fd, F_GETFD) < 0, "what is refused is closed");
  }
  host = MakeHost();
}

/* The identity's texts, spoilt one way after the other. `released` must keep up with them all. */
static int odd_way;
static atomic_uint odd_given;
static atomic_uint odd_released;
static uint8_t big[1 << 20];
static int32_t OddIdentity(uint64_t ctx, oktasync_identity* identity, oktasync_error* err) {
  (void)err;
  CHECK(identity->struct_size == sizeof(*identity), "the plugin says what it knows of a struct");
  const World* from = (const World*)(uintptr_t)ctx;
  const uint32_t size = identity->struct_size;
  memset(identity, 0, sizeof(*identity));
  identity->struct_size = size;
  identity->key_pem = Str(from->key_pem);
  identity->cert_pem = Str(from->cert_pem);
  identity->ca_pem = Str(from->ca_pem);
  const oktasync_str no_data = {NULL, 100};
  const oktasync_str huge = {big, sizeof(big)};
  switch (odd_way) {
    case 0:
      identity->key_pem = no_data;
      break;
    case 1:
      identity->cert_pem = no_data;
      break;
    case 2:
      identity->ca_pem = no_data;
      break;
    case 3:
      identity->key_pem.len = 0;
      break;
    case 4:
      identity->key_pem = huge;
      break;
    case 5:
      identity->cert_pem = huge;
      break;
    case 6:
      identity->ca_pem = huge;
      break;
    case 7:
      identity->key_pem.len /= 2;
      break;
    case 8:
      identity->cert_pem.len /= 2;
      break;
    case 9:
      identity->cert_pem = Str("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
      break;
    case 10:
      identity->key_pem = identity->cert_pem;
      break;
    case 11:
      memset(identity, 0, sizeof(*identity));
      break; /* success, with nothing in it */
    default:
      identity->struct_size = 0xA5A5A5A5u;
      break; /* tampered with, but else good */
  }
  atomic_fetch_add(&odd_given, 1);
  return OKTASYNC_OK;
}
static void OddRelease(uint64_t ctx, oktasync_identity* identity) {
  (void)ctx;
  (void)identity;
  atomic_fetch_add(&odd_released, 1);
}
#define ODD_WAYS 12

static void OddIdentities(void) {
  memset(big, 'x', sizeof(big));
  for (size_t i = 0; i < sizeof(big); i += 64) big[i] = '\n';
  host.identity = &OddIdentity;
  host.identity_release = &OddRelease;
  for (odd_way = 0; odd_way <= ODD_WAYS; ++odd_way) {
    const oktasync_create_options options = CreateOptions(OKTASYNC_CREATE_ON_REQUEST);
    oktasync_instance* instance = NULL;
    oktasync_error err = OKTASYNC_ERROR_INIT;
    const int32_t code = api->create(&options, &instance, &err);
    CHECK(atomic_load(&odd_given) == atomic_load(&odd_released), "each comes back exactly once");
    if (odd_way == ODD_WAYS) {
      CHECK(code == OKTASYNC_OK, "what the host does to struct_size is its own affair");
      CHECK(api->destroy(instance, &err) == OKTASYNC_OK, err.message);
    } else {
      CHECK(code == OKTASYNC_FAILED_PRECONDITION || code == OKTASYNC_INVALID_ARGUMENT, err.message);
      CHECK(instance == NULL && Says(&err, "identity"), err.message);
      CHECK(strstr(err.message, "PRIVATE KEY") == NULL, "no key in an error");
    }
  }
  host = MakeHost();
}

void Failing(const char* plugin, const char* other) {
  (void)other;
  Open(Load(plugin));
  CreateWithoutIdentity();
  AuditWithEveryCode();
  host.sign = &BadSign;
  FailsWithEveryCode("sign");
  host.dial = &BadDial;
  FailsWithEveryCode("dial");

  Try("signatures of impossible lengths");
  OddSignatures();
  Try("connections that are none");
  const unsigned files = CountFiles();
  OddConnections();
  CHECK(CountFiles() <= files, "no descriptor is left behind");
  Try("identities that are none");
  OddIdentities();

  Try("afterwards everything works");
  oktasync_instance* instance = Started();
  SyncsWell(instance);
  StopAndDestroy(instance);
}
