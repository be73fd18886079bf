#include <catch2/catch.hpp>

#include <limits>
#include <string>
#include <vector>

#include "base/status.h"
#include "model/labels.h"
#include "traits/mapper.h"
#include "traits/people.h"

namespace oktasync::traits {
namespace {

using std::string_view_literals::operator""sv;
using Kind = Finding::Kind;
using Values = std::vector<std::string>;

const Traits kNone;

TEST_CASE("R7: all non-empty values of both profiles become okta/<attribute>") {
  Person person;
  person.User("firstName", {"Ada"sv}).User("city", {"London"sv}).App("costCenter", {"42"sv});
  CHECK(MapOrDie(person, TestOptions()).traits ==
        Traits{{"okta/city", {"London"}}, {"okta/costCenter", {"42"}}, {"okta/firstName", {"Ada"}}});
}

TEST_CASE("R7: null, empty text and empty arrays give nothing and are no finding") {
  Person person;
  person.User("middleName", {}).User("title", {""sv}).User("tags", {""sv, ""sv}).User("odd-name", {});
  std::vector<Finding> findings;
  CHECK(MapOrDie(person, TestOptions(), &findings).traits == kNone);
  CHECK(findings.empty());
}

TEST_CASE("R7: the app-user's value wins, attribute by attribute") {
  Person person;
  person.User("department", {"Sales"sv, "EMEA"sv}).User("city", {"London"sv}).App("department", {"R&D"sv});
  CHECK(MapOrDie(person, TestOptions()).traits ==
        Traits{{"okta/city", {"London"}}, {"okta/department", {"R&D"}}});
}

TEST_CASE("R7: an empty app-user value hides nothing, one that must be dropped does") {
  Person person;
  person.User("a", {"from user"sv}).App("a", {});
  person.User("b", {"from user"sv}).App("b", {""sv});
  person.User("c", {"from user"sv}).App("c", {"*"sv});
  person.User("d", {"from user"sv}).App("d", {}, 1);
  CHECK(MapOrDie(person, TestOptions()).traits ==
        Traits{{"okta/a", {"from user"}}, {"okta/b", {"from user"}}});
}

TEST_CASE("R7: arrays give several values in order, repeated ones once") {
  Person person;
  person.User("groups", {"b"sv, "a"sv, "b"sv, ""sv, "c"sv, "a"sv});
  std::vector<Scalar> many;
  std::vector<std::string> texts;
  for (int i = 0; i < 60; ++i) texts.push_back("v" + std::to_string(i % 30));
  for (const std::string& text : texts) many.emplace_back(std::string_view(text));
  person.User("many", many);
  std::vector<Finding> findings;
  const DesiredUser user = MapOrDie(person, TestOptions(), &findings);
  CHECK(user.traits.at("okta/groups") == Values{"b", "a", "c"});
  CHECK(user.traits.at("okta/many") == Values(texts.begin(), texts.begin() + 30));
  CHECK(findings.empty());
}

TEST_CASE("R7: numbers and booleans have one canonical text") {
  const auto text = [](Scalar value) {
    Person person;
    person.User("n", {value});
    const DesiredUser user = MapOrDie(person, TestOptions());
    return user.traits.empty() ? std::string("nothing") : user.traits.at("okta/n").at(0);
  };
  CHECK(text(true) == "true");
  CHECK(text(false) == "false");
  CHECK(text(int64_t{-7}) == "-7");
  CHECK(text(std::numeric_limits<int64_t>::min()) == "-9223372036854775808");
  CHECK(text(std::numeric_limits<uint64_t>::max()) == "18446744073709551615");
  CHECK(text(1.0) == "1");
  CHECK(text(-0.0) == "0");
  CHECK(text(1e15) == "1000000000000000");
  CHECK(text(9007199254740991.0) == "9007199254740991");
  CHECK(text(0.1) == "0.1");
  CHECK(text(-2.5) == "-2.5");
  CHECK(text(1e300) == "1e+300");
  CHECK(text(5e-324) == "5e-324");
  CHECK(text(-1.7976931348623157e308) == "-1.7976931348623157e+308");
  CHECK(text(std::numeric_limits<double>::infinity()) == "nothing");

  Person person;
  person.User("mixed", {int64_t{1}, 1.0, "1"sv, true, "true"sv});
  CHECK(MapOrDie(person, TestOptions()).traits.at("okta/mixed") == Values{"1", "true"});
}

TEST_CASE("R7: objects are skipped and counted") {
  Person person;
  person.User("address", {}, 1).User("mixed", {"a"sv}, 2);
  std::vector<Finding> findings;
  CHECK(MapOrDie(person, TestOptions(), &findings).traits == Traits{{"okta/mixed", {"a"}}});
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].kind == Kind::kNestedValue);
  CHECK(findings[0].attribute == "address");
  CHECK(findings[1].count == 2);
}

