// Runs the fuzz targets over their corpora: what was found once, and what is worth trying, stays tried.
//
//   fuzz_replay DIR            each target over the files of DIR/<target>; every target must have some
//   fuzz_replay DIR TARGET     one of them
//   fuzz_replay FILE TARGET    one input, as a finding of ./dev fuzz gives it
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Target {
  std::string_view name;
  int (*run)(const uint8_t* data, size_t size);
};

#include "targets.inc"

// Each input in memory of its own size, so that the sanitizer sees a read beyond its end.
void Run(const Target& target, const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto bytes = std::make_unique<uint8_t[]>(text.size());
  std::copy(text.begin(), text.end(), bytes.get());
  // Told before, for a finding ends the process.
  std::printf("  %s\n", file.filename().c_str());
  std::fflush(stdout);
  target.run(bytes.get(), text.size());
}

bool Replay(const Target& target, const std::filesystem::path& place) {
  if (std::filesystem::is_regular_file(place)) {
    Run(target, place);
    return true;
  }
  const std::filesystem::path folder = place / target.name;
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(folder)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  }
  if (files.empty()) {
    std::printf("%s: there is nothing in %s\n", std::string(target.name).c_str(), folder.c_str());
    return false;
  }
  std::sort(files.begin(), files.end());
  const auto begun = std::chrono::steady_clock::now();
  std::printf("%s\n", std::string(target.name).c_str());
  for (const auto& file : files) Run(target, file);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::printf("%s: %zu inputs, %.2f s\n", std::string(target.name).c_str(), files.size(), took.count());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: fuzz_replay DIR|FILE [TARGET]\n");
    return 2;
  }
  const std::string_view wanted = argc == 3 ? argv[2] : "";
  bool good = true;
  bool found = false;
  for (const Target& target : kTargets) {
    if (!wanted.empty() && target.name != wanted) continue;
    found = true;
    good = Replay(target, argv[1]) && good;
  }
  if (!found) std::fprintf(stderr, "there is no target of that name\n");
  return good && found ? 0 : 1;
}
