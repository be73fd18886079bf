// Where the demo plays: it tells what happens, runs the product, and checks the effects in the playground's
// own record.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

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
  const harness::RunResult& Sync();
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
  harness::RunResult last_;
  uint64_t scene_began_ = 0;
  int checks_ = 0;
  int failed_ = 0;
  int scenes_ = 0;
  int runs_ = 0;
};

}  // namespace demo