TEST_CASE("R7: control characters and broken text are dropped and reported") {
  Person person;
  person.User("title", {"a\nb"sv, "a\x1b[31mb"sv, "a\0b"sv, "\x7f"sv, "a\xC2\x85z"sv, "bad \xFF"sv,
                        "\xED\xA0\x80"sv, "Zo\xC3\xAB \xE2\x80\x93 \xC2\xA0"sv});
  std::vector<Finding> findings;
  CHECK(MapOrDie(person, TestOptions(), &findings).traits ==
        Traits{{"okta/title", {"Zo\xC3\xAB \xE2\x80\x93 \xC2\xA0"}}});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == Kind::kControlCharacters);
  CHECK(findings[0].count == 7);
}

TEST_CASE("R7: values that Teleport would read as patterns are dropped and reported") {
  for (std::string_view value : {"*"sv, "prod-*"sv, "a*b"sv, "^.*$"sv, "^$"sv, "^prod$"sv}) {
    INFO(value);
    Person person;
    person.User("team", {value});
    std::vector<Finding> findings;
    CHECK(MapOrDie(person, TestOptions(), &findings).traits == kNone);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].kind == Kind::kPattern);
  }
  for (std::string_view value : {"^"sv, "$"sv, "^a"sv, "a$"sv, "a^b$c"sv, "$^"sv, "C++ (senior) [x]?"sv}) {
    INFO(value);
    Person person;
    person.User("team", {value});
    CHECK(MapOrDie(person, TestOptions()).traits == Traits{{"okta/team", {std::string(value)}}});
  }
}

TEST_CASE("R7: what the admin allows passes, for the attributes that he names or for all") {
  Person person;
  person.User("team", {"prod-*"sv, "a\tb"sv, "bad \xFF"sv}).User("title", {"^x$"sv});
  Options options = TestOptions();
  options.allow_patterns = {"team"};
  CHECK(MapOrDie(person, options).traits == Traits{{"okta/team", {"prod-*", "a\tb"}}});
  options.allow_patterns = {"*"};
  CHECK(MapOrDie(person, options).traits ==
        Traits{{"okta/team", {"prod-*", "a\tb"}}, {"okta/title", {"^x$"}}});
}

TEST_CASE("R7: a value over the cap is dropped, never cut; a megabyte too") {
  Options options = TestOptions();
  options.max_value_bytes = 8;
  Person person;
  person.User("a", {"12345678"sv, "123456789"sv})
      .User("big", {Scalar(person.Keep(std::string(1 << 20, 'x')))});
  std::vector<Finding> findings;
  CHECK(MapOrDie(person, options, &findings).traits == Traits{{"okta/a", {"12345678"}}});
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].kind == Kind::kValueTooLong);
  CHECK(findings[1].attribute == "big");
}

TEST_CASE("R7: 10,000 array values are capped, and the cap counts different values") {
  std::vector<std::string> texts;
  for (int i = 0; i < 10'000; ++i) texts.push_back(std::to_string(i / 2));
  std::vector<Scalar> values(texts.begin(), texts.end());
  Person person;
  person.User("many", values);
  Options options = TestOptions();
  options.max_traits_bytes = 1 << 20;
  std::vector<Finding> findings;
  const DesiredUser user = MapOrDie(person, options, &findings);
  REQUIRE(user.traits.at("okta/many").size() == 1000);
  CHECK(user.traits.at("okta/many").back() == "999");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == Kind::kTooManyValues);
  CHECK(findings[0].count == 4000);
}

TEST_CASE("R7: the traits of one person are capped in whole attributes, in name order") {
  Options options = TestOptions();
  options.max_traits_bytes = 40;
  Person person;
  person
      .User("a", {"1234567890"sv})                    // 6 + 10
      .User("b", {"123456789012345678"sv, "1234"sv})  // 6 + 22: does not fit
      .User("c", {"123456789012345678"sv})            // 6 + 18: fits exactly
      .User("d", {"x"sv});
  std::vector<Finding> findings;
  const DesiredUser user = MapOrDie(person, options, &findings);
  CHECK(user.traits == Traits{{"okta/a", {"1234567890"}}, {"okta/c", {"123456789012345678"}}});
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].kind == Kind::kTraitsTooLarge);
  CHECK(findings[0].attribute == "b");
  CHECK(findings[0].count == 2);
  CHECK(findings[1].attribute == "d");
}

TEST_CASE("R7: attribute names that fit no trait key are reported") {
  Person person;
  person.User("good_Name9", {"x"sv}).User("bad-name", {"x"sv}).User("", {"x"sv}).User("a/b", {"x"sv});
  std::vector<Finding> findings;
  CHECK(MapOrDie(person, TestOptions(), &findings).traits == Traits{{"okta/good_Name9", {"x"}}});
  REQUIRE(findings.size() == 3);
  for (const Finding& finding : findings) CHECK(finding.kind == Kind::kBadAttributeName);
}

