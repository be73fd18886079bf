// enroll/server_versions.h: what is known of which version of the auth server.
#include "enroll/server_versions.h"

#include <catch2/catch.hpp>

namespace oktasync::enroll {
namespace {

using Catch::Matchers::Contains;

std::string Known(const char* version) {
  std::string text;
  for (const std::string& known : JudgeVersion(version).known) text += known + "\n";
  return text;
}

TEST_CASE("ListUsers loses users at page borders in 18.0.0 alone") {
  for (const char* version : {"18.0.0", "v18.0.0", "18.0.0-rc.1", "18.0.0+git"}) {
    INFO(version);
    CHECK_THAT(Known(version), Contains("page border"));
    CHECK(JudgeVersion(version).usable);
  }
  for (const char* version : {"17.7.9", "18.0.1", "18.1.0", "18.9.0"}) {
    INFO(version);
    CHECK(Known(version).empty());
    CHECK(JudgeVersion(version).usable);
    CHECK(JudgeVersion(version).tried);
  }
}

TEST_CASE("before 15 users cannot be written, before 17 nobody joins by gRPC") {
  CHECK_FALSE(JudgeVersion("14.3.13").usable);
  CHECK_THAT(Known("14.3.13"), Contains("UsersService"));
  CHECK(JudgeVersion("15.0.0").usable);
  CHECK_THAT(Known("15.1.9"), Contains("SAML connector") && Contains("join"));
  CHECK_THAT(Known("16.5.11"), Contains("join") && !Contains("SAML"));
}

TEST_CASE("a newer major version is said to be new, and what is no version is not judged") {
  CHECK(JudgeVersion("19.0.0").usable);
  CHECK_FALSE(JudgeVersion("19.0.0").tried);
  for (const char* text : {"", "18", "18.0", "18.0.x", "-1.0.0", "18.0.0x", "teleport"}) {
    INFO(text);
    CHECK_FALSE(JudgeVersion(text).readable);
  }
}

}  // namespace
}  // namespace oktasync::enroll
