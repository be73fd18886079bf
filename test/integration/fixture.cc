#include "integration/fixture.h"

#include <poll.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>

namespace integration {
namespace {

using harness::RecordView;
using harness::RunResult;

Strings ServeArguments(const std::string& dir, int people, const Strings& more) {
  Strings arguments = {"--users", std::to_string(people), "--seed", "7", "--dir", dir};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

void Until(const std::string& what, double seconds, const std::function<bool()>& holds) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > give_up) FAIL("this never happened: " << what);
    ::poll(nullptr, 0, 5);
  }
}

}  // namespace

Scene::Scene(int people, const Strings& more) : dir_(harness::MakeDirectory("integration")), people_(people) {
  const harness::Programs programs = harness::ProgramsIn(harness::OwnFolder());
  world_ = std::make_unique<playground::Client>(programs.playground, ServeArguments(dir_, people, more));
  product_ = std::make_unique<harness::Product>(programs, *world_);
  secrets_ = SecretLines({Info("private_key_file"), Info("rsa_private_key_file"), Info("identity_key_file"),
                          dir_ + "/node.key", dir_ + "/expired.key", dir_ + "/foreign.key"});
  REQUIRE(secrets_.size() >= 6);
  config_ = first_config_ = harness::FirstConfig(*world_);
  promises_.source = Source();
  LimitRemovals();
}

Scene::~Scene() {
  try {
    const Strings broken = harness::BrokenInvariants(world_->Record(0), promises_);
    CHECK(broken == Strings{});
    CHECK(world_->Stop() == 0);
  } catch (const std::exception& e) {
    FAIL_CHECK("the playground cannot be asked at the end: " << e.what());
  }
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

json Scene::Okta(const std::string& command, const json& args) const {
  return world_->Post("/okta/" + command, args);
}

json Scene::Auth(const std::string& command, const json& args) const {
  return world_->Post("/auth/" + command, args);
}

std::string Scene::Save(const json& plan) const {
  const std::string file = dir_ + "/plan.json";
  std::ofstream(file) << plan.dump() << "\n";
  return file;
}

Strings Scene::CommandLine(const std::string& command, const Strings& more) const {
  Strings line = product_->CommandLine(command, more);
  if (command == "run" && std::find(more.begin(), more.end(), "--socket") == more.end()) {
    line.insert(line.end(), {"--socket", dir_ + "/run-" + std::to_string(++sockets_) + ".sock"});
  }
  return line;
}

void Scene::LimitRemovals() {
  const json guard = config_.value("guard", json::object());
  promises_.LimitRemovals(std::max(guard.value("least", 10), people_ * guard.value("percent", 10) / 100),
                          world_->RecordEnd());
}

void Scene::WriteConfig() {
  LimitRemovals();
  product_->UseConfig(dir_ + "/config-" + std::to_string(++configs_) + ".json", config_);
}

void Scene::Configure(const std::string& pointer, const json& value) {
  config_[json::json_pointer(pointer)] = value;
  WriteConfig();
}

void Scene::RestoreConfig() {
  config_ = first_config_;
  WriteConfig();
}

void Scene::CheckNoSecret(const harness::Finished& finished) const {
  CHECK(harness::SecretsIn(finished.out + finished.err, secrets_) == Strings{});
}

const RunResult& Scene::Run(const std::string& command, int exit_code, const Strings& more) {
  began_ = world_->RecordEnd();
  last_ = product_->Run(command, more);
  INFO("oktasync " << command << " says: " << Error() << "\n" << last_.process.err.substr(0, 4000));
  CHECK(last_.process.exit_code == exit_code);
  CheckNoSecret(last_.process);
  PromiseApproved(more);
  if (last_.report.is_object()) {
    for (const json& set : last_.report.value("held", json::array()))
      shown_[set.value("digest", std::string())] = set;
  }
  return last_;
}

void Scene::PromiseApproved(const Strings& words) {
  const harness::Stretch when{began_, RecordEnd()};
  std::map<std::string, json> known = shown_;
  Strings digests;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--approve") digests.push_back(words[i + 1]);
    if (words[i] != "--plan") continue;
    const json plan = json::parse(std::ifstream(words[i + 1]), nullptr, false);
    if (!plan.is_object() || !plan.contains("held") || !plan["held"].is_array()) continue;
    for (const json& set : plan["held"]) known[set.value("digest", std::string())] = set;
    // Its only one is approved without its name.
    const bool named = std::find(words.begin(), words.end(), "--approve") != words.end();
    if (!named && plan["held"].size() == 1) digests.push_back(plan["held"][0].value("digest", std::string()));
  }
  for (const std::string& digest : digests) {
    if (known.count(digest) > 0) promises_.Approve(known[digest], when);
  }
}

