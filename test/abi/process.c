#include "process.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static int ReadThread(const char* tid, ThreadFacts* facts) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/self/task/%.20s/status", tid);
  FILE* file = fopen(path, "re");
  if (file == NULL) return 0;
  char line[256];
  int found = 0;
  memset(facts, 0, sizeof(*facts));
  facts->tid = atoi(tid);
  while (fgets(line, sizeof(line), file) != NULL) {
    if (sscanf(line, "Name:\t%31[^\n]", facts->name) == 1) continue;
    if (strncmp(line, "State:\tZ", 8) == 0 || strncmp(line, "State:\tX", 8) == 0) break;
    /* The kernel shows an ending thread without its signals: no threads in the group, and an empty mask. */
    if (strcmp(line, "Threads:\t0\n") == 0) break;
    if (strncmp(line, "SigBlk:\t", 8) == 0) {
      facts->blocked = strtoull(line + 8, NULL, 16);
      found = 1;
    }
  }
  fclose(file);
  return found;
}

unsigned ListThreads(ThreadFacts* into) {
  DIR* tasks = opendir("/proc/self/task");
  CHECK(tasks != NULL, "/proc is there");
  unsigned count = 0;
  for (const struct dirent* entry = readdir(tasks); entry != NULL; entry = readdir(tasks)) {
    if (entry->d_name[0] == '.') continue;
    CHECK(count < MAX_THREADS, "not that many threads");
    if (ReadThread(entry->d_name, &into[count])) ++count;
  }
  closedir(tasks);
  return count;
}

static unsigned CountEntries(const char* path) {
  DIR* dir = opendir(path);
  CHECK(dir != NULL, path);
  unsigned count = 0;
  for (const struct dirent* entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
    if (entry->d_name[0] != '.') ++count;
  }
  closedir(dir);
  return count;
}

unsigned CountThreads(void) { return CountEntries("/proc/self/task"); }

unsigned CountFiles(void) { return CountEntries("/proc/self/fd") - 1; }

uint64_t MemoryInUse(void) {
  const struct mallinfo2 info = mallinfo2();
  return (uint64_t)info.uordblks + (uint64_t)info.hblkhd;
}

uint64_t Resident(void) {
  FILE* file = fopen("/proc/self/statm", "re");
  CHECK(file != NULL, "/proc is there");
  unsigned long size = 0;
  unsigned long resident = 0;
  CHECK(fscanf(file, "%lu %lu", &size, &resident) == 2, "statm has two numbers");
  fclose(file);
  return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

int Sanitized(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 1;
#else
  return 0;
#endif
}
