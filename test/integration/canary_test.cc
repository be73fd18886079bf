// Secrets: a day of faults, after which everything that the product wrote is searched for every secret that it was
// given or has made, in every form. The playground tells what passed between it and the client.
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "integration/canaries.h"
#include "integration/fixture.h"
#include "integration/member.h"

namespace integration {
namespace {

using Catch::Matchers::Contains;
using Names = std::set<std::string>;

std::string Contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// The certificates of a file that begins with a key.
std::string PublicPart(const std::string& pem) { return pem.substr(pem.find("-----BEGIN CERTIFICATE-----")); }

// An HTTP proxy that lets nobody through, and says why with the words it was asked with.
class RefusingProxy {
 public:
  RefusingProxy() : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listening_, any, size) != 0 || ::listen(listening_, 16) != 0 ||
        ::getsockname(listening_, any, &size) != 0) {
      throw std::runtime_error("no proxy can be played");
    }
    port_ = ntohs(address.sin_port);
    server_ = std::thread([this] { Serve(); });
  }
  ~RefusingProxy() {
    stopped_ = true;
    server_.join();
    ::close(listening_);
  }
  int port() const { return port_; }
  int asked() const { return asked_; }

 private:
  void Serve() {
    while (!stopped_) {
      pollfd ready = {listening_, POLLIN, 0};
      if (::poll(&ready, 1, 50) <= 0) continue;
      const int fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      std::string heard;
      char buffer[4096];
      while (heard.find("\r\n\r\n") == std::string::npos) {
        const ssize_t got = ::read(fd, buffer, sizeof(buffer));
        if (got <= 0) break;
        heard.append(buffer, static_cast<size_t>(got));
      }
      ++asked_;
      std::string line = heard;
      for (char& c : line) c = c == '\r' || c == '\n' ? ' ' : c;
      const std::string answer = "HTTP/1.1 407 " + line + "\r\nProxy-Authenticate: Basic realm=\"" + line +
                                 "\"\r\nContent-Length: " + std::to_string(heard.size()) +
                                 "\r\nConnection: close\r\n\r\n" + heard;
      [[maybe_unused]] const ssize_t sent = ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(fd);
    }
  }

  const int listening_;
  int port_ = 0;
  std::atomic<bool> stopped_ = false;
  std::atomic<int> asked_ = 0;
  std::thread server_;
};

// A scene, and all that the product wrote in it.
class Day {
 public:
  explicit Day(int people = 20) : scene(people) {
    AddKeyFile(canaries_, "the client's key", scene.Info("private_key_file"));
    AddKeyFile(canaries_, "the client's RSA key", scene.Info("rsa_private_key_file"));
    AddKeyFile(canaries_, "the identity's key", scene.Info("identity_key_file"));
    canaries_.Spare(Contents(scene.Info("identity_cert_file")));
  }

  // `oktasync WORDS… --config …`, as it is written there: with --json only when it is among the words.
  harness::Finished Do(const Strings& words) {
    Strings line = {scene.CommandLine(words.front())[0]};
    line.insert(line.end(), words.begin(), words.end());
    if (std::find(words.begin(), words.end(), "--config") == words.end()) {
      line.insert(line.end(), {"--config", scene.CommandLine("status")[3]});
    }
    harness::Process process(line);
    harness::Finished finished = process.Wait();
    std::string title;
    for (const std::string& word : words) title += (title.empty() ? "" : " ") + word.substr(0, 60);
    Keep(title, finished);
    return finished;
  }
  void Keep(const std::string& title, const harness::Finished& finished) {
    Keep(title + ": standard output", finished.out);
    Keep(title + ": standard error", finished.err);
  }
  void Keep(const std::string& title, const std::string& text) { written_.emplace_back(title, text); }
  // In both forms, with all there is to say.
  void Everything(const std::string& command) {
    Do({command, "--json", "--verbose"});
    Do({command, "--verbose"});
  }

