/* Signals in a foreign process: the plugin's threads take none, its writes kill nobody, a profiler's timer does
 * not disturb it, and it changes no signal's disposition. SIGPIPE has its default here: one that is delivered
 * ends this program. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "check.h"
#include "control.h"
#include "process.h"
#include "session.h"
#include "themes.h"

#define BIT(signal) (UINT64_C(1) << ((signal)-1))

/* Synchronous signals must get through; the kernel blocks neither KILL nor STOP, and glibc keeps 32 and 33. */
static uint64_t MustBeBlocked(void) {
  const uint64_t open = BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGABRT) |
                        BIT(SIGSYS) | BIT(SIGKILL) | BIT(SIGSTOP) | BIT(32) | BIT(33);
  return ~open;
}

/* --- the watcher: looks at every thread of the process, again and again ------------------------------- */

static atomic_int watching;
static atomic_int storming; /* it also sends signals to each thread */
static atomic_int watcher_tid;
static int main_tid;

#define MAX_NAMES 64
static char names[MAX_NAMES]
                 [32]; /* of the plugin's threads that were seen; the watcher's until it has ended */
static unsigned name_count;

static void Remember(const char* name) {
  for (unsigned i = 0; i < name_count; ++i) {
    if (strcmp(names[i], name) == 0) return;
  }
  CHECK(name_count < MAX_NAMES, "not that many kinds of threads");
  memcpy(names[name_count++], name, sizeof(names[0]));
}

static int Seen(const char* name) {
  for (unsigned i = 0; i < name_count; ++i) {
    if (strcmp(names[i], name) == 0) return 1;
  }
  return 0;
}

static void* Watch(void* unused) {
  static ThreadFacts threads[MAX_THREADS];
  const int storm[] = {SIGPROF, SIGURG, SIGUSR1, SIGALRM, SIGHUP, SIGCHLD};
  const int self = (int)syscall(SYS_gettid);
  atomic_store(&watcher_tid, self);
  while (atomic_load(&watching)) {
    const unsigned count = ListThreads(threads);
    for (unsigned i = 0; i < count; ++i) {
      if (threads[i].tid == main_tid || threads[i].tid == self) continue;
      Remember(threads[i].name);
      if ((threads[i].blocked & MustBeBlocked()) != MustBeBlocked()) {
        fprintf(stderr, "thread %s blocks %016llx\n", threads[i].name,
                (unsigned long long)threads[i].blocked);
        CHECK(0, "every thread of the plugin blocks all signals");
      }
      for (size_t s = 0; s < sizeof(storm) / sizeof(storm[0]) && atomic_load(&storming); ++s) {
        syscall(SYS_tgkill, getpid(), threads[i].tid, storm[s]);
      }
    }
    usleep(500);
  }
  return unused;
}

static pthread_t StartWatching(void) {
  atomic_store(&watching, 1);
  pthread_t watcher;
  CHECK(pthread_create(&watcher, NULL, &Watch, NULL) == 0, "a thread of the host");
  while (atomic_load(&watcher_tid) == 0) Pause();
  return watcher;
}

static void EndWatching(pthread_t watcher) {
  atomic_store(&watching, 0);
  pthread_join(watcher, NULL);
}

/* --- the handler of a profiler ---------------------------------------------------------------------------- */

static atomic_uint ticks;
static atomic_uint strays; /* taken on a thread that is not the host's */

static void Tick(int signal) {
  (void)signal;
  const int saved = errno;
  const int tid = (int)syscall(SYS_gettid);
  if (tid != main_tid && tid != atomic_load(&watcher_tid)) atomic_fetch_add(&strays, 1);
  atomic_fetch_add(&ticks, 1);
  errno = saved;
}

static void HandleByTick(int signal) {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = &Tick;
  action.sa_flags = SA_RESTART | SA_ONSTACK; /* as Go's runtime installs them */
  CHECK(sigaction(signal, &action, NULL) == 0, "a handler");
}

static void Timer(long microseconds) {
  struct itimerval timer = {{0, microseconds}, {0, microseconds}};
  CHECK(setitimer(ITIMER_PROF, &timer, NULL) == 0, "a profiling timer");
}

/* --- what is tried ----------------------------------------------------------------------------------- */

/* A log whose standard error is gone: the callback itself writes, on a thread of the plugin. */
static int broken_pipe = -1;
static atomic_uint broken_writes;
static void LogToBrokenPipe(uint64_t ctx, int32_t level, oktasync_str target, oktasync_str message,
                            const oktasync_field* fields, uint64_t field_count) {
  MakeHost().log(ctx, level, target, message, fields, field_count);
  if ((int)syscall(SYS_gettid) == main_tid) return; /* the main thread's SIGPIPE is the host's own affair */
  if (write(broken_pipe, message.data, (size_t)message.len) < 0 && errno == EPIPE) {
    atomic_fetch_add(&broken_writes, 1);
  }
}

