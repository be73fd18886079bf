/* What the kernel and the allocator say of this process: threads with their signal masks, descriptors, memory.
 * Any thread. */
#ifndef OKTASYNC_TEST_ABI_PROCESS_H_
#define OKTASYNC_TEST_ABI_PROCESS_H_

#include <stdint.h>

typedef struct ThreadFacts {
  int tid;
  char name[32];
  uint64_t blocked; /* bit n-1: signal n */
} ThreadFacts;

#define MAX_THREADS 512

/* Fills in up to MAX_THREADS; how many. A thread that ends meanwhile is left out. */
unsigned ListThreads(ThreadFacts* into);
unsigned CountThreads(void);
/* Those that this process has open, without the one that counting needs. */
unsigned CountFiles(void);
/* Bytes that malloc has given out. */
uint64_t MemoryInUse(void);
/* Bytes of memory that are resident. */
uint64_t Resident(void);

/* 1 when this program is built with a sanitizer, whose allocator says nothing about ours. */
int Sanitized(void);

#endif
