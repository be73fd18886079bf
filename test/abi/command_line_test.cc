// The command line, saved plans, and the commands that are printed for pasting.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "approve_command.h"
#include "base/status.h"
#include "nlohmann/json.hpp"
#include "options.h"
#include "plan_file.h"

namespace oktasync::host {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

// -1 when the options are good.
int Parse(std::vector<std::string> words, Options* options) {
  words.insert(words.begin(), "oktasync");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return ParseCommandLine(static_cast<int>(argv.size()), argv.data(), options);
}

Options Good(const std::vector<std::string>& words) {
  Options options;
  REQUIRE(Parse(words, &options) == -1);
  return options;
}

TEST_CASE("command line: each command with what it takes") {
  const std::string digest = "0123456789abcdef";
  CHECK(Good({"run", "--socket", "/x"}).socket_file == "/x");
  CHECK(Good({"status", "--json"}).command == Command::kStatus);
  CHECK(Good({"plan"}).limit == 200);
  CHECK(Good({"sync"}).limit == 20);
  CHECK(Good({"sync", "--limit", "0"}).limit == 0);
  const Options sync = Good({"sync", "--approve", digest, "--one-shot"});
  CHECK(sync.command == Command::kSync);
  CHECK(sync.digest == digest);
  CHECK(sync.one_shot);
  CHECK(Good({"sync", "--plan", "p.json"}).plan_file == "p.json");
  const Options twice = Good({"sync", "--approve", digest, "--approve", "fedcba9876543210"});
  CHECK(twice.digest == digest);
  CHECK(twice.further_digests == std::vector<std::string>{"fedcba9876543210"});
  const Options approve = Good({"-c", "c.yaml", "approve", digest, "--yes"});
  CHECK(approve.command == Command::kApprove);
  CHECK(approve.config_file == "c.yaml");
  CHECK(approve.digest == digest);
  CHECK(approve.yes);
  CHECK(Good({"approve", "--plan", "p.json"}).digest.empty());
  CHECK(Good({"explain", "ada@example.com"}).who == "ada@example.com");
  CHECK(Good({"report"}).run_id == 0);
  CHECK(Good({"report", "12"}).run_id == 12);
  CHECK(Good({"show", "-"}).file_to_show == "-");
  CHECK(Good({"cleanup", "--approve", digest}).command == Command::kCleanup);
  CHECK(Good({"jwks"}).command == Command::kJwks);
  CHECK(Good({"doctor", "--json"}).command == Command::kDoctor);
  CHECK(Good({"jwks", "--single"}).single);
  CHECK(Good({"jwks", "--key-id", "k"}).key_id == "k");
  const Options join =
      Good({"join", "--token-file", "-", "--ca-pin", "sha256:1", "--ca-pin", "sha256:2", "--force"});
  CHECK(join.command == Command::kJoin);
  CHECK(join.token_file == "-");
  CHECK(join.ca_pins == std::vector<std::string>{"sha256:1", "sha256:2"});
  CHECK(join.force);
  CHECK(Good({"check-config"}).command == Command::kCheckConfig);
}

TEST_CASE("command line: what is missing or wrong is 2") {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{},
                                             {"approve"},
                                             {"approve", "0123"},
                                             {"approve", "0123456789ABCDEF"},
                                             {"approve", "0123456789abcdef", "0123456789abcdef"},
                                             {"sync", "--approve", "everything"},
                                             {"cleanup", "--approve", "yes"},
                                             {"explain"},
                                             {"explain", ""},
                                             {"show"},
                                             {"report", "last"},
                                             {"plan", "sync"},
                                             {"status", "--approve", "0123456789abcdef"}}) {
    Options options;
    INFO(json(words).dump());
    CHECK(Parse(words, &options) == kExitUsage);
  }
}

TEST_CASE("command line: what is printed for pasting can be pasted") {
  Options options;
  CHECK(OktasyncCommand(options, "approve") == "oktasync approve");
  options.config_file = "/a b/it's.yaml";
  options.socket_file = "/run/x.sock";
  CHECK(OktasyncCommand(options, "approve") ==
        "oktasync -c '/a b/it'\\''s.yaml' --socket /run/x.sock approve");
  CHECK(ShellWord("$(rm)") == "'$(rm)'");
  CHECK(ShellWord("") == "''");
}

class File {
 public:
  explicit File(const std::string& text)
      : path_((std::filesystem::temp_directory_path() / "oktasync-plan-XXXXXX").string()) {
    const int fd = ::mkstemp(path_.data());
    REQUIRE(fd >= 0);
    ::close(fd);
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~File() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

json Plan(std::vector<std::string> digests) {
  json plan = {{"run_id", 3},
               {"kind", "plan"},
               {"ended", "2025-01-01T00:00:12Z"},
               {"ok", true},
               {"org", {{"id", "00o1"}, {"url", "https://example.okta.com"}}},
               {"app_id", "0oa1"},
               {"counts", {{"seen", 1}}},
               {"people", {{{"outcome", "created"}, {"okta_id", "00u1"}, {"name", "a"}, {"reason", ""}}}},
               {"writes", json::array()},
               {"held", json::array()}};
  for (const std::string& digest : digests) {
    plan["held"].push_back({{"kind", "removals"},
                            {"digest", digest},
                            {"reason", "r"},
                            {"warning", ""},
                            {"people", {{{"okta_id", "00u2"}, {"name", "b"}, {"what", ""}}}}});
  }
  return plan;
}

TEST_CASE("saved plan: what an approval needs of it, and no more") {
  const json plan = Plan({"0123456789abcdef"});
  const File file(plan.dump());
  const auto read = ReadPlan(file.path(), 20);
  REQUIRE(read.ok());
  const json part = json::parse(read->for_approval);
  CHECK(part.size() == 4);
  for (const char* key : {"org", "app_id", "ended", "held"}) CHECK(part.at(key) == plan.at(key));
  const auto set = ChooseHeld(read->view, "");
  REQUIRE(set.ok());
  CHECK(set->digest == "0123456789abcdef");
}

TEST_CASE("saved plan: a set is chosen by its digest, and the others are named when it is not there") {
  const File file(Plan({"0123456789abcdef", "fedcba9876543210"}).dump());
  const auto read = ReadPlan(file.path(), 20);
  REQUIRE(read.ok());
  CHECK(ChooseHeld(read->view, "fedcba9876543210")->digest == "fedcba9876543210");
  CHECK_THAT(Message(ChooseHeld(read->view, "").status()),
             Contains("2 sets") && Contains("0123456789abcdef") && Contains("fedcba9876543210"));
  CHECK_THAT(Message(ChooseHeld(read->view, "0000000000000000").status()), Contains("fedcba9876543210"));
  const File empty(Plan({}).dump());
  CHECK_THAT(Message(ChooseHeld(ReadPlan(empty.path(), 20)->view, "").status()), Contains("nothing is held"));
}

TEST_CASE("saved plan: what is none is refused with the file's name") {
  for (const char* text : {"", "{", "[]", "{}", "okta: {}", R"({"people": 1})"}) {
    const File file(text);
    INFO(text);
    const auto read = ReadPlan(file.path(), 20);
    REQUIRE_FALSE(read.ok());
    CHECK_THAT(Message(read.status()), Contains(file.path()));
  }
  CHECK_FALSE(ReadDocument("/no/such/file").ok());
  CHECK_FALSE(ReadDocument("/").ok());
}

}  // namespace
}  // namespace oktasync::host
