// Configurations that no one meant: told before anything is connected to.
#include <catch2/catch.hpp>
#include <fstream>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("check-config: ten megabytes, text that is not UTF-8, and flat nonsense are refused in words",
          "[host]") {
  Scene scene(5);
  const std::string file = scene.Dir() + "/odd.json";
  const auto check = [&](const std::string& content, const std::string& words) {
    std::ofstream(file, std::ios::binary) << content;
    scene.UseConfigFile(file);
    for (const char* command : {"check-config", "sync"}) {
      scene.Run(command, 2);
      CHECK_THAT(scene.last().process.err + scene.last().process.out, Contains(words));
      const harness::RecordView record = scene.Record();
      CHECK(record.entries().empty());
    }
  };
  check("{\"okta\": \"" + std::string(10 << 20, 'x') + "\"}", "large");
  check("{\"okta\": {\"client_id\": \"\xC3\x28\"}}", "UTF-8");
  check("[1, 2, 3]", "object");
  check("", "/okta");
}

}  // namespace
}  // namespace integration
