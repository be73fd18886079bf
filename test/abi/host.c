/*
 * A host in C11, as an auth server would be one: loads the plugin with dlopen and knows nothing of it but
 * plugin.h. Runs against the playground.
 *
 *     abi_host THEME PLUGIN OTHER DIR USERS
 *
 * THEME is one of themes.h, OTHER a second build or copy of the plugin ("-": none), DIR holds the playground's
 * playground.json, USERS is how many people it was started with. Ends with 0 when everything held; otherwise
 * says what did not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "session.h"
#include "themes.h"

typedef struct Theme {
  const char* name;
  void (*play)(const char* plugin, const char* other);
} Theme;

static const Theme kThemes[] = {
    {"interface", &Interface},
    {"loading", &Loading},
    {"copies", &Copies},
    {"signals", &Signals},
    {"failing", &Failing},
    {"blocking", &Blocking},
    {"stopping", &Stopping},
    {"cycles", &Cycles},
    {"exhaustion", &Exhaustion},
    {"versions", &Versions},
    {"throwing-entries", &ThrowingEntries},
    {"throwing-inside", &ThrowingInside},
};

int main(int argc, char** argv) {
  CHECK(argc == 6, "THEME PLUGIN OTHER DIR USERS");
  const char* other = strcmp(argv[3], "-") == 0 ? NULL : argv[3];
  for (size_t i = 0; i < sizeof(kThemes) / sizeof(kThemes[0]); ++i) {
    if (strcmp(kThemes[i].name, argv[1]) != 0) continue;
    BeginSession(argv[4], strtoull(argv[5], NULL, 10));
    kThemes[i].play(argv[2], other);
    EndSession();
    printf("everything held\n");
    return 0;
  }
  fprintf(stderr, "there is no theme %s; themes.h lists them\n", argv[1]);
  return 2;
}
