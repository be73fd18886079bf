#include "throwing_control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "session.h"

static void (*throw_at)(const char*, int32_t, uint32_t);
static uint32_t (*thrown)(void);
static uint32_t (*fail_allocation)(uint32_t);
static void (*points)(char*, uint32_t);

void OpenThrowing(const char* path) {
  CHECK(path != NULL, "the build of the plugin that throws is needed");
  void* library = Load(path);
  Find(library, "oktasync_test_throw_at", &throw_at);
  Find(library, "oktasync_test_thrown", &thrown);
  Find(library, "oktasync_test_fail_allocation", &fail_allocation);
  Find(library, "oktasync_test_points", &points);
  Open(library);
}

void ThrowAt(const char* point, int32_t what, uint32_t times) {
  printf("throwing %d at %s\n", what, point);
  fflush(stdout);
  throw_at(point, what, times);
}

void ThrowNothing(void) { throw_at("", THROW_NOTHING, 0); }

uint32_t Thrown(void) { return thrown(); }

void FailAllocation(uint32_t n) { fail_allocation(n); }

uint32_t AllocationsLeft(void) { return fail_allocation(0); }

char* PointsPassed(void) {
  const uint32_t room = 1 << 16;
  char* text = malloc(room);
  CHECK(text != NULL, "memory for a list");
  points(text, room);
  return text;
}

void CheckCaught(int32_t what, const char* name, int32_t code, const oktasync_error* err) {
  const int32_t wanted = what == THROW_BAD_ALLOC ? OKTASYNC_RESOURCE_EXHAUSTED : OKTASYNC_INTERNAL;
  CHECK(code == wanted && err->code == wanted, "the code says what it was");
  CHECK(strstr(err->message, name) != NULL, err->message);
  CHECK(strstr(err->message, THROW_SECRET) == NULL, "what() stays inside");
  CHECK(((err->flags & OKTASYNC_ERROR_RETRYABLE) != 0) == (what == THROW_BAD_ALLOC), "memory may come back");
}
