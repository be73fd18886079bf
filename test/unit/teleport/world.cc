#include "world.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "base/status.h"
#include "model/labels.h"

namespace oktasync::teleport {

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "oktasync-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::Write(const std::string& name, const std::string& text) const {
  const std::string path = Path(name);
  std::ofstream(path, std::ios::binary) << text;
  chmod(path.c_str(), 0600);
  return path;
}

std::string ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

namespace {

playground::AuthOptions In(const std::string& dir, playground::AuthOptions options) {
  options.dir = dir;
  return options;
}

}  // namespace

World::World(playground::AuthOptions options)
    : auth_(In(dir_.Path("auth"), std::move(options)), record_, kill_) {
  auth_.Start();
  identity_ = Read("identity");
}

Identity World::Read(const std::string& name, const std::string& ca) const {
  Identity identity;
  identity.key_pem = Secret(ReadText(dir_.Path("auth/" + name + ".key")));
  identity.cert_pem = ReadText(dir_.Path("auth/" + name + ".crt"));
  if (ca != "foreign-ca") identity.ca_pem += ReadText(dir_.Path("auth/host-ca.pem"));
  if (ca != "host-ca") identity.ca_pem += ReadText(dir_.Path("auth/foreign-ca.pem"));
  return identity;
}

ClientOptions World::Options() {
  ClientOptions options;
  options.address = address();
  options.identity = [this]() -> absl::StatusOr<Identity> {
    std::lock_guard lock(mutex_);
    ++asked_;
    return identity_;
  };
  return options;
}

std::unique_ptr<Client> World::NewClient(ClientOptions options) {
  auto client = MakeClient(std::move(options), SystemClock(), NullLog());
  if (!client.ok()) throw std::runtime_error(Describe(client.status()));
  return *std::move(client);
}

nlohmann::json World::Control(const std::string& command, const nlohmann::json& args) {
  nlohmann::json answer = auth_.Control(command, args);
  if (answer.contains("error")) throw std::runtime_error(answer.dump());
  return answer;
}

std::vector<nlohmann::json> World::Entries(const std::string& side, const std::string& kind) const {
  std::vector<nlohmann::json> out;
  for (const auto& entry : record_.Since(0)) {
    if (entry["side"] == side && entry["kind"] == kind) out.push_back(entry);
  }
  return out;
}

int World::Requests(const std::string& call) const {
  int count = 0;
  for (const nlohmann::json& entry : record_.Since(0)) {
    if (entry.value("kind", "") == "request" && entry.value("call", "") == call) ++count;
  }
  return count;
}

bool World::Struck(size_t index) {
  return Eventually([&] { return Control("faults")["faults"].at(index).value("struck", 0) > 0; });
}

std::vector<std::string> World::Connections() const {
  std::vector<std::string> out;
  for (const nlohmann::json& entry : record_.Since(0)) {
    if (entry.value("kind", "") == "connection") out.push_back(entry.value("outcome", ""));
  }
  return out;
}

void World::UseIdentity(Identity identity) {
  std::lock_guard lock(mutex_);
  identity_ = std::move(identity);
}

int World::identity_asked() const {
  std::lock_guard lock(mutex_);
  return asked_;
}

UserRecord NewUser(const std::string& name) {
  UserRecord user;
  user.name = name;
  user.labels = {{std::string(labels::kOrigin), std::string(labels::kOriginOkta)},
                 {std::string(labels::kOrg), "https://example.okta.com"},
                 {std::string(labels::kSource), "00o1/0oa1"},
                 {std::string(labels::kOktaUserId), "00u1"}};
  user.roles = {"access"};
  user.traits = {{"okta/email", {name}}, {"okta/teams", {"red", "blue"}}};
  user.connector = {"saml", "okta", name};
  user.created_by_user = "system";
  return user;
}

LockRecord NewLock(const std::string& name, const std::string& user) {
  LockRecord lock;
  lock.name = name;
  lock.user = user;
  lock.labels = {{std::string(labels::kOrigin), std::string(labels::kOriginOkta)},
                 {std::string(labels::kPurpose), "leave"}};
  lock.message = "left";
  lock.expires = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now())) + absl::Hours(31);
  lock.record_expires = lock.expires;
  return lock;
}

bool Eventually(const std::function<bool()>& condition) {
  const Stopwatch watch;
  while (!condition()) {
    if (watch.seconds() > 30) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

RunningTime::RunningTime() {
  ticker_ = std::thread([this] {
    while (!stop_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      ++ticks_;
    }
  });
}

RunningTime::~RunningTime() {
  stop_ = true;
  ticker_.join();
}

std::string Lacks(const absl::Status& status, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    if (Message(status).find(part) == std::string::npos)
      return "\"" + part + "\" is not in: " + Describe(status);
  }
  return "";
}

}  // namespace oktasync::teleport
