// YAML configuration to JSON: scalars typed sensibly, nothing lost without a word.
#include <catch2/catch.hpp>
#include <string>

#include "base/status.h"
#include "nlohmann/json.hpp"
#include "yaml_config.h"

namespace oktasync::host {
namespace {

nlohmann::json Json(std::string_view yaml) {
  const auto document = ConvertYaml(yaml);
  REQUIRE(document.ok());
  return nlohmann::json::parse(document->json);
}

std::string Refused(std::string_view yaml) {
  const auto document = ConvertYaml(yaml);
  REQUIRE_FALSE(document.ok());
  return Message(document.status());
}

TEST_CASE("plain scalars are typed, quoted ones stay text") {
  const auto json = Json(R"(
a: true
b: False
c: null
d: ~
e:
f: 42
g: -7
h: 0.5
i: 1e3
j: "true"
k: '42'
l: !!str 42
m: 30m
n: ""
)");
  CHECK(json["a"] == true);
  CHECK(json["b"] == false);
  CHECK(json["c"].is_null());
  CHECK(json["d"].is_null());
  CHECK(json["e"].is_null());
  CHECK(json["f"] == 42);
  CHECK(json["f"].is_number_integer());
  CHECK(json["g"] == -7);
  CHECK(json["h"] == 0.5);
  CHECK(json["i"] == 1000.0);
  CHECK(json["j"] == "true");
  CHECK(json["k"] == "42");
  CHECK(json["l"] == "42");
  CHECK(json["m"] == "30m");
  CHECK(json["n"] == "");
}

TEST_CASE("what would lose something as a number stays text") {
  const auto json = Json(
      "[007, 1e400, 123456789012345678901234567890, 1.2.3, 0x10, 1., .5, .inf, .nan, yes, on, 1_000, -, +, "
      "12:30]");
  for (const auto& value : json) CHECK(value.is_string());
  CHECK(json[0] == "007");
  CHECK(json[2] == "123456789012345678901234567890");
}

TEST_CASE("JSON is accepted as it is, and an empty file is an empty configuration") {
  CHECK(Json(R"({"okta": {"rate_share": 0.5, "scopes": ["a", "b"]}})")["okta"]["scopes"][1] == "b");
  CHECK(Json("") == nlohmann::json::object());
  CHECK(Json("# nothing but a comment\n") == nlohmann::json::object());
}

TEST_CASE("anchors are followed, but may not multiply") {
  CHECK(Json("a: &x [1, 2]\nb: *x\n")["b"][1] == 2);
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 8; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 1; k < 10; ++k) bomb += ", " + before;
    bomb += "]\n";
  }
  CHECK_THAT(Refused(bomb), Catch::Contains("too many values"));
}

TEST_CASE("what is no acceptable YAML is refused with its place") {
  CHECK_THAT(Refused("okta:\n  a: 1\n  b: 2\n  a: 3\n"),
             Catch::Contains("line 4") && Catch::Contains("twice"));
  CHECK_THAT(Refused("a: [1, 2\nb: 3\n"), Catch::Contains("line"));
  CHECK_THAT(Refused("? [a, b]\n: 1\n"), Catch::Contains("key"));
  CHECK_THAT(Refused("a: 1\n---\nb: 2\n"), Catch::Contains("more than one"));
  CHECK_THAT(Refused("a: \xff\n"), Catch::Contains("UTF-8"));
  CHECK_THAT(Refused(std::string(40, '[') + std::string(40, ']')), Catch::Contains("nested"));
  CHECK_FALSE(ConvertYaml(std::string(100'000, '[')).ok());
  CHECK_THAT(Refused(std::string(2 << 20, ' ')), Catch::Contains("1 MiB"));
}

// Found by the fuzz target yaml: yaml-cpp gives a key with a NUL that it reads differently once it is quoted.
TEST_CASE("a control character in the configuration file is refused with its place") {
  const std::string found("a: x,x]\n\0_____Lb: lx,&]\n\0Lb: &bc: ", 34);
  CHECK_THAT(Refused(found), Catch::Contains("line 2, column 1") && Catch::Contains("\\x00"));
  CHECK_THAT(Refused("a: 1\n# an editor's \x1b[31mcolour\nb: 2\n"),
             Catch::Contains("line 2, column 15") && Catch::Contains("\\x1b"));
  CHECK_THAT(Refused("a: \"\x01\"\n"), Catch::Contains("column 5"));
  // Written as an escape it is a character as any other, and so are the ends of lines of other systems.
  CHECK(Json("a: \"\\x1b\"\n")["a"] == "\x1b");
  CHECK(Json("a:\t1\r\nb: 2\r\n")["b"] == 2);
}

// Found by the fuzz target yaml: yaml-cpp takes no step, and says each time that there was another document.
TEST_CASE("a text in which yaml-cpp finds documents for ever is refused, and not read for ever") {
  const std::string text = ",a{ :b , a: |\n  x:: c >-\n}  z\n  w\n";
  CHECK_THAT(Refused(text), Catch::Contains("more than one YAML document"));
}

TEST_CASE("a problem's path finds its line, or the nearest thing around it") {
  const auto document = ConvertYaml("okta:\n  org_url: x\n  scopes:\n    - a\n    - b\n\"a/b~c\": 1\n");
  REQUIRE(document.ok());
  CHECK(LineOf(*document, "/okta/org_url") == 2);
  CHECK(LineOf(*document, "/okta/scopes/1") == 5);
  CHECK(LineOf(*document, "/okta/app_id") == 1);  // missing: where its section begins
  CHECK(LineOf(*document, "/a~1b~0c") == 6);
  CHECK(LineOf(*document, "/teleport/address") == 1);
}

TEST_CASE("a file that is not there is named") {
  const auto document = ReadConfigFile("/nonexistent/\x1b[2J.yaml");
  REQUIRE_FALSE(document.ok());
  CHECK_THAT(Message(document.status()), Catch::Contains("/nonexistent/\\x1b[2J.yaml"));
}

}  // namespace
}  // namespace oktasync::host
