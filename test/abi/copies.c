/* Two copies of the plugin in one process, as while a host goes over from an old version to a new one: both
 * bring gRPC messages, threads and statics of their own, and both work. */
#include <dlfcn.h>
#include <stdlib.h>

#include "check.h"
#include "session.h"
#include "themes.h"

typedef struct Copy {
  void* library;
  const oktasync_api* table;
} Copy;

static Copy LoadCopy(const char* path) {
  Copy copy;
  copy.library = Load(path);
  Open(copy.library);
  copy.table = api;
  return copy;
}

static void Use(const Copy* copy) { api = copy->table; }

void Copies(const char* plugin, const char* other) {
  CHECK(other != NULL, "a second copy of the plugin is needed");
  const Copy old_copy = LoadCopy(plugin);
  const Copy new_copy = LoadCopy(other);
  CHECK(old_copy.library != new_copy.library && old_copy.table != new_copy.table, "they are two copies");

  Try("one copy is in the middle of a run while the other does a whole one");
  Use(&old_copy);
  atomic_store(&world.dial_mode, DIAL_STUBBORN);
  oktasync_instance* old_one = Started();
  const uint64_t old_run = Ask(old_one, 0);
  Await(&world.hanging, 1, "the old copy dials");
  atomic_store(&world.dial_mode, DIAL_CONNECT);

  Use(&new_copy);
  oktasync_instance* new_one = Started();
  SyncsWell(new_one);

  Try("both run at the same time");
  Use(&old_copy);
  atomic_store(&world.let_go, 1); /* its dial fails now and is tried again */
  char* report = WaitForReport(old_one, old_run);
  CHECK(JsonIs(report, "standby", "true"), "the lease is the other copy's as long as that instance lives");
  free(report);
  for (int i = 0; i < 5; ++i) {
    Use(&old_copy);
    const uint64_t plan = Ask(old_one, 1); /* a plan takes no lease */
    Use(&new_copy);
    const uint64_t sync = Ask(new_one, 0);
    report = WaitForReport(new_one, sync);
    CHECK(JsonIs(report, "ok", "true"), report);
    free(report);
    Use(&old_copy);
    report = WaitForReport(old_one, plan);
    CHECK(JsonIs(report, "ok", "true"), report);
    free(report);
  }

  Try("one copy goes, the other takes over");
  Use(&new_copy);
  StopAndDestroy(new_one);
  CHECK(dlclose(new_copy.library) == 0, "the new copy is closed");
  Use(&old_copy);
  report = Sync(old_one);
  CHECK(JsonIs(report, "ok", "true"), report);
  CHECK(JsonNumber(JsonAfter(report, "counts"), "unchanged") == users, "the other copy had made everybody");
  free(report);
  StopAndDestroy(old_one);
  CHECK(dlclose(old_copy.library) == 0, "the old copy is closed");
}
