/* No descriptors left, no threads to be had: the host lives and is told so in words, and once there are some
 * again, everything works. Each shortage is played in a process of its own, for the libraries below (gRPC,
 * OpenSSL, libcurl) set themselves up only once. */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "control.h"
#include "process.h"
#include "session.h"
#include "themes.h"

/* --- threads ---------------------------------------------------------------------------------------------
 * RLIMIT_NPROC does not bind root, so this program's own pthread_create stands before the system's: it is
 * found first by every library that is loaded, as it is exported. The plugin's threads are refused and those of
 * libcurl, but not gRPC's: gRPC 1.51 waits for ever for a timer thread of its own that could not be made, when
 * its last channel goes (TimerManager::Shutdown), and nothing of ours can stand in between. stop then says
 * DEADLINE_EXCEEDED for good. */

static atomic_int threads_left = -1; /* how many more there will be; below 0: any number */
static atomic_uint threads_refused;

__attribute__((visibility("default"))) int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                                          void* (*body)(void*), void* argument) {
  typedef int (*Real)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static _Atomic(Real) real;
  Real call = atomic_load(&real);
  if (call == NULL) {
    void* symbol = dlsym(RTLD_NEXT, "pthread_create");
    CHECK(symbol != NULL, "the system's pthread_create");
    memcpy(&call, &symbol, sizeof(call));
    atomic_store(&real, call);
  }
  Dl_info home;
  void* code = NULL;
  memcpy(&code, &body, sizeof(code));
  if (dladdr(code, &home) != 0 && strstr(home.dli_fname, "libgpr") != NULL) {
    return call(thread, attributes, body, argument);
  }
  int left = atomic_load(&threads_left);
  while (left > 0 && !atomic_compare_exchange_weak(&threads_left, &left, left - 1)) {
  }
  if (left == 0) {
    atomic_fetch_add(&threads_refused, 1);
    return EAGAIN;
  }
  return call(thread, attributes, body, argument);
}

/* --- descriptors ----------------------------------------------------------------------------------------- */

static struct rlimit files_before;

static void LeaveFiles(unsigned left) {
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_NOFILE, &files_before) == 0, "the limit can be read");
  /* Holes between the open ones are filled first, so that the number left is exact. */
  const unsigned open_files = CountFiles();
  for (;;) {
    const int fd = dup(STDIN_FILENO);
    CHECK(fd >= 0, "a descriptor to fill a hole");
    if ((unsigned)fd >= open_files) {
      limit = files_before;
      limit.rlim_cur = (rlim_t)fd + left;
      close(fd);
      break;
    }
  }
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0, "the limit can be lowered");
}

static void AllFilesAgain(void) {
  CHECK(setrlimit(RLIMIT_NOFILE, &files_before) == 0, "the limit is raised");
}

static void LeaveThreads(unsigned left) { atomic_store(&threads_left, (int)left); }
static void AllThreadsAgain(void) { atomic_store(&threads_left, -1); }

/* --- what is tried ----------------------------------------------------------------------------------- */

typedef struct Shortage {
  const char* name;
  void (*leave)(unsigned left);
  void (*end)(void);
  const char* words[3]; /* one of them is in every error that this shortage causes */
} Shortage;

static const Shortage kShortages[] = {
    {"descriptors", &LeaveFiles, &AllFilesAgain, {"open files", "descriptor", "Too many"}},
    {"threads", &LeaveThreads, &AllThreadsAgain, {"thread", "Resource temporarily unavailable", "resources"}},
};

enum Outcome { WORKED = 0, REFUSED = 10 }; /* exit codes of a child; 1: a CHECK */

static void SaysWhy(const Shortage* shortage, const char* text) {
  printf("    %s\n", text);
  for (size_t i = 0; i < 3; ++i) {
    if (strstr(text, shortage->words[i]) != NULL) return;
  }
  CHECK(0, text);
}

/* The words of the error of a report. */
static void ReportSaysWhy(const Shortage* shortage, char* report) {
  char* error = (char*)(uintptr_t)JsonAfter(report, "error");
  CHECK(error != NULL, report);
  char* message = (char*)(uintptr_t)JsonAfter(error, "message");
  CHECK(message != NULL, report);
  char* end = strstr(message, "\",");
  char* brace = strchr(message, '}');
  if (end == NULL || (brace != NULL && brace < end)) end = brace;
  CHECK(end != NULL, report);
  *end = '\0';
  SaysWhy(shortage, message);
}