TEST_CASE("R7: include, exclude and rename") {
  Person person;
  person.User("department", {"R&D"sv})
      .User("city", {"London"sv})
      .User("ssn", {"1"sv})
      .User("odd-name", {"x"sv});
  Options options = TestOptions();
  options.exclude = {"ssn", "odd-name"};
  std::vector<Finding> findings;
  CHECK(MapOrDie(person, options, &findings).traits ==
        Traits{{"okta/city", {"London"}}, {"okta/department", {"R&D"}}});
  CHECK(findings.empty());

  options.include = {"city", "ssn"};
  CHECK(MapOrDie(person, options).traits == Traits{{"okta/city", {"London"}}});

  options.include = {};
  options.exclude = {"ssn"};
  options.rename = {{"department", "team"}, {"odd-name", "odd"}};
  const DesiredUser user = MapOrDie(person, options);
  CHECK(user.traits == Traits{{"odd", {"x"}}, {"okta/city", {"London"}}, {"team", {"R&D"}}});
  CHECK(user.own_trait_keys == Values{"odd", "team"});
  CHECK(user.labels.at(std::string(labels::kTraits)) == "odd,team");
}

TEST_CASE("R7: two attributes for one key: the first in name order that has values") {
  Options options = TestOptions();
  options.rename = {{"a", "team"}, {"b", "team"}, {"c", "team"}, {"x", "okta/city"}};
  Person person;
  person.User("c", {"three"sv})
      .User("b", {"two"sv})
      .User("a", {"*"sv})
      .User("city", {"London"sv})
      .User("x", {"Rome"sv});
  std::vector<Finding> findings;
  const DesiredUser user = MapOrDie(person, options, &findings);
  CHECK(user.traits == Traits{{"okta/city", {"London"}}, {"team", {"two"}}});
  CHECK(user.own_trait_keys == Values{"team"});
  REQUIRE(findings.size() == 3);
  CHECK(findings[0].kind == Kind::kPattern);
  CHECK(findings[1].kind == Kind::kAttributeClash);
  CHECK(findings[1].attribute == "c");
  CHECK(findings[2].attribute == "x");
}

TEST_CASE("R7: a finding's sentence names the attribute, escaped, and never a value") {
  Person person;
  person.User("pin", {"secret*"sv}).User("evil\x1b[2J-name", {"secret"sv});
  std::vector<Finding> findings;
  MapOrDie(person, TestOptions(), &findings);
  REQUIRE(findings.size() == 2);
  for (const Finding& finding : findings) {
    const std::string sentence = Describe(finding);
    CHECK(sentence.find("secret") == std::string::npos);
    CHECK(sentence.find('\x1b') == std::string::npos);
  }
  CHECK_THAT(Describe(findings[1]), Catch::Contains("attribute pin: 1 value left out"));
  for (int kind = 0; kind <= static_cast<int>(Kind::kAttributeClash); ++kind) {
    CHECK_THAT(Describe(Finding{static_cast<Kind>(kind), "a", 2}), Catch::StartsWith("attribute a: "));
  }
}

TEST_CASE("R4, R1: name, labels and connector of a newcomer") {
  const DesiredUser user = MapOrDie(Person(), TestOptions());
  CHECK(user.okta_id == "00u1ada");
  CHECK(user.name == "ada@example.com");
  CHECK(user.labels == Labels{{"teleport.dev/origin", "okta"},
                              {"okta/org", "https://example.okta.com"},
                              {"teleport.internal/okta-user-id", "00u1ada"},
                              {"oktasync/source", "00o1org/0oa1app"},
                              {"oktasync/roles", "okta-requester"}});
  CHECK(user.connector == ConnectorRef{"saml", "okta", "ada@example.com"});

  Options options = TestOptions();
  options.connector = {};
  CHECK(MapOrDie(Person(), options).connector == ConnectorRef{});
}

TEST_CASE("R8: the default role is given and remembered; without one there is neither") {
  CHECK(MapOrDie(Person(), TestOptions()).roles == Values{"okta-requester"});
  Options options = TestOptions();
  options.default_role = "staff";
  CHECK(MapOrDie(Person(), options).roles == Values{"staff"});
  CHECK(MapOrDie(Person(), options).labels.at("oktasync/roles") == "staff");
  options.default_role = "";
  CHECK(MapOrDie(Person(), options).roles.empty());
  CHECK(MapOrDie(Person(), options).labels.count("oktasync/roles") == 0);
}

}  // namespace
}  // namespace oktasync::traits
