#include "base/json.h"

#include <catch2/catch.hpp>

#include <string>

#include "base/status.h"
#include "nlohmann/json.hpp"

namespace oktasync {
namespace {

std::string Refusal(std::string_view text, JsonLimits limits = {}) {
  const auto parsed = ParseJson(text, limits);
  if (parsed.ok()) return "accepted";
  CHECK(parsed.status().code() == absl::StatusCode::kInvalidArgument);
  return Message(parsed.status());
}

std::string Nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST_CASE("what is JSON is read") {
  const auto parsed = ParseJson(R"({"a": [1, 2.5, "é\u20ac", null, true], "b": {"a": {}}})");
  REQUIRE(parsed.ok());
  CHECK(parsed->at("a").at(2) == "é€");
  CHECK(ParseJson("7").ok());
  // Equal keys in different objects, one inside of the other or side by side.
  CHECK(ParseJson(R"([{"a": {"a": 1}}, {"a": 2}, {"b": [{"a": 3}, {"a": 4}], "a": 5}])").ok());
}

TEST_CASE("bad day: a document over its limit is refused before it is read") {
  JsonLimits limits;
  limits.max_bytes = 10;
  CHECK(Refusal("[1,2,3,45]", limits) == "accepted");
  CHECK_THAT(Refusal("[1,2,3,456]", limits), Catch::Contains("larger than 10 bytes"));
  CHECK_THAT(Refusal(std::string((1 << 20) + 1, ' ')), Catch::Contains("larger than 1048576"));
}

TEST_CASE("bad day: JSON too deep is refused, a million brackets too") {
  CHECK(Refusal(Nested(32)) == "accepted");
  CHECK_THAT(Refusal(Nested(40)), Catch::Contains("nested deeper than 32"));
  JsonLimits wide;
  wide.max_bytes = 4 << 20;
  CHECK_THAT(Refusal(std::string(1'000'000, '['), wide), Catch::Contains("nested deeper"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"a":)";
  CHECK_THAT(Refusal(objects), Catch::Contains("nested deeper"));
}

TEST_CASE("bad day: a key that appears twice in one object is refused") {
  CHECK_THAT(Refusal(R"({"a": 1, "a": 2})"), Catch::Contains("twice"));
  CHECK_THAT(Refusal(R"({"x": [{"a": 1, "b": {}, "a": 2}]})"), Catch::Contains("twice"));
  CHECK_THAT(Refusal(R"({"a": 1, "\u0061": 2})"), Catch::Contains("twice"));
}

TEST_CASE("bad day: not UTF-8, lone surrogates, broken numbers") {
  CHECK_THAT(Refusal("\"\xFF\""), Catch::Contains("UTF-8"));
  CHECK(Refusal(R"("\ud800")") != "accepted");
  CHECK(Refusal(R"("\udc00x")") != "accepted");
  CHECK_THAT(Refusal("[1e999]"), Catch::Contains("number"));
  CHECK(Refusal("[NaN]") != "accepted");
  CHECK(Refusal("[01]") != "accepted");
}

TEST_CASE("a refusal tells the place and nothing of the text") {
  const std::string text = R"({"token": "very secret thing" "x"})";
  CHECK_THAT(Refusal(text), Catch::Contains("syntax error at byte 33"));
  CHECK(Refusal(text).find("secret") == std::string::npos);
  CHECK(Refusal(R"({"very secret": 1, "very secret": 2})").find("secret") == std::string::npos);
}

TEST_CASE("dumping never throws, whatever the text") {
  CHECK(DumpJson(nlohmann::json{{"a", 1}}) == R"({"a":1})");
  CHECK(DumpJson(nlohmann::json{{"a", 1}}, 2) == "{\n  \"a\": 1\n}");
  CHECK_NOTHROW(DumpJson(nlohmann::json("bad \xFF")));
  CHECK_THAT(DumpJson(nlohmann::json("bad \xFF")), Catch::Contains("bad "));
}

TEST_CASE("string members") {
  const nlohmann::json object = {{"a", "x"}, {"n", 1}, {"null", nullptr}};
  CHECK(JsonString(object, "a") == "x");
  CHECK(JsonString(object, "n").empty());
  CHECK(JsonString(object, "null").empty());
  CHECK(JsonString(object, "missing").empty());
  CHECK(JsonString(nlohmann::json::array({"a"}), "a").empty());
}

}  // namespace
}  // namespace oktasync