/* A stream whose other end is closed before the plugin writes its first byte. */
static atomic_uint dead_streams;
static int32_t DialDead(uint64_t ctx, const oktasync_dial_request* request, oktasync_connection* connection,
                        oktasync_error* err) {
  (void)ctx;
  (void)request;
  (void)err;
  int ends[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "a pair of sockets");
  close(ends[1]);
  connection->fd = ends[0];
  atomic_fetch_add(&dead_streams, 1);
  return OKTASYNC_OK;
}

static void PeersThatClose(void) {
  Try("a stream that is dead when it is handed over");
  host.dial = &DialDead;
  oktasync_instance* instance = Started();
  SyncFails(instance, "\"UNAVAILABLE\"");
  CHECK(atomic_load(&dead_streams) > 0, "the plugin wrote into dead streams");
  StopAndDestroy(instance);
  host = MakeHost();

  Try("the auth server closes all connections in the middle of writes");
  Tell("/auth/fault", "{\"call\": \"CreateUser\", \"kind\": \"cut\", \"after\": 5, \"times\": 3}");
  instance = Started();
  char* report = Sync(instance);
  CHECK(JsonIs(report, "kind", "\"sync\""), report);
  free(report);
  AwaitStruck("CreateUser");
  Tell("/auth/clear_faults", "{}");

  Try("Okta resets connections in the middle of an answer");
  Tell("/okta/fault", "{\"path\": \"/users\\\\?\", \"kind\": \"reset\", \"times\": 2}");
  SyncsWell(instance);
  Tell("/okta/clear_faults", "{}");
  Tell("/auth/cut_connections", "{}");
  SyncsWell(instance);
  StopAndDestroy(instance);

  Try("a log that writes to a broken pipe on the plugin's thread");
  int ends[2];
  CHECK(pipe(ends) == 0 && close(ends[0]) == 0, "a broken pipe");
  broken_pipe = ends[1];
  host.log = &LogToBrokenPipe;
  instance = Started();
  SyncsWell(instance);
  StopAndDestroy(instance);
  CHECK(atomic_load(&broken_writes) > 0, "SIGPIPE was raised on a thread of the plugin, and nobody died");
  close(broken_pipe);
  host = MakeHost();
}

/* While the timer runs the main thread burns time: a profiler's signals come by processor time. */
static void ProfilingStorm(void) {
  Try("a profiler's timer, and signals sent to every thread, during syncs");
  const int handled[] = {SIGPROF, SIGURG, SIGUSR1, SIGALRM, SIGHUP, SIGCHLD};
  for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); ++i) HandleByTick(handled[i]);
  atomic_store(&storming, 1);
  Timer(500);
  oktasync_instance* instance = Started();
  SyncsWell(instance);
  for (int i = 0; i < 5; ++i) {
    char* people = Control("/okta/hire", "{\"count\": 20}");
    free(people);
    users += 20;
    const uint64_t run = Ask(instance, 0);
    const unsigned before = atomic_load(&ticks);
    while (atomic_load(&ticks) < before + 50) {
    }
    char* report = WaitForReport(instance, run);
    CHECK(JsonIs(report, "ok", "true"), report);
    CHECK(JsonNumber(JsonAfter(report, "counts"), "created") == 20, "nobody is lost to a signal");
    free(report);
  }
  StopAndDestroy(instance);
  Timer(0);
  atomic_store(&storming, 0);
  CHECK(atomic_load(&ticks) >= 250, "the timer ticked");
  CHECK(atomic_load(&strays) == 0, "no handler of the host ran on a thread of the plugin");
}

void Signals(const char* plugin, const char* other) {
  (void)other;
  main_tid = (int)syscall(SYS_gettid);
  /* Whoever started us may have ignored it. */
  CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR, "SIGPIPE has its default");
  struct sigaction before[65];
  memset(before, 0, sizeof(before));
  for (int s = 1; s <= 64; ++s) sigaction(s, NULL, &before[s]);
  sigset_t mask_before;
  CHECK(pthread_sigmask(SIG_SETMASK, NULL, &mask_before) == 0, "the mask can be read");

  const pthread_t watcher = StartWatching();
  Open(Load(plugin));
  PeersThatClose();
  for (int s = 1; s <= 64; ++s) {
    struct sigaction after;
    memset(&after, 0, sizeof(after));
    if (sigaction(s, NULL, &after) != 0) continue;
    CHECK(after.sa_handler == before[s].sa_handler && after.sa_flags == before[s].sa_flags,
          "the plugin changes no signal's disposition");
  }
  ProfilingStorm();
  EndWatching(watcher);

  sigset_t mask_after;
  CHECK(pthread_sigmask(SIG_SETMASK, NULL, &mask_after) == 0, "the mask can be read");
  for (int s = 1; s <= 64; ++s) {
    CHECK(sigismember(&mask_after, s) == sigismember(&mask_before, s),
          "nor the mask of a thread that calls it");
  }
  printf("threads seen:");
  for (unsigned i = 0; i < name_count; ++i) printf(" [%s]", names[i]);
  printf("\n");
  /* Those that live through a run; the short-lived ones may slip between two looks. */
  CHECK(Seen("oktasync-run") && Seen("oktasync-log") && Seen("oktasync-http") && Seen("oktasync-lease") &&
            Seen("teleport-tunnel"),
        "the watcher saw the plugin's threads");
}