  void AddKey(const std::string& name, const std::string& file) { AddKeyFile(canaries_, name, file); }
  void Spare(const std::string& public_text) { canaries_.Spare(public_text); }
  void AddCanary(const std::string& name, const std::string& secret) { canaries_.Add(name, secret); }
  // Searches all that was written so far.
  void Search() {
    const json secrets = scene.Okta("secrets");
    for (const json& jwt : secrets.at("assertions")) AddJwt(canaries_, "a client assertion", jwt);
    for (const json& jwt : secrets.at("proofs")) AddJwt(canaries_, "a DPoP proof", jwt);
    for (const json& jwt : secrets.at("tokens")) AddJwt(canaries_, "an access token", jwt);
    for (const auto& [title, text] : written_) {
      INFO("in what `oktasync " << title << "` wrote:\n" << text.substr(0, 3000));
      CHECK(canaries_.FoundIn(text) == Names{});
    }
  }
  const Canaries& canaries() const { return canaries_; }
  json Secrets() const { return scene.Okta("secrets"); }
  // How much there was to search, so that nobody takes an empty day for a clean one.
  size_t bytes() const {
    size_t sum = 0;
    for (const auto& [title, text] : written_) sum += text.size();
    return sum;
  }

  Scene scene;

 private:
  Canaries canaries_;
  std::vector<std::pair<std::string, std::string>> written_;
};

TEST_CASE(
    "secrets: the search finds what is planted, in every form, whole, cut and in the midst of other text",
    "[secrets]") {
  const std::string secret = "canary/+\"\\\n~0123456789abcdefghijklmnopqrstuvwxyz-_=.";
  Canaries canaries;
  canaries.Add("bird", secret);
  for (const auto& [form, text] : FormsOf(secret)) {
    INFO(form);
    CHECK(canaries.FoundIn("what was said before " + text + " and after") != Names{});
  }
  // As base64 of a whole message, wherever in it.
  for (const std::string before : {"", "a", "ab", "abc"}) {
    const std::string message = before + secret + "tail";
    const std::string encoded = FormsOf(message).at("base64 after 0");
    CHECK(canaries.FoundIn(encoded) != Names{});
  }
  // Cut, as messages are.
  CHECK(canaries.FoundIn("… " + secret.substr(0, 40) + "…") != Names{});
  CHECK(canaries.FoundIn("… " + secret.substr(secret.size() - 40)) != Names{});
  CHECK(canaries.FoundIn("nothing of it, though there is talk of canaries") == Names{});

  // A key: each line of its file, and its number alone, as a JWK that tells too much would have it.
  Scene scene(1);
  Canaries keys;
  AddKeyFile(keys, "key", scene.Info("private_key_file"));
  AddKeyFile(keys, "RSA key", scene.Info("rsa_private_key_file"));
  CHECK(keys.FoundIn(Contents(scene.Info("private_key_file"))) != Names{});
  CHECK(keys.FoundIn("{\"private_key\": " + json(Contents(scene.Info("rsa_private_key_file"))).dump()) !=
        Names{});
  // Without what a certificate tells as well there is enough left of a key.
  Canaries identity;
  AddKeyFile(identity, "key", scene.Info("identity_key_file"));
  identity.Spare(Contents(scene.Info("identity_cert_file")));
  CHECK(identity.FoundIn(Contents(scene.Info("identity_cert_file"))) == Names{});
  CHECK(identity.FoundIn(Contents(scene.Info("identity_key_file"))) != Names{});
}

