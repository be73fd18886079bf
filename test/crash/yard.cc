#include "crash/yard.h"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "harness/secret_lines.h"

namespace crash {

using nlohmann::json;

Yard::Yard(const harness::Programs& programs, int people) : dir_(harness::MakeDirectory("crash")) {
  world_ = std::make_unique<playground::Client>(
      programs.playground,
      std::vector<std::string>{"--users", std::to_string(people), "--seed", "7", "--dir", dir_});
  product_ = std::make_unique<harness::Product>(programs, *world_);
  secrets_ = harness::SecretLines({world_->Info("private_key_file"), world_->Info("identity_key_file")});
  for (const json& person : world_->Post("/okta/people")) {
    world_->Post("/okta/set_status", {{"id", person["id"]}, {"user_status", "ACTIVE"}});
  }
}

Yard::~Yard() {
  world_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

void Yard::Configure(int guard_least, const std::string& suspended) {
  json config = harness::FirstConfig(*world_);
  config["users"]["suspended"] = suspended;
  config["guard"]["least"] = guard_least;
  product_->UseConfig(dir_ + "/config.json", config);
}

Ended Yard::RunKilled(const std::vector<std::string>& words, KillPoint point) {
  std::vector<std::string> more(words.begin() + 1, words.end());
  const bool daemon = words.at(0) == "run";
  if (daemon) more.insert(more.end(), {"--socket", dir_ + "/daemon.sock"});
  const uint64_t began = world_->RecordEnd();
  harness::Process process(product_->CommandLine(words.at(0), more), true);
  json order = json::object();
  if (point.number > 0) {
    order = {{"pid", process.pid()}, {"at", point.number}, {"moment", point.after ? "after" : "before"}};
  }
  world_->Post("/kill", order);
  process.Go();
  if (daemon) {
    AwaitSync(began);
    process.Signal(SIGTERM);
  }
  const harness::Finished finished = process.Wait(120);
  const json shown = world_->Get("/kill");
  Ended ended;
  ended.exit_code = finished.exit_code;
  ended.report = json::parse(finished.out, nullptr, false);
  if (ended.report.is_discarded()) ended.report = nullptr;
  ended.err = finished.err;
  ended.secrets = harness::SecretsIn(finished.out + finished.err, secrets_);
  ended.requests = shown["requests"];
  ended.killed = shown["struck"];
  ended.killed_at = shown["call"];
  return ended;
}

void Yard::AwaitSync(uint64_t since) const {
  constexpr int kPatience = 3000;
  for (int polls = 0; polls < kPatience; ++polls) {
    if (world_->Get("/kill").at("struck").get<bool>()) return;
    const json entries = world_->Record(since);
    if (std::any_of(entries.begin(), entries.end(),
                    [](const json& entry) { return entry["kind"] == "audit"; }))
      return;
    ::poll(nullptr, 0, 20);
  }
  throw std::runtime_error("the daemon has not synced within a minute");
}

void Yard::Save(const std::string& name) const {
  world_->Post("/okta/save", {{"name", name}});
  world_->Post("/auth/save", {{"name", name}});
}

void Yard::Restore(const std::string& name) const {
  world_->Post("/okta/restore", {{"name", name}});
  world_->Post("/auth/restore", {{"name", name}});
}

json Yard::Users() const {
  json users = json::object();
  const json all = world_->Post("/auth/users");
  for (const json& user : all.at("users")) {
    json kept;
    for (const char* what : {"labels", "roles", "traits"}) kept[what] = user.value(what, json());
    kept["connector"] =
        user.value("created_by", json::object()).value("connector", json::object()).value("id", "");
    users[user["name"].get<std::string>()] = std::move(kept);
  }
  return users;
}

json Yard::State() const {
  json locks = json::object();
  const json all = world_->Post("/auth/locks");
  for (const json& lock : all.at("locks")) {
    if (!lock.at("in_force").get<bool>()) continue;
    locks[lock["target"].value("user", "") + " for " + lock["labels"].value("oktasync/okta-user-id", "")] =
        lock["expires"].is_null() ? "without end" : "with an end";
  }
  return {{"users", Users()}, {"locks", std::move(locks)}};
}

std::vector<std::string> Yard::Present() const {
  std::vector<std::string> names;
  for (const json& person : world_->Post("/okta/people")) {
    if (person["status"] == "ACTIVE" && !person["assignment_status"].is_null())
      names.push_back(person["user_name"]);
  }
  std::sort(names.begin(), names.end());
  return names;
}

json Yard::World() const {
  json locks = json::object();
  const json all = world_->Post("/auth/locks");
  for (const json& lock : all.at("locks")) {
    // Of which plan its approval is matters to that very plan alone, and each process has one of its own.
    json labels = lock["labels"];
    labels.erase("oktasync/planned");
    locks[lock["name"].get<std::string>()] = {{"target", lock["target"]},
                                              {"labels", labels},
                                              {"in_force", lock["in_force"]},
                                              {"ends", !lock["expires"].is_null()}};
  }
  return {{"users", Users()}, {"locks", std::move(locks)}};
}

}  // namespace crash
