#include <catch2/catch.hpp>

#include <set>
#include <string>

#include "config/config.h"
#include "config/documents.h"
#include "config/schema.h"

namespace oktasync::config {
namespace {

using Json = nlohmann::json;

Json Pointed(Json document, const std::string& path, Json value) {
  document[Json::json_pointer(path)] = std::move(value);
  return document;
}

TEST_CASE("the schema names each key once, parents first, with a sentence") {
  std::set<std::string> seen = {""};
  for (const Entry& entry : Schema()) {
    INFO(entry.path);
    CHECK(seen.count(entry.path.substr(0, entry.path.rfind('/'))) == 1);
    CHECK(seen.insert(entry.path).second);
    CHECK(entry.meaning.size() > 10);
    CHECK(entry.meaning.back() == '.');
  }
  CHECK(seen.size() > 40);
}

TEST_CASE("every default that the reference tells is accepted where it stands") {
  for (const Entry& entry : Schema()) {
    if (entry.fallback.empty()) continue;
    INFO(entry.path << " = " << entry.fallback);
    CHECK(Parse(Pointed(Minimal(), entry.path, Json::parse(entry.fallback)).dump()).problems.empty());
  }
}

TEST_CASE("a required key of a section is missed when it is gone") {
  for (const Entry& entry : Schema()) {
    if (!entry.required || std::count(entry.path.begin(), entry.path.end(), '/') > 2) continue;
    INFO(entry.path);
    Json document = Minimal();
    const Json::json_pointer pointer(entry.path);
    document[pointer.parent_pointer()].erase(pointer.back());
    const ParseResult result = Parse(document.dump());
    REQUIRE(result.problems.size() == 1);
    CHECK(result.problems[0].path == entry.path);
    CHECK_THAT(result.problems[0].text, Catch::StartsWith("is missing: "));
  }
}

TEST_CASE("null is taken where the schema says so and nowhere else") {
  for (const Entry& entry : Schema()) {
    INFO(entry.path);
    Json document = Minimal();
    if (entry.path.rfind("/users/connector/", 0) == 0)
      document["users"]["connector"] = {{"type", "saml"}, {"name", "x"}};
    if (entry.path.rfind("/teleport/identity/", 0) == 0) {
      document["teleport"]["identity"] = {{"key_file", "k"}, {"cert_file", "c"}, {"ca_file", "a"}};
      if (entry.path == "/teleport/identity/file") document["teleport"]["identity"] = {{"file", "i"}};
    }
    CHECK(Parse(Pointed(document, entry.path, nullptr).dump()).problems.empty() == entry.nullable);
  }
}

TEST_CASE("the reference in Markdown lists every key that is not a section") {
  const std::string text = ReferenceMarkdown();
  for (const Entry& entry : Schema()) {
    std::string dotted = entry.path.substr(1);
    std::replace(dotted.begin(), dotted.end(), '/', '.');
    INFO(dotted);
    const bool section = dotted.find('.') == std::string::npos;
    CHECK(text.find((section ? "**`" : "| `") + dotted + "`") != std::string::npos);
  }
  // Every line of a table has four cells.
  size_t at = 0;
  while ((at = text.find("\n| ", at)) != std::string::npos) {
    const std::string line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
    INFO(line);
    CHECK(std::count(line.begin(), line.end(), '|') == 5);
    ++at;
  }
}

}  // namespace
}  // namespace oktasync::config
