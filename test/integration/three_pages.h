// Okta's list in three pages, everybody imported, and somebody to remove: a walk that breaks off must leave him
// alone, and the first whole one shuts him out (R11). For the tests of Okta's answers.
#pragma once

#include <string>

#include "integration/fixture.h"

namespace integration {

class ThreePages {
 public:
  ThreePages();

  Scene& scene() { return scene_; }
  // With this fault on the second page and those after it. `what` names it where its JSON is no good to read.
  void CheckAbort(const json& fault, const std::string& words) { CheckAbort(fault.dump(), fault, words); }
  void CheckAbort(const std::string& what, const json& fault, const std::string& words);
  void CheckWhole();

 private:
  Scene scene_;
  Person leaver_;
};

}  // namespace integration
