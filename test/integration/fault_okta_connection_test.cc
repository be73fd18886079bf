// The way to Okta fails and stays so: each request is tried again, then the run ends, says what is wrong, and has
// removed nobody. What fails once is in okta_answer_test.cc.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "integration/fixture.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;

constexpr size_t kTries = 6;  // of one request

// A port of this machine: nobody listens there, or somebody who never says a word (and never accepts).
class Port {
 public:
  explicit Port(bool listens) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(fd_ >= 0);
    REQUIRE(::bind(fd_, raw, size) == 0);
    REQUIRE(::getsockname(fd_, raw, &size) == 0);
    if (listens) REQUIRE(::listen(fd_, 64) == 0);
    url_ = "https://localhost:" + std::to_string(ntohs(address.sin_port));
  }
  ~Port() { ::close(fd_); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  const std::string& url() const { return url_; }

 private:
  int fd_;
  std::string url_;
};

size_t Occurrences(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::string ErrorOf(const harness::Finished& finished) {
  const json report = json::parse(finished.out, nullptr, false);
  if (!report.is_object() || !report.value("error", json()).is_object()) return "no report: " + finished.err;
  return report["error"].value("message", "");
}

TEST_CASE("Okta connection: a name that DNS does not know, nobody at the port, or somebody who says nothing",
          "[okta_connection]") {
  Scene scene(10);
  scene.Sync();
  scene.Okta("unassign", {{"count", 1}});
  const Port closed(false);
  const Port silent(true);
  const uint64_t began = scene.RecordEnd();
  struct Case {
    std::string url;
    std::string words;
    std::unique_ptr<harness::Process> process;
  };
  std::vector<Case> cases;
  cases.push_back({"https://org.invalid", "its name cannot be resolved", nullptr});
  cases.push_back({closed.url(), "no connection: ", nullptr});
  cases.push_back({silent.url(), "no connection within 1s", nullptr});
  // Side by side: each waits longer and longer between its tries.
  for (Case& one : cases) {
    scene.Configure("/okta/org_url", one.url);
    // Not for DNS: a name server that does not answer takes longer than that to be given up.
    if (one.url == silent.url()) scene.Configure("/okta/connect_timeout", "1s");
    one.process = scene.Begin("sync", {"--verbose"});
  }
  for (Case& one : cases) {
    INFO(one.url);
    const harness::Finished finished = scene.End(*one.process, 150);
    CHECK(finished.exit_code == 1);
    CHECK_THAT(ErrorOf(finished), Contains(one.words) && Contains(one.url));
    // The log tells of each try that failed but the last, which is the report's.
    CHECK(Occurrences(finished.err, "is tried again") == kTries - 1);
  }
  CHECK(scene.RecordAfter(began).Writes().empty());
  CHECK(scene.UserNames().size() == 10);
}

TEST_CASE("Okta connection: a certificate that has expired ends the run at once", "[okta_connection]") {
  Scene scene(10, {"--expired-okta-certificate"});
  scene.Run("sync", 1, {"--verbose"});
  CHECK_THAT(scene.Error(), Contains("certificate is not trusted") && Contains("expired") &&
                                Contains("this machine's clock") && Contains(scene.Info("okta_url")));
  CHECK(Occurrences(scene.last().process.err, "is tried again") == 0);
  const harness::RecordView record = scene.Record();
  CHECK(record.entries().empty());
}

// A fault that lasts, struck by the second page of a walk of its own: the page size tells the walks apart, so
// that they can run side by side. Plans, which take no lease; sync ends in the same way (okta_answer_test.cc).
struct Lasting {
  json fault;
  Strings words;
  size_t tries = kTries;
  std::unique_ptr<harness::Process> process = nullptr;
};

void CheckLasting(Scene& scene, std::vector<Lasting>& cases) {
  const uint64_t began = scene.RecordEnd();
  int page_size = 20;
  const auto path_of = [](int size) { return "limit=" + std::to_string(size); };
  for (Lasting& one : cases) {
    json armed = {{"path", "^(?=.*" + path_of(page_size) + "(&|$))(?=.*after=)"}, {"times", -1}};
    armed.update(one.fault);
    scene.Okta("fault", armed);
    scene.Configure("/okta/page_size", page_size++);
    one.process = scene.Begin("plan");
  }
  page_size = 20;
  for (Lasting& one : cases) {
    INFO(one.fault.dump());
    const harness::Finished finished = scene.End(*one.process, 120);
    CHECK(finished.exit_code == 1);
    const std::string error = ErrorOf(finished);
    for (const std::string& word : one.words) CHECK_THAT(error, Contains(word));
    CHECK_THAT(error, Contains("page 2") && Contains("nobody is removed"));
    const std::string limit = path_of(page_size++);
    const auto asked = [&] {
      const json whole = scene.RecordAfter(began).entries();
      return static_cast<size_t>(std::count_if(whole.begin(), whole.end(), [&](const json& entry) {
        const std::string path = entry.value("path", "");
        return path.find(limit) != std::string::npos && path.find("after=") != std::string::npos;
      }));
    };
    // What hangs is in the record only when it has ended.
    for (int i = 0; i < 200 && asked() < one.tries; ++i) ::usleep(50'000);
    CHECK(asked() >= one.tries);
    // libcurl renews a kept connection by itself when it breaks before an answer.
    CHECK(asked() <= one.tries + 1);
  }
  CHECK(scene.RecordAfter(began).Writes().empty());
}

TEST_CASE("R11: Okta's errors that last are told with their code and Okta's request id",
          "[okta_connection]") {
  Scene scene;
  scene.Sync();
  scene.Okta("unassign", {{"count", 1}});
  std::vector<Lasting> cases;
  for (const auto& [status, code] :
       {std::pair{500, "E0000009"}, {502, "E0000009"}, {503, "E0000010"}, {504, "E0000009"}}) {
    cases.push_back(
        {{{"kind", "status"}, {"status", status}}, {"with " + std::to_string(status), code, "request id "}});
  }
  CheckLasting(scene, cases);
}

TEST_CASE("R11: a body that is cut, whatever the way, is asked for again, then ends the walk",
          "[okta_connection]") {
  Scene scene;
  scene.Sync();
  scene.Okta("unassign", {{"count", 1}});
  std::vector<Lasting> cases;
  cases.push_back({{{"kind", "truncate"}}, {"the answer was cut short"}});
  cases.push_back({{{"kind", "chunked_cut"}}, {"the answer was cut short"}});
  cases.push_back({{{"kind", "tls_cut"}}, {"the answer was cut short"}});
  cases.push_back({{{"kind", "reset"}}, {"connection"}});
  // Whole by its length, and yet half.
  cases.push_back({{{"kind", "short_length"}}, {"broken or truncated JSON"}});
  CheckLasting(scene, cases);
}

TEST_CASE("R11: Okta hangs before the first byte, or within a page, and goes on hanging", "[okta_content]") {
  Scene scene;
  scene.Sync();
  scene.Okta("unassign", {{"count", 1}});
  scene.Configure("/okta/idle_timeout", "1s");
  std::vector<Lasting> cases;
  cases.push_back({{{"kind", "hang"}, {"seconds", 3}}, {"the server sent nothing for 1s"}});
  cases.push_back({{{"kind", "drip"}, {"seconds", 30}}, {"the server sent nothing for 1s"}});
  CheckLasting(scene, cases);
}

}  // namespace
}  // namespace integration