void Scene::PromiseAll(const json& report) {
  for (const json& set : report.at("held")) promises_.Approve(set, {RecordEnd()});
}

std::vector<json> Scene::Held(const std::string& kind) const {
  std::vector<json> sets;
  for (const json& set : last_.report.at("held")) {
    if (set["kind"] == kind) sets.push_back(set);
  }
  return sets;
}

const RunResult& Scene::Approve(const std::string& kind, int exit_code) {
  const std::vector<json> sets = Held(kind);
  REQUIRE(sets.size() == 1);
  return Run("sync", exit_code, {"--approve", sets[0]["digest"].get<std::string>()});
}

std::unique_ptr<harness::Process> Scene::Begin(const std::string& command, const Strings& more) {
  began_ = world_->RecordEnd();
  return std::make_unique<harness::Process>(CommandLine(command, more));
}

harness::Finished Scene::End(harness::Process& process, double seconds) const {
  harness::Finished finished = process.Wait(seconds);
  CheckNoSecret(finished);
  return finished;
}

void Scene::Await(const std::string& what, const std::function<bool(const RecordView&)>& holds,
                  double seconds) const {
  Until(what, seconds, [&] { return holds(Record()); });
}

void Scene::AwaitStruck(const std::string& call, int64_t times) const {
  Until("a fault struck " + call, 60, [&] {
    const json faults = Auth("faults").at("faults");
    return std::any_of(faults.begin(), faults.end(), [&](const json& fault) {
      return fault["call"] == call && fault["struck"].get<int64_t>() >= times;
    });
  });
}

std::string Scene::Error() const {
  if (!last_.report.is_object()) return last_.process.err;  // it ended before there was a run
  const json error = last_.report.value("error", json());
  return error.is_object() ? error.value("message", std::string()) : "";
}

std::string Scene::Notices() const {
  std::string text;
  for (const json& notice : last_.report.at("notices")) text += notice.get<std::string>() + "\n";
  return text;
}

std::string Scene::Reason(const std::string& outcome, const std::string& name) const {
  for (const json& line : last_.report.at("people")) {
    if (line["outcome"] == outcome && line["name"] == name) return line["reason"];
  }
  return "";
}

Person Scene::At(size_t n) const {
  for (const json& person : Okta("people")) {
    if (person["assignment_status"] != "ACTIVE" || person["status"] != "ACTIVE") continue;
    if (n == 0) return {person["id"], person["user_name"]};
    --n;
  }
  throw std::out_of_range("there are not so many people");
}

json Scene::User(const std::string& name) const { return Auth("user", {{"name", name}}).at("user"); }

std::string Scene::HolderOf(const std::string& name) const {
  const json user = User(name);
  return user.is_object() ? user["labels"].value("teleport.internal/okta-user-id", "") : "";
}

json Scene::LockOn(const std::string& name) const {
  const json locks = Auth("locks");
  for (const json& lock : locks.at("locks")) {
    if (lock["target"].value("user", "") == name && lock["in_force"].get<bool>()) return lock;
  }
  return nullptr;
}

Strings Scene::UserNames() const { return Auth("users", {{"brief", true}}).at("users"); }

void Scene::CheckShutOut(const Person& person) const {
  INFO(person.name << " (" << person.id << ")");
  constexpr double kThirtyHours = 30 * 3600;
  const RecordView record = Record();
  Strings steps;
  for (const json& entry : record.entries()) {
    if (entry["side"] != "auth") continue;
    const std::string kind = entry["kind"];
    const std::string call = entry.value("call", "");
    if (kind == "request" && call == "GetLocks" && !steps.empty()) {
      if (steps.back() != "GetLocks") steps.push_back("GetLocks");
      continue;
    }
    if (kind != "write") continue;
    const bool lock = call == "UpsertLock" && entry["after"]["target"].value("user", "") == person.name;
    if (lock) {
      const json& after = entry["after"];
      CHECK(after["expires"].get<double>() >= entry["at"].get<double>() + kThirtyHours);
      CHECK(after["metadata_expires"] == after["expires"]);
      CHECK(after["labels"]["oktasync/okta-user-id"] == person.id);
      CHECK(after["labels"]["oktasync/purpose"] == "leave");
    }
    if (lock || entry["name"] == person.name) steps.push_back(call);
  }
  // What the reads of others add behind the delete says nothing of this person.
  if (!steps.empty() && steps.back() == "GetLocks") steps.pop_back();
  CHECK(steps == Strings{"UpsertLock", "GetLocks", "DeleteUser"});
  CHECK(User(person.name).is_null());
  CHECK_FALSE(LockOn(person.name).is_null());
}

}  // namespace integration