TEST_CASE("secrets: a day of faults on Okta's side, with somebody in between who throws everything back",
          "[secrets]") {
  Day day;
  Scene& scene = day.scene;
  scene.Configure("/okta/page_size", 10);
  day.Everything("plan");
  day.Everything("sync");
  const std::string somebody = scene.At(3).id;
  for (const bool dpop : {false, true}) {
    INFO("DPoP " << dpop);
    scene.Okta("dpop", {{"dpop_bound_access_tokens", dpop}, {"resource_nonce", dpop}});
    scene.Configure("/okta/dpop", dpop ? "always" : "auto");
    const auto throw_back = [&](const std::string& path, const std::string& place, int status) {
      scene.Okta("fault",
                 {{"path", path}, {"kind", "echo"}, {"status", status}, {"text", place}, {"times", 1}});
      scene.Okta("fault",
                 {{"path", path}, {"kind", "echo"}, {"status", status}, {"text", place}, {"times", 1}});
      // The single reads of one person are made by explain.
      if (path == "/users/") {
        day.Do({"explain", somebody, "--one-shot", "--verbose", status == 403 ? "--json" : "--no-color"});
      } else {
        day.Do({"sync", "--verbose", status == 403 ? "--json" : "--no-color"});
      }
      scene.Okta("clear_faults");
    };
    for (const char* path : {"/oauth2/v1/token", "/api/v1/apps/[^/]*$", "/users\\?", "/users/"}) {
      for (const int status : {400, 401, 403}) throw_back(path, "", status);
      for (const char* place : {"html", "header", "cut"}) throw_back(path, place, 401);
    }
  }
  CHECK_FALSE(day.Secrets()["assertions"].empty());
  CHECK_FALSE(day.Secrets()["proofs"].empty());
  CHECK_FALSE(day.Secrets()["tokens"].empty());
  CHECK(day.bytes() > 50'000);
  day.Search();
}

TEST_CASE("secrets: a day of a daemon with everything that it can be asked", "[secrets]") {
  Day day;
  Scene& scene = day.scene;
  const std::string socket = scene.Dir() + "/canary.sock";
  const std::string saved = scene.Dir() + "/saved.json";
  const auto daemon = scene.Begin("run", {"--socket", socket, "--verbose"});
  const auto settled = [](const auto& record) { return record.Requests("auth", "EmitAuditEvent") > 0; };
  scene.Await("the first sync is at its end", settled);
  const auto ask = [&](Strings words) {
    words.insert(words.end(), {"--socket", socket});
    return day.Do(words);
  };
  scene.Okta("unassign", {{"count", 15}});  // held
  scene.Okta("revoke_tokens");
  scene.Okta("fault", {{"path", "/oauth2"}, {"kind", "echo"}, {"status", 400}});
  for (const bool as_json : {true, false}) {
    const auto asked = [&](Strings words) {
      if (as_json) words.push_back("--json");
      return ask(words);
    };
    asked({"sync"});
    const harness::Finished plan = asked({"plan"});
    if (as_json) std::ofstream(saved) << plan.out;
    asked({"status"});
    asked({"report"});
    asked({"show", saved});
    asked({"explain", scene.At(1).id});
    asked({"explain", scene.At(2).name});
    asked({"jwks"});
    asked({"jwks", "--single"});
    asked({"check-config"});
  }
  const json plan = json::parse(Contents(saved), nullptr, false);
  REQUIRE(plan.is_object());
  REQUIRE_FALSE(plan["held"].empty());
  scene.PromiseAll(plan);
  ask({"approve", "--yes", "--plan", saved});
  day.Keep("the saved plan", Contents(saved));
  // As any client of the socket gets it, and an answer to nonsense.
  for (const std::string request :
       {"GET /v1/status", "GET /v1/report", "GET /v1/explain?who=x", "POST /v1/approve"}) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    REQUIRE(socket.size() < sizeof(address.sun_path));
    std::memcpy(address.sun_path, socket.c_str(), socket.size());
    REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    const std::string text = request + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    REQUIRE(::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
    std::string answer;
    char buffer[4096];
    for (ssize_t got; (got = ::read(fd, buffer, sizeof(buffer))) > 0;)
      answer.append(buffer, static_cast<size_t>(got));
    ::close(fd);
    CHECK_THAT(answer, Contains("HTTP/1.1 "));
    day.Keep("the socket's answer to " + request, answer);
  }
  daemon->Signal(SIGTERM);
  day.Keep("run", daemon->Wait());
  CHECK(day.bytes() > 50'000);
  day.Search();
}

TEST_CASE("secrets: keys in the wrong places of the configuration are not told by the errors", "[secrets]") {
  Day day(1);
  Scene& scene = day.scene;
  const std::string key_file = scene.Info("private_key_file");
  const std::string pem = Contents(key_file);
  const std::string one_line = [&pem] {
    std::string text = pem;
    text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
    return text;
  }();
  for (const std::string& key : {pem, one_line}) {
    // The errors come all at once.
    for (const char* place :
         {"/okta/org_url", "/okta/app_id", "/okta/org_id", "/okta/client_id", "/okta/key_id",
          "/okta/private_key_file", "/okta/ca_file", "/okta/dpop", "/okta/page_size", "/okta/idle_timeout",
          "/teleport/address", "/teleport/identity/key_file", "/teleport/identity/cert_file",
          "/teleport/identity/ca_file", "/users/default_role", "/users/connector/type",
          "/users/connector/name", "/sync/interval"}) {
      scene.Configure(place, key);
    }
    scene.Configure("/okta/scopes", json::array({key}));
    day.Everything("check-config");
    for (const char* place : {"/okta/other_keys", "/users/roles_by_attribute", "/users/roles_by_group"}) {
      scene.Configure(place, {{key, "x"}, {"y", key}});
    }
    day.Everything("check-config");
    scene.RestoreConfig();
    // One that is good but for the place of a file's name.
    for (const char* place : {"/okta/private_key_file", "/okta/ca_file", "/teleport/identity/key_file"}) {
      scene.Configure(place, key);
      day.Do({"sync", "--verbose"});
      scene.RestoreConfig();
    }
    json with_key = scene.Config();
    with_key["okta"][key] = "x";
    with_key[key] = with_key["okta"];
    const std::string file = scene.Dir() + "/odd.yaml";
    std::ofstream(file) << with_key.dump(1);
    day.Do({"check-config", "--config", file});
    // Pasted as it is, after the key of an entry, and in place of the whole file.
    std::ofstream(file) << "okta:\n  private_key_file: " << key << "\n";
    day.Do({"check-config", "--config", file});
    std::ofstream(file) << "okta:\n  private_key_file: |\n" << key << "\n";
    day.Do({"check-config", "--config", file});
    std::ofstream(file) << key;
    day.Do({"check-config", "--config", file});
    std::ofstream(file) << "okta: &" << key << "\nteleport: *" << key << "\n";
    day.Do({"check-config", "--config", file});
    std::ofstream(file) << "okta: !" << key << " x\n";
    day.Do({"check-config", "--config", file});
  }
  // A key's file where another one belongs.
  for (const char* place : {"/okta/ca_file", "/teleport/identity/cert_file", "/teleport/identity/ca_file"}) {
    scene.Configure(place, key_file);
    day.Do({"sync", "--verbose"});
    scene.RestoreConfig();
  }
  scene.Configure("/okta/private_key_file", scene.Info("identity_cert_file"));
  day.Do({"sync"});
  scene.RestoreConfig();
  const std::string broken = scene.Dir() + "/broken.pem";
  std::ofstream(broken) << pem.substr(0, pem.size() / 2);
  REQUIRE(::chmod(broken.c_str(), 0600) == 0);
  scene.Configure("/okta/private_key_file", broken);
  day.Do({"sync", "--verbose"});
  day.Do({"jwks"});
  scene.RestoreConfig();
  for (const Strings& words : std::vector<Strings>{{"show", key_file},
                                                   {"show", key_file, "--json"},
                                                   {"approve", "--yes", "--plan", key_file},
                                                   {"sync", "--plan", key_file},
                                                   {"check-config", "--config", key_file}}) {
    CHECK(day.Do(words).exit_code != 0);
  }
  CHECK(day.bytes() > 10'000);
  day.Search();
}

TEST_CASE("secrets: a Teleport that refuses, and a proxy that wants other credentials", "[secrets]") {
  Day day;
  Scene& scene = day.scene;
  for (const char* call : {"ListUsers", "CreateUser", "AcquireSemaphore", "GetLocks", "UpsertLock", "Ping"}) {
    scene.Auth("fault", {{"call", call},
                         {"kind", "code"},
                         {"code", "PERMISSION_DENIED"},
                         {"message", "access denied to " + Contents(scene.Info("identity_cert_file"))}});
    day.Do({"sync", "--verbose"});
    scene.Auth("clear_faults");
  }
  // The identity of another cluster, and one that has run out.
  for (const char* who : {"foreign", "expired"}) {
    const std::string file = scene.Dir() + "/" + who;
    day.AddKey(std::string(who) + " key", file + ".key");
    scene.Configure("/teleport/identity/key_file", file + ".key");
    day.Do({"sync", "--verbose"});
    if (std::filesystem::exists(file + ".crt"))
      scene.Configure("/teleport/identity/cert_file", file + ".crt");
    day.Do({"sync", "--verbose"});
    scene.RestoreConfig();
  }

  const std::string password = "canary-password-0123456789";
  day.AddCanary("the proxy's password", password);
  day.AddCanary("the proxy's credentials", "canary-user:" + password);
  {
    const RefusingProxy proxy;
    const std::string url = "http://canary-user:" + password + "@127.0.0.1:" + std::to_string(proxy.port());
    ::setenv("no_proxy", "", 1);
    // Side by side: each tries several times.
    std::vector<std::pair<std::string, std::unique_ptr<harness::Process>>> running;
    for (const std::string& value : {url, "http://canary-user:" + password + "@127.0.0.1:1",
                                     "http://canary-user:" + password + "@no-such-host.invalid:3128",
                                     "socks5://canary-user:" + password + "@127.0.0.1:1",
                                     "://canary-user:" + password + "@", "http://canary-user:" + password}) {
      ::setenv("https_proxy", value.c_str(), 1);
      Strings line = scene.CommandLine("sync", {"--verbose"});  // with --json
      running.emplace_back("sync --json", std::make_unique<harness::Process>(line));
      line.erase(std::find(line.begin(), line.end(), "--json"));
      running.emplace_back("sync", std::make_unique<harness::Process>(line));
    }
    for (const auto& [title, process] : running) day.Keep(title, process->Wait());
    ::unsetenv("https_proxy");
    ::unsetenv("no_proxy");
    CHECK(proxy.asked() > 0);
  }
  CHECK(day.bytes() > 10'000);
  day.Search();
}

TEST_CASE(
    "secrets: a join that is refused with the token in the refusal, one that works, and doctor's findings",
    "[secrets]") {
  Day day;
  Scene& scene = day.scene;
  const std::string pin = scene.Info("ca_pin");
  const std::string identity = UseIdentityFile(scene);
  const std::string token_file = TokenFile(scene);
  std::string token = Contents(token_file);
  token.pop_back();
  day.AddCanary("the join token", token);
  const auto join = [&](const std::string& with, const Strings& more = {}) {
    Strings words = {"join", "--verbose", "--ca-pin", pin};
    if (!with.empty()) words.insert(words.end(), {"--token-file", with});
    words.insert(words.end(), more.begin(), more.end());
    return day.Do(words);
  };
  for (const std::string code : {"PERMISSION_DENIED", "NOT_FOUND", "INVALID_ARGUMENT", "UNAUTHENTICATED"}) {
    for (const std::string& said : {token, "the token \"" + token + "\" is expired or not found"}) {
      scene.Auth("fault",
                 {{"call", "RegisterUsingToken"}, {"kind", "code"}, {"code", code}, {"message", said}});
      CHECK(join(token_file, {code == "NOT_FOUND" ? "--json" : "--no-color"}).exit_code != 0);
      scene.Auth("clear_faults");
    }
  }
  // In the place of other things.
  CHECK(day.Do({"join", "--token-file", token_file, "--ca-pin", token}).exit_code != 0);
  CHECK(day.Do({"join", "--token-file", token, "--ca-pin", pin}).exit_code != 0);
  scene.Configure("/teleport/identity", {{"file", token}});
  CHECK(day.Do({"join", "--token-file", token_file + ".none", "--ca-pin", pin}).exit_code != 0);
  scene.Configure("/teleport/identity", {{"file", identity}});
  CHECK(join(scene.Info("private_key_file")).exit_code != 0);
  {
    const Variable variable("OKTASYNC_JOIN_TOKEN", token);
    CHECK(join("").exit_code == 0);
  }
  day.AddKey("the joined identity's key", identity);
  day.Spare(PublicPart(Contents(identity)));
  day.Everything("sync");

  for (const char* path : {"/oauth2/v1/token", "/api/v1/apps/[^/]*$", "/users\\?"}) {
    scene.Okta("fault", {{"path", path}, {"kind", "echo"}, {"status", 401}, {"times", -1}});
    day.Everything("doctor");
    scene.Okta("clear_faults");
  }
  scene.Configure("/okta/dpop", "always");
  day.Everything("doctor");
  CHECK(day.bytes() > 20'000);
  day.Search();
}

// As wide as it may be; ASan sets it to 0 by itself unless it is told not to.
class CoresAllowed {
 public:
  CoresAllowed() : place_(std::filesystem::current_path()) {
    ::getrlimit(RLIMIT_CORE, &before_);
    const rlimit most = {before_.rlim_max, before_.rlim_max};
    ::setrlimit(RLIMIT_CORE, &most);
    if (const char* options = std::getenv("ASAN_OPTIONS")) options_ = options;
    ::setenv("ASAN_OPTIONS", (options_ + ":disable_coredump=0:quarantine_size_mb=1").c_str(), 1);
  }
  ~CoresAllowed() {
    ::setrlimit(RLIMIT_CORE, &before_);
    ::setenv("ASAN_OPTIONS", options_.c_str(), 1);
    std::filesystem::current_path(place_);
  }

 private:
  rlimit before_ = {};
  std::string options_;
  const std::filesystem::path place_;
};

TEST_CASE(
    "secrets: an aborted daemon leaves no core, but with --allow-core-dumps, and that one holds the keys",
    "[secrets]") {
  Day day;
  Scene& scene = day.scene;
  const std::string folder = scene.Dir() + "/cores";
  std::filesystem::create_directory(folder);
  const auto abort_one = [&](const Strings& more) {
    const CoresAllowed allowed;
    Strings words = {"--verbose"};
    words.insert(words.end(), more.begin(), more.end());
    std::filesystem::current_path(folder);
    const auto daemon = scene.Begin("run", words);
    // The key has signed, and a token is at hand. Not the end of the sync: the lease is still that of the one before.
    scene.Await("the app is read",
                [](const auto& record) { return record.Requests("okta", "/api/v1/apps/") > 0; });
    daemon->Signal(SIGABRT);
    harness::Finished finished = daemon->Wait();
    CHECK(finished.exit_code == 128 + SIGABRT);
    day.Keep("run, aborted", finished);
    return finished;
  };

  CHECK_FALSE(abort_one({}).core);
  CHECK(std::filesystem::is_empty(folder));
  day.Search();

  // That a core would hold them, were there one: else the check above proved nothing.
  if (!abort_one({"--allow-core-dumps"}).core) {
    WARN("this machine makes no cores, so what one would hold is not looked at");
    return;
  }
  if (std::filesystem::is_empty(folder)) {
    WARN(
        "this machine puts cores elsewhere (/proc/sys/kernel/core_pattern), so what one holds is not looked "
        "at");
    return;
  }
  day.Search();  // with the tokens of that run
  Names found;
  // Piece by piece, up to the first: it is large.
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream core(entry.path(), std::ios::binary);
    std::string piece(size_t{8} << 20, '\0');
    while (found.empty() && core.read(piece.data(), static_cast<std::streamsize>(piece.size()))) {
      found = day.canaries().FoundIn(piece);
    }
  }
  CHECK(found != Names{});
}

}  // namespace
}  // namespace integration
