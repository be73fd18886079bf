// The README's configuration reference says what the parser does.
#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

#include "config/schema.h"

namespace oktasync::config {
namespace {

TEST_CASE("README's configuration reference is the one that the schema makes") {
  std::ifstream in(OKTASYNC_README);
  std::stringstream text;
  text << in.rdbuf();
  const std::string readme = text.str();
  const std::string begin = "<!-- config reference -->\n";
  const size_t from = readme.find(begin);
  const size_t to = readme.find("<!-- end of config reference -->");
  REQUIRE(from != std::string::npos);
  REQUIRE(to != std::string::npos);
  // On a difference, paste what is expected between the two marks.
  CHECK(readme.substr(from + begin.size(), to - from - begin.size()) == ReferenceMarkdown());
}

}  // namespace
}  // namespace oktasync::config
