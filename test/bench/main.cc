// `oktasync-bench`: what a full run costs, beside floors that do the same I/O and nothing else.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "bench/floor.h"
#include "harness/product.h"
#include "harness/record_view.h"

namespace {

void Row(const char* what, const char* unit, double figure, const char* floor_name, double floor) {
  std::printf("%-42s %10.2f %-4s  %-34s %10.2f %-4s  ratio %6.2f\n", what, figure, unit, floor_name, floor,
              unit, figure / floor);
}

int Measure(int people, int rounds) {
  const harness::Programs programs = harness::ProgramsIn(harness::OwnFolder());
  std::printf("%d people in a playground of its own process; oktasync is a process of its own, too.\n",
              people);
  std::fflush(stdout);
  playground::Client world(programs.playground, {"--users", std::to_string(people)});
  const harness::Product product(programs, world);
  product.Run("check-config");  // into the page cache
  const long idle_kib = product.Run("check-config").process.peak_kib;

  const harness::RunResult import = product.Run("sync", {}, 3000);
  if (import.process.exit_code != 0 || import.Count("created") != static_cast<uint64_t>(people)) {
    std::fprintf(stderr, "the import failed:\n%s\n", import.process.err.c_str());
    return 1;
  }
  std::printf("first import: %llu users in %.1f s, %.1f s of our CPU, peak %ld MiB\n",
              static_cast<unsigned long long>(import.Count("created")), import.process.seconds,
              import.process.cpu_seconds, import.process.peak_kib / 1024);
  std::fflush(stdout);

  double best_ratio = 0;
  for (int round = 0; round < rounds; ++round) {
    const uint64_t before = world.RecordEnd();
    const harness::RunResult run = product.Run("sync", {}, 3000);
    const bool nothing = harness::RecordView(world, before).Writes().empty();
    if (run.process.exit_code != 0 || !nothing) {
      std::fprintf(stderr, "the second run %s\n%s\n", nothing ? "failed" : "wrote something",
                   run.process.err.c_str());
      return 1;
    }
    const bench::Floor floor = bench::FetchWithCurl(world);
    std::printf("\nround %d: a full run with nothing changed wrote nothing; %zu pages, %.0f MB, %.1f s\n",
                round + 1, floor.pages, floor.megabytes, run.process.seconds);
    Row("CPU of a full run", "s", run.process.cpu_seconds, "curl fetching the same pages",
        floor.curl.cpu_seconds);
    const double growth = static_cast<double>(run.process.peak_kib - idle_kib) / 1024;
    Row("peak memory growth", "MiB", growth, "32 MiB + 100 bytes a user", 32 + people * 100.0 / 1048576);
    for (const auto& stage : run.report["stages"]) {
      std::printf("    %-20s %8.2f s\n", stage["name"].get<std::string>().c_str(),
                  stage["seconds"].get<double>());
    }
    const double ratio = run.process.cpu_seconds / floor.curl.cpu_seconds;
    best_ratio = round == 0 ? ratio : std::min(best_ratio, ratio);
    std::fflush(stdout);
  }
  std::printf("\nleast CPU ratio of %d rounds: %.2f\n", rounds, best_ratio);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  int people = 100000;
  int rounds = 3;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string word = argv[i];
    if (word == "--people") people = std::atoi(argv[i + 1]);
    if (word == "--rounds") rounds = std::atoi(argv[i + 1]);
  }
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return Measure(people, rounds);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "the bench broke off: %s\n", e.what());
    return 1;
  }
}
