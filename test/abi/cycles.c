/* A thousand instances made and destroyed, part of them started, stopped or synced: when the first ones have
 * warmed the libraries up, neither threads nor descriptors nor memory grow. */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "process.h"
#include "session.h"
#include "themes.h"

#define CYCLES 1000
#define WARM_UP 200
/* A leak is as regular as the cycles: this much for each is less than the smallest object that malloc gives.
 * What else grows (arenas, caches of OpenSSL and gRPC) grows by a bounded amount. */
#define BYTES_A_CYCLE 16
#define SLACK (256 * 1024)
/* gRPC has one or two timer threads more when it finds that it is busy. */
#define MORE_THREADS 3

static void OneCycle(unsigned i) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  if (i % 50 == 0) {
    oktasync_instance* instance = Started();
    SyncsWell(instance);
    StopAndDestroy(instance);
  } else if (i % 5 == 0) {
    StopAndDestroy(Started());
  } else if (i % 7 == 0) {
    StopAndDestroy(Create(0)); /* stopped without a start */
  } else {
    CHECK(api->destroy(Create(0), &err) == OKTASYNC_OK, err.message);
  }
}

static void ShowThreads(void) {
  static ThreadFacts threads[MAX_THREADS];
  const unsigned count = ListThreads(threads);
  for (unsigned i = 0; i < count; ++i) printf(" [%s]", threads[i].name);
  printf("\n");
  fflush(stdout);
}

/* gRPC ends its threads when it likes. */
static void AwaitThreads(unsigned most) {
  const uint64_t begun = Elapsed();
  while (CountThreads() > most) {
    if (Elapsed() - begun > PATIENCE) ShowThreads();
    CHECK(Elapsed() - begun < PATIENCE, "the threads of the instances are gone");
    Pause();
  }
}

static void Silent(uint64_t ctx, int32_t level, oktasync_str target, oktasync_str message,
                   const oktasync_field* fields, uint64_t field_count) {
  (void)ctx, (void)level, (void)target, (void)message, (void)fields, (void)field_count;
}

void Cycles(const char* plugin, const char* other) {
  (void)other;
  Open(Load(plugin));
  host.log = &Silent;
  Try("cycles to warm up");
  unsigned most_threads = 0;
  for (unsigned i = 0; i < WARM_UP; ++i) {
    OneCycle(i);
    const unsigned threads = CountThreads();
    if (threads > most_threads) most_threads = threads;
  }
  const unsigned files = CountFiles();
  const uint64_t memory = MemoryInUse();
  const uint64_t resident = Resident();
  printf("after %d cycles: at most %u threads, %u descriptors, %llu bytes in use, %llu resident\n", WARM_UP,
         most_threads, files, (unsigned long long)memory, (unsigned long long)resident);

  Try("cycles that count");
  for (unsigned i = WARM_UP; i < CYCLES; ++i) OneCycle(i);
  AwaitThreads(most_threads + MORE_THREADS);
  printf("after %d cycles: %u threads, %u descriptors, %llu bytes in use, %llu resident\n", CYCLES,
         CountThreads(), CountFiles(), (unsigned long long)MemoryInUse(), (unsigned long long)Resident());
  CHECK(CountFiles() <= files, "no descriptor is left behind");
  if (Sanitized()) {
    printf(
        "NOT CHECKED here: growth of memory. A sanitizer's allocator keeps what was freed; the release build "
        "checks it, and here the leak detector looks at the end.\n");
    return;
  }
  const uint64_t allowed = (uint64_t)(CYCLES - WARM_UP) * BYTES_A_CYCLE + SLACK;
  CHECK(MemoryInUse() < memory + allowed, "the memory in use does not grow with the cycles");
  CHECK(Resident() < resident + (UINT64_C(8) << 20), "nor does the process");
}