/* When the shortage begins: what the libraries set up once is there by then, or not. */
typedef enum Moment { AT_FIRST, AFTER_ANOTHER, WHILE_RUNNING, MOMENTS } Moment;
static const char* const kMoments[MOMENTS] = {"from the first instance on", "after an instance that did well",
                                              "while an instance runs"};

/* With so few left, from create to a report. On the way each call either works or says why not. */
static int PlayShortage(const Shortage* shortage, unsigned left, Moment moment) {
  int outcome = WORKED;
  oktasync_error err = OKTASYNC_ERROR_INIT;
  const oktasync_create_options options = CreateOptions(OKTASYNC_CREATE_ON_REQUEST);
  oktasync_instance* instance = NULL;
  int32_t code = OKTASYNC_OK;
  if (moment == AFTER_ANOTHER) {
    instance = Started();
    SyncsWell(instance);
    StopAndDestroy(instance);
    instance = NULL;
  }
  if (moment == WHILE_RUNNING) {
    instance = Started();
    shortage->leave(left);
  } else {
    shortage->leave(left);
    code = api->create(&options, &instance, &err);
    if (code == OKTASYNC_OK) code = api->start(instance, &err);
  }
  uint64_t run = 0;
  if (code == OKTASYNC_OK) {
    CHECK(api->sync_now(instance, &run, &err) == OKTASYNC_OK, err.message);
    char* report = WaitForReport(instance, run);
    shortage->end();
    if (JsonIs(report, "ok", "false")) {
      outcome = REFUSED;
      ReportSaysWhy(shortage, report);
    }
    free(report);
    /* Giving the lease back needs a thread for its time limit; without one the lease ends by itself, in a minute. */
    Tell("/auth/drop_lease", "{}");
    SyncsWell(instance); /* the same instance, now that there is enough */
  } else {
    shortage->end();
    outcome = REFUSED;
    CHECK(code == err.code, "the error has the code of the call");
    SaysWhy(shortage, err.message);
  }
  if (instance != NULL) StopAndDestroy(instance);

  instance = Started(); /* and another one */
  SyncsWell(instance);
  shortage->leave(0); /* stop must come through with nothing at all */
  Stop(instance);
  shortage->end();
  StopAndDestroy(instance);
  Tell("/auth/drop_lease", "{}"); /* for the next child: as above */
  return outcome;
}

/* The plugin is loaded by the child, so that each begins with fresh libraries. */
static int PlayInChild(const char* plugin, const Shortage* shortage, unsigned left, Moment moment) {
  fflush(stdout);
  const pid_t child = fork();
  CHECK(child >= 0, "a child");
  if (child == 0) {
    Open(Load(plugin));
    const int outcome = PlayShortage(shortage, left, moment);
    fflush(stdout);
    _exit(outcome);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child, "the child ends");
  CHECK(!WIFSIGNALED(status), "the host lives");
  CHECK(WIFEXITED(status) && (WEXITSTATUS(status) == WORKED || WEXITSTATUS(status) == REFUSED),
        "what the child says above");
  return WEXITSTATUS(status);
}

static void PlayUntilEnough(const char* plugin, const Shortage* shortage, Moment moment) {
  unsigned refused = 0;
  unsigned worked = 0;
  /* With few descriptors a run waits between its tries, so the later moments share the numbers. */
  const int shared = shortage->leave == &LeaveFiles && moment != AT_FIRST;
  const unsigned first = shared && moment == AFTER_ANOTHER ? 1 : 0;
  /* Until two in a row work: then there was enough. */
  for (unsigned left = first; left < 64 && worked < 2; left += shared ? 2 : 1) {
    printf("--- %u %s left, %s\n", left, shortage->name, kMoments[moment]);
    if (PlayInChild(plugin, shortage, left, moment) == REFUSED) {
      ++refused;
      worked = 0;
    } else {
      ++worked;
    }
  }
  CHECK(refused >= 1, "there were shortages that were felt");
  CHECK(worked >= 2, "and at some number there is enough");
}

void Exhaustion(const char* plugin, const char* other) {
  (void)other;
  for (size_t s = 0; s < sizeof(kShortages) / sizeof(kShortages[0]); ++s) {
    if (Sanitized() && kShortages[s].leave == &LeaveFiles) {
      printf(
          "NOT CHECKED here: descriptors that run out. UBSan needs a pipe to look at memory and cries wolf "
          "without one; the release build checks it.\n");
      continue;
    }
    for (int moment = AT_FIRST; moment < MOMENTS; ++moment) {
      PlayUntilEnough(plugin, &kShortages[s], (Moment)moment);
    }
  }
}
