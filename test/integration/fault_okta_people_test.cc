// What Okta may say of people on a bad day: many gone at once, lists and single reads that contradict each other,
// profiles and logins that nobody expected.
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("R12: with 3 users as with 300 an empty list, or one that lacks most of them, removes nobody",
          "[okta_people]") {
  for (const int people : {3, 300}) {
    Scene scene(people);
    INFO(people);
    scene.Sync();
    scene.Okta("fault", {{"path", "/users\\?"}, {"kind", "empty_list"}, {"times", -1}});
    scene.Sync(3);
    scene.Okta("clear_faults");
    CHECK(scene.Writes() == Strings{});
    CHECK(scene.last().Count("held") == static_cast<uint64_t>(people));
    CHECK_THAT(scene.Held("removals").at(0)["reason"].get<std::string>(),
               Contains("empty list") && Contains("admin role"));

    const uint64_t most = static_cast<uint64_t>(people) * 2 / 3;
    scene.Okta("hide", {{"count", most}});
    scene.Sync(3);
    CHECK(scene.Writes() == Strings{});
    CHECK(scene.last().Count("held") == most);
    CHECK_THAT(scene.Held("removals").at(0)["reason"].get<std::string>(),
               Contains(std::to_string(most) + " of " + std::to_string(people)));
  }
}

TEST_CASE("R12: 600 people deactivated at once are all locked, and their deletions are held",
          "[okta_people]") {
  Scene scene(700);
  scene.Sync();
  scene.Okta("deactivate", {{"count", 600}});
  scene.Sync(3);
  const harness::RecordView record = scene.Record();
  CHECK(record.Writes("UpsertLock").size() == 600);
  CHECK(record.Writes().size() == 600);
  CHECK(scene.last().Count("locked") == 600);
  CHECK(scene.last().Count("held") == 600);
  REQUIRE(scene.Held("removals").size() == 1);
  CHECK_THAT(scene.Held("removals")[0]["reason"].get<std::string>(), Contains("600 of 700"));
  CHECK_FALSE(scene.Held("removals")[0]["digest"].get<std::string>().empty());
  CHECK(scene.UserNames().size() == 700);
}

