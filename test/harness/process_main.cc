// For tests that run the product against the playground, each a process of its own, over real TLS and real gRPC.
#define CATCH_CONFIG_RUNNER
#include <signal.h>

#include <catch2/catch.hpp>

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);  // a child that ended is an error code here
  return Catch::Session().run(argc, argv);
}
