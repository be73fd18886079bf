#include "integration/three_pages.h"

#include <catch2/catch.hpp>

namespace integration {

using Catch::Matchers::Contains;

ThreePages::ThreePages() {
  scene_.Configure("/okta/page_size", 20);
  scene_.Sync();
  leaver_ = scene_.At(3);
  scene_.Okta("unassign", {{"id", leaver_.id}});
}

void ThreePages::CheckAbort(const std::string& what, const json& fault, const std::string& words) {
  INFO(what);
  json armed = {{"path", "/users\\?.*after="}, {"times", -1}};
  armed.update(fault);
  scene_.Okta("fault", armed);
  scene_.Sync(1);
  scene_.Okta("clear_faults");
  CHECK(scene_.Writes() == Strings{});
  CHECK(scene_.User(leaver_.name).is_object());
  CHECK(scene_.last().report["walk_whole"] == false);
  CHECK_THAT(scene_.Error(), Contains(words) && Contains("nobody is removed"));
}

void ThreePages::CheckWhole() {
  scene_.Sync();
  scene_.CheckShutOut(leaver_);
  CHECK(scene_.Writes().size() == 2);
}

}  // namespace integration
