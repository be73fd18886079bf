// The product as its user runs it: the program `oktasync` with the plugin beside it, pointed at a playground.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/process.h"
#include "nlohmann/json.hpp"
#include "playground/client.h"

namespace harness {

// Paths of the programs, from the folder that holds them all.
struct Programs {
  std::string oktasync;
  std::string playground;
};
Programs ProgramsIn(const std::string& folder);
// The folder of the running program.
std::string OwnFolder();

// A new folder for what tests of that kind write: oktasync-<kind>-XXXXXX, where temporary files go.
std::string MakeDirectory(const std::string& kind);

// What points the product at this playground, for a test to add to.
nlohmann::json FirstConfig(const playground::Client& world);

struct RunResult {
  Finished process;
  nlohmann::json report;  // what --json printed; null when that was no JSON
  uint64_t Count(const std::string& what) const;
};

class Product {
 public:
  Product(Programs programs, const playground::Client& world);

  // `oktasync <command> --config … --json`, with `more` behind.
  RunResult Run(const std::string& command, const std::vector<std::string>& more = {},
                double seconds = 120) const;
  std::vector<std::string> CommandLine(const std::string& command,
                                       const std::vector<std::string>& more = {}) const;
  const std::string& config_file() const { return config_file_; }
  // Another configuration for the runs that follow; one that is given as JSON is written to that file.
  void UseConfig(const std::string& file) { config_file_ = file; }
  void UseConfig(const std::string& file, const nlohmann::json& config);

 private:
  Programs programs_;
  std::string config_file_;
};

}  // namespace harness
