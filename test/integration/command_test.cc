// The command line: exit codes, configuration errors, and what is printed where.
#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("check-config: a good one is good, and nothing is connected to", "[host]") {
  Scene scene(10);
  scene.Run("check-config", 0);
  CHECK(scene.last().report == json{{"ok", true}, {"problems", json::array()}});
  const harness::RecordView record = scene.Record();
  CHECK(record.entries().empty());
}

TEST_CASE("check-config: lists all errors at once, with paths and lines", "[host]") {
  Scene scene(10);
  scene.Configure("/okta/org_url", "http://example.okta.com");
  scene.Configure("/okta/page_size", 501);
  scene.Configure("/okta/rate_share", "half");
  scene.Configure("/teleport/adress", "127.0.0.1:3025");
  scene.Configure("/users/attributes", {{"include", {"email"}}, {"exclude", {"email"}}});
  scene.Configure("/sync", {{"interval", "5"}, {"writers", 0}});
  scene.Configure("/lease", {{"term", "30s"}, {"safety", "20s"}});
  scene.Configure("/nonsense", true);
  scene.Run("check-config", 2);
  CHECK(scene.last().report["ok"] == false);
  std::map<std::string, std::string> problems;
  for (const json& problem : scene.last().report["problems"]) {
    problems[problem["path"]] = problem["text"];
    INFO(problem.dump());
    CHECK(problem["line"].get<int>() > 0);
  }
  for (const char* path :
       {"/okta/org_url", "/okta/page_size", "/okta/rate_share", "/teleport/adress", "/sync/interval",
        "/sync/writers", "/lease/safety", "/users/attributes/exclude/0", "/nonsense"}) {
    INFO(path);
    CHECK(problems.count(path) == 1);
  }
  CHECK(problems.size() == 9);
  CHECK_THAT(problems["/okta/page_size"], Contains("500"));
  CHECK_THAT(problems["/okta/org_url"], Contains("https"));

  // In words they go to standard error, each with its file and line; a run begins with the same check.
  harness::Process plain({scene.CommandLine("check-config")[0], "check-config", "--config",
                          scene.CommandLine("check-config")[3]});
  const harness::Finished finished = scene.End(plain);
  CHECK(finished.exit_code == 2);
  CHECK(finished.out.empty());
  for (const auto& [path, text] : problems) CHECK_THAT(finished.err, Contains(path));
  scene.Sync(2);
  const harness::RecordView record = scene.Record();
  CHECK(record.entries().empty());
}

TEST_CASE("check-config: a file that is missing, broken or names missing files", "[host]") {
  Scene scene(10);
  const auto check = [&](const std::string& text, const std::string& words) {
    const std::string file = scene.Dir() + "/broken.yaml";
    std::ofstream(file) << text;
    scene.UseConfigFile(file);
    scene.Run("check-config", 2);
    CHECK_THAT(scene.last().process.out + scene.last().process.err, Contains(words));
  };
  check("okta: [", "not acceptable YAML");
  check("okta: {}\nokta: {}\n", "appears twice");
  check(std::string("okta:\n  org_url: \"\xff\"\n"), "not UTF-8");
  check("", "/okta");
  scene.UseConfigFile(scene.Dir() + "/none.yaml");
  scene.Run("check-config", 2);
  CHECK_THAT(scene.last().process.err, Contains("none.yaml") && Contains("--config"));
  scene.Configure("/okta/private_key_file", scene.Dir() + "/none.pem");
  scene.Run("check-config", 2);
  CHECK_THAT(scene.Error(), Contains("none.pem"));
}

TEST_CASE("Exit codes: usage is 2, help is 0", "[host]") {
  Scene scene(10);
  const std::string program = scene.CommandLine("sync")[0];
  const auto run = [&](const Strings& words) {
    Strings line = {program};
    line.insert(line.end(), words.begin(), words.end());
    harness::Process process(line);
    return scene.End(process);
  };
  CHECK(run({}).exit_code == 2);
  CHECK(run({"sink"}).exit_code == 2);
  CHECK(run({"sync", "--no-such-option"}).exit_code == 2);
  CHECK(run({"sync", "--plugin", "/no/such/plugin.so", "--config", scene.CommandLine("sync")[3]}).exit_code ==
        2);
  const harness::Finished help = run({"--help"});
  CHECK(help.exit_code == 0);
  for (const char* word : {"run", "plan", "sync", "check-config", "Exit codes"})
    CHECK_THAT(help.out, Contains(word));
  CHECK(run({"--version"}).exit_code == 0);
}

TEST_CASE("Output: text from outside cannot reach the terminal as it is", "[host]") {
  Scene scene(10);
  scene.Okta("hire", {{"user_name", "\x1b[2Jwiped@example.com"}});
  harness::Process process({scene.CommandLine("sync")[0], "sync", "--config", scene.CommandLine("sync")[3]});
  const harness::Finished finished = scene.End(process);
  CHECK(finished.exit_code == 0);
  CHECK_THAT(finished.out, Contains("wiped@example.com"));
  CHECK((finished.out + finished.err).find('\x1b') == std::string::npos);
}

// Each run of a Scene looks for secrets in what was printed; here with all there is to print.
TEST_CASE("Output: no key, assertion or token in any line, not even with --verbose", "[host]") {
  Scene scene(10);
  scene.Run("sync", 0, {"--verbose"});
  CHECK_THAT(scene.last().process.err, Contains("\"debug\""));
  scene.Okta("unassign", {{"count", 1}});
  scene.Okta("fault", {{"path", "/users\\?"}, {"kind", "status"}, {"status", 401}});
  scene.Auth("fault", {{"call", "UpsertLock"}, {"kind", "cut"}});
  scene.Run("sync", 0, {"--verbose"});
  // A proxy that throws our own words back at us.
  scene.Okta("fault", {{"path", "/oauth2/v1/token"},
                       {"kind", "status"},
                       {"status", 400},
                       {"error", "invalid_request"},
                       {"text", "Bad value eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiIwb2EifQ.c2lnbmF0dXJl"}});
  scene.Run("sync", 1, {"--verbose"});
  CHECK_THAT(scene.Error(), Contains("invalid_request"));
}

}  // namespace
}  // namespace integration
