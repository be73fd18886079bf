// `oktasync-demo`: plays a working day and ends with 0 when every effect was as it should be.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "demo/day.h"

int main(int argc, char** argv) {
  // People enough that Okta needs a second page, which the outage needs.
  int people = 600;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--people" && i + 1 < argc)
      people = std::atoi(argv[++i]);
    else {
      std::fprintf(stderr, "usage: oktasync-demo [--people N]   (N from 60 on)\n");
      return 2;
    }
  }
  if (people < 60) people = 60;
  std::signal(SIGPIPE, SIG_IGN);
  try {
    demo::Stage stage(harness::ProgramsIn(harness::OwnFolder()), people);
    demo::PlayDay(stage, people);
    return stage.Finish();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "\nthe demo broke off: %s\n", e.what());
    return 1;
  }
}
