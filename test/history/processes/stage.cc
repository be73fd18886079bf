#include "history/processes/stage.h"

#include <poll.h>
#include <signal.h>

#include <filesystem>

#include "harness/secret_lines.h"

namespace history {
namespace {

using Json = nlohmann::json;

constexpr double kLongestRun = 180;  // seconds, under sanitizers and beside other tests

}  // namespace

Stage::Stage(const harness::Programs& programs, const Settings& settings)
    : dir_(harness::MakeDirectory("history")) {
  world_ = std::make_unique<playground::Client>(
      programs.playground, std::vector<std::string>{"--users", "0", "--seed", "7", "--dir", dir_});
  product_ = std::make_unique<harness::Product>(programs, *world_);
  source_ = world_->Info("org_id") + "/" + world_->Info("app_id");
  org_url_ = world_->Info("okta_url");
  app_id_ = world_->Info("app_id");
  secrets_ = harness::SecretLines({world_->Info("private_key_file"), world_->Info("identity_key_file")});
  WriteConfig(settings);
  for (const char* role : {kEngineerRole, "night-shift"}) Auth("put_role", {{"name", role}});
  Auth("clock_offset", {{"seconds", absl::ToDoubleSeconds(settings.server_ahead)}});
}

Stage::~Stage() {
  world_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

void Stage::WriteConfig(const Settings& settings) {
  Json config = harness::FirstConfig(*world_);
  config["okta"]["page_size"] = settings.page_size;
  config["users"]["default_role"] = kDefaultRole;
  config["users"]["roles_by_attribute"] = {{"department=Eng", kEngineerRole}};
  config["users"]["suspended"] = settings.lock_suspended ? "lock" : "ignore";
  config["users"]["adopt"] = settings.adopt;
  config["guard"]["least"] = settings.guard_least;
  product_->UseConfig(dir_ + "/config.json", config);
}

Json Stage::Okta(const std::string& command, const Json& args) const {
  return world_->Post("/okta/" + command, args);
}

Json Stage::Auth(const std::string& command, const Json& args) const {
  return world_->Post("/auth/" + command, args);
}

bool Stage::Try(const std::string& side, const std::string& command, const Json& args) const {
  try {
    world_->Post("/" + side + "/" + command, args);
    return true;
  } catch (const playground::PlaygroundError&) {
    return false;
  }
}

Stage::Ended Stage::Look(const std::string& command, const harness::Finished& finished, bool may_be_killed) {
  Ended ended;
  ended.exit_code = finished.exit_code;
  const std::string text = finished.out + finished.err;
  const auto odd = [&](const std::string& why) {
    odd_.push_back("0: `oktasync " + command + "` " + why + " (exit " + std::to_string(finished.exit_code) +
                   "): " + text.substr(0, 6000));
  };
  for (const std::string& secret : harness::SecretsIn(text, secrets_))
    odd_.push_back("15: `oktasync " + command + "` printed " + secret);
  if (ended.Killed() && may_be_killed) return ended;
  ended.report = Json::parse(finished.out, nullptr, false);
  if (ended.report.is_discarded()) ended.report = nullptr;
  if (text.find("Sanitizer") != std::string::npos || text.find("runtime error: ") != std::string::npos) {
    odd("did what it must not");
  } else if (finished.exit_code != 0 && finished.exit_code != 1 && finished.exit_code != 3 &&
             finished.exit_code != 130) {
    odd("ended as it should not");
  }
  return ended;
}

Stage::Ended Stage::RunWith(const Blow& blow, const std::vector<std::string>& more) {
  harness::Process process(product_->CommandLine("sync", more), true);
  const bool kills = blow.kind == Blow::Kind::kKillBefore || blow.kind == Blow::Kind::kKillAfter;
  Json order = Json::object();
  if (kills) {
    order = {{"pid", process.pid()},
             {"at", blow.request},
             {"moment", blow.kind == Blow::Kind::kKillAfter ? "after" : "before"}};
  }
  world_->Post("/kill", order);
  process.Go();
  bool stopped = false;
  if (blow.kind == Blow::Kind::kStop) {
    // It may be over before it has asked so often; then nothing happens to it.
    for (int look = 0; look < 400 && !stopped; ++look) {
      stopped = world_->Get("/kill").at("requests").get<uint64_t>() >= blow.request;
      if (!stopped) ::poll(nullptr, 0, 5);
    }
    if (stopped) process.Signal(SIGTERM);
  }
  Ended ended = Look("sync", process.Wait(kLongestRun), kills);
  ended.struck = kills ? world_->Get("/kill").at("struck").get<bool>() : stopped;
  return ended;
}

std::pair<Stage::Ended, Stage::Ended> Stage::RunTwo() {
  world_->Post("/kill", Json::object());
  harness::Process one(product_->CommandLine("sync"));
  harness::Process two(product_->CommandLine("sync"));
  Ended first = Look("sync", one.Wait(kLongestRun), false);
  return {std::move(first), Look("sync", two.Wait(kLongestRun), false)};
}

Stage::Ended Stage::Plan() {
  world_->Post("/kill", Json::object());  // what was ordered for an earlier run and did not strike
  harness::Process process(product_->CommandLine("plan"));
  return Look("plan", process.Wait(kLongestRun), false);
}

}  // namespace history
