// Where the demo plays: it tells what happens, runs the product, and checks the effects in the playground's
// own record.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/invariants.h"
#include "harness/product.h"
#include "harness/record_view.h"
#include "playground/client.h"

namespace demo {

class Stage {
 public:
  Stage(const harness::Programs& programs, int people);

  const playground::Client& world() const { return *world_; }

  // A new scene: its title, and the moment from which the record counts.
  void Scene(const std::string& clock, const std::string& title);
  // What is done in Okta, in a sentence.
  void Tell(const std::string& sentence) const;
  // Runs the product once, as a process of its own, and prints what it says it did.
  const harness::RunResult& Sync() { return Run({"sync"}); }
  const harness::RunResult& Run(const std::vector<std::string>& words);
  // `sync --approve` of the only set of that kind that the last run has left held.
  const harness::RunResult& Approve(const std::string& kind);
  // The sets of that kind that the last run has left held, as its report has them.
  std::vector<nlohmann::json> Held(const std::string& kind) const;
  // Adds lines to a section of the configuration for the runs that follow: Configure("users", "suspended: lock").
  void Configure(const std::string& section, const std::string& line);
  // A host that goes on running, with a control socket of its own.
  struct Host {
    std::unique_ptr<harness::Process> process;
    std::string socket;
  };
  Host Start(const std::string& who);
  // What `oktasync status` says of it, as JSON.
  nlohmann::json Status(const Host& host) const;
  // False when it never came about.
  bool Await(const std::function<bool()>& holds, double seconds) const;
  // What the record shows since the scene began.
  harness::RecordView Record() const;
  // One effect: a tick, or a cross that makes the demo fail.
  void Check(bool held, const std::string& effect);
  void Show(const std::string& line) const;

  // Prints the sum; 0 when every effect was as it should be.
  int Finish();

 private:
  std::unique_ptr<playground::Client> world_;
  std::unique_ptr<harness::Product> product_;
  const int people_;
  harness::RunResult last_;
  harness::Promises promises_;
  uint64_t scene_began_ = 0;
  int checks_ = 0;
  int failed_ = 0;
  int scenes_ = 0;
  int runs_ = 0;
  int configs_ = 0;
};

}  // namespace demo