TEST_CASE("R12: all custom attributes vanish from everybody, as with a narrowed admin role: they stay",
          "[okta_people]") {
  Scene scene;
  scene.Sync();
  const json before = scene.Auth("users");
  Strings dropped;
  const json person = scene.Okta("person", {{"id", scene.At(1).id}});
  for (const char* part : {"user", "app_user"}) {
    for (const auto& [name, value] : person[part]["profile"].items()) {
      // Okta's base profile is what stays readable.
      if (name == "login" || name == "email" || name == "firstName" || name == "lastName") continue;
      scene.Okta("drop_attribute", {{"name", name}});
      dropped.push_back(name);
    }
  }
  REQUIRE(dropped.size() > 10);
  scene.Sync(3);
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.Auth("users") == before);
  std::string reasons;
  for (const json& set : scene.last().report["held"]) reasons += set["reason"].get<std::string>() + "\n";
  CHECK_THAT(reasons, Contains("okta/costCenter") && Contains("okta/title") && Contains("so it stays"));
  for (const std::string& name : dropped) scene.Okta("restore_attribute", {{"name", name}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE(
    "R13: missing from the list, and the single read says assigned again, or a word that nobody knows: kept",
    "[okta_people]") {
  Scene scene(30);
  scene.Sync();
  const Person again = scene.At(2);
  const Person frozen = scene.At(3);
  const Person odd = scene.At(4);
  for (const Person& person : {again, frozen, odd}) scene.Okta("hide", {{"id", person.id}});
  scene.Okta("set_status", {{"id", frozen.id}, {"user_status", "FROZEN"}});
  scene.Okta("set_status", {{"id", odd.id}, {"assignment_status", "MELTED"}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
  CHECK(scene.last().Count("kept") == 3);
  CHECK_THAT(scene.Reason("kept", again.name),
             Contains("the assignment is ACTIVE") && Contains("Okta request "));
  CHECK_THAT(scene.Reason("kept", frozen.name), Contains("FROZEN"));
  CHECK_THAT(scene.Reason("kept", odd.name), Contains("MELTED"));
}

TEST_CASE("R3, R13: an assignment that is there but INACTIVE, REVOKED or DEPROVISIONED: locked and deleted",
          "[okta_people]") {
  Scene scene(20);
  scene.Sync();
  for (const char* status : {"INACTIVE", "REVOKED", "DEPROVISIONED"}) {
    const Person person = scene.At(2);
    INFO(status << " " << person.name);
    scene.Okta("set_status", {{"id", person.id}, {"assignment_status", status}});
    scene.Sync();
    scene.CheckShutOut(person);
    CHECK(scene.Writes().size() == 2);
    CHECK_THAT(scene.Reason("removed", person.name),
               Contains("the assignment is " + std::string(status)) && Contains("the user ACTIVE"));
  }
}

TEST_CASE("R13: listed ACTIVE while the single read says DEPROVISIONED: locked, and then deleted",
          "[okta_people]") {
  Scene scene(20);
  scene.Sync();
  const Person ada = scene.At(2);
  // Locked and not deleted, as a run that broke off leaves him.
  scene.Okta("unassign", {{"id", ada.id}});
  scene.Auth("fault",
             {{"call", "DeleteUser"}, {"kind", "code"}, {"code", "INVALID_ARGUMENT"}, {"times", -1}});
  scene.Sync(3);
  scene.Auth("clear_faults");
  REQUIRE(scene.User(ada.name).is_object());
  REQUIRE(scene.LockOn(ada.name).is_object());
  // The list has him back, and says what is no longer so.
  scene.Okta("assign", {{"id", ada.id}});
  scene.Okta("set_status", {{"id", ada.id}, {"user_status", "DEPROVISIONED"}});
  scene.Okta("fault", {{"path", "/users\\?"}, {"kind", "listed_active"}, {"times", -1}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{"DeleteUser " + ada.name});
  CHECK(scene.User(ada.name).is_null());
  CHECK_FALSE(scene.LockOn(ada.name).is_null());
  CHECK_THAT(scene.Reason("removed", ada.name), Contains("DEPROVISIONED") && Contains("Okta request "));
}

TEST_CASE("R7: a megabyte, 10,000 values, objects, control characters, patterns and escape sequences",
          "[okta_people]") {
  Scene scene(5);
  scene.Sync();
  json many = json::array();
  for (int i = 0; i < 10'000; ++i) many.push_back("value " + std::to_string(i));
  const json profile = {{"title", "Engineer"},      {"about", std::string(1 << 20, 'x')},
                        {"skills", many},           {"address", {{"street", "1 Way"}, {"floors", {1, 2}}}},
                        {"division", "one\x01two"}, {"userType", "*"},
                        {"costCenter", "^.*$"},     {"nickName", "\x1b]0;owned\x07\x1b[2J"},
                        {"department", "fine"}};
  scene.Okta("hire", {{"login", "odd@example.com"}, {"profile", profile}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{"CreateUser odd@example.com"});
  const json traits = scene.User("odd@example.com")["traits"];
  CHECK(traits["okta/title"] == json{"Engineer"});
  CHECK(traits["okta/department"] == json{"fine"});
  CHECK(traits["okta/skills"].size() <= 1000);
  for (const char* name : {"about", "address", "division", "userType", "costCenter", "nickName"}) {
    INFO(name);
    CHECK_FALSE(traits.contains("okta/" + std::string(name)));
  }
  std::string notices;
  for (const json& line : scene.last().report["people"]) {
    if (line["outcome"] == "notice" && line["name"] == "odd@example.com") {
      notices += line["reason"].get<std::string>() + "\n";
    }
  }
  for (const char* name : {"about", "skills", "address", "division", "userType", "costCenter", "nickName"}) {
    CHECK_THAT(notices, Contains(name));
  }
  // The admin is told of the attribute, and never shown its value, let alone on a terminal that would obey it.
  const std::string all = scene.last().process.out + scene.last().process.err;
  CHECK(all.find('\x1b') == std::string::npos);
  CHECK(all.find("owned") == std::string::npos);
  scene.Sync();
  CHECK(scene.Writes() == Strings{});
}

TEST_CASE("R5, R6: logins that are empty, too long, dots, or another's but for their case", "[okta_people]") {
  Scene scene(10);
  scene.Sync();
  const Person ada = scene.At(1);
  std::string shouted = ada.name;
  for (char& c : shouted) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  const json nameless = scene.Okta("hire", {{"login", "to.be.emptied@example.com"}});
  scene.Okta("edit", {{"id", nameless["ids"][0]}, {"profile", {{"login", ""}}}});
  const std::string longest(300, 'a');
  for (const std::string& name :
       {longest, std::string(".."), std::string("a b@example.com"), std::string("\"q\"@example.com"),
        std::string("a/../b@example.com"), std::string("ж@example.com")}) {
    scene.Okta("hire", {{"user_name", name}});
  }
  scene.Okta("hire", {{"login", "shouted@example.com"}, {"user_name", shouted}});
  scene.Okta("hire", {{"login", "good@example.com"}});
  scene.Sync();
  CHECK(scene.Writes() == Strings{"CreateUser good@example.com"});
  CHECK(scene.last().Count("bad_name") == 7);
  CHECK(scene.last().Count("conflict") == 1);
  for (const json& line : scene.last().report["people"]) {
    if (line["outcome"] != "bad_name") continue;
    INFO(line.dump());
    CHECK_THAT(line["reason"].get<std::string>(),
               Contains("user name of the assignment in Okta") || Contains("user name of this assignment"));
    CHECK_FALSE(line["okta_id"].get<std::string>().empty());
  }
  CHECK_THAT(scene.Reason("conflict", shouted), Contains(ada.id));
}

}  // namespace
}  // namespace integration
