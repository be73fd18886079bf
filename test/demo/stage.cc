#include "demo/stage.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace demo {
namespace {

bool Colour() {
  static const bool colour = isatty(STDOUT_FILENO) == 1;
  return colour;
}

std::string Paint(const char* code, const std::string& text) {
  return Colour() ? "\033[" + std::string(code) + "m" + text + "\033[0m" : text;
}

constexpr double kLagSeconds = 0.4;

}  // namespace

Stage::Stage(const harness::Programs& programs, int people) : people_(people) {
  std::printf("Starting an Okta org and a Teleport auth service on this machine …\n");
  std::fflush(stdout);
  world_ = std::make_unique<playground::Client>(
      programs.playground, std::vector<std::string>{"--users", std::to_string(people), "--seed", "7"});
  product_ = std::make_unique<harness::Product>(programs, *world_);
  // Teleport's listings lag its writes; the auth service that was measured did so by half a second and more.
  world_->Post("/auth/lag", {{"seconds", kLagSeconds}});
  std::printf("  Okta      %s  (app %s, %d people assigned)\n", world_->Info("okta_url").c_str(),
              world_->Info("app_id").c_str(), people);
  std::printf("  Teleport  %s  (cluster %s)\n", world_->Info("auth_address").c_str(),
              world_->Info("cluster").c_str());
  std::printf("  oktasync  a process of its own at each step, which loads oktasync_plugin.so\n");
}

void Stage::Scene(const std::string& clock, const std::string& title) {
  ++scenes_;
  std::printf("\n%s  %s\n", Paint("36", clock).c_str(), Paint("1", title).c_str());
  std::fflush(stdout);
  scene_began_ = world_->RecordEnd();
}

void Stage::Tell(const std::string& sentence) const { std::printf("       %s\n", sentence.c_str()); }

void Stage::Show(const std::string& line) const { std::printf("       %s\n", Paint("2", line).c_str()); }

const harness::RunResult& Stage::Run(const std::vector<std::string>& words) {
  ++runs_;
  // A day's runs are not so close to each other that one would see what Teleport's listings had not caught up with.
  std::this_thread::sleep_for(std::chrono::duration<double>(kLagSeconds + 0.1));
  last_ = product_->Run(words.at(0), {words.begin() + 1, words.end()});
  std::string line = "$ oktasync";
  for (const std::string& word : words) line += " " + word;
  line += "  → exit " + std::to_string(last_.process.exit_code);
  if (!last_.report.is_object()) {
    line += ", no report:\n" + last_.process.err;
  } else {
    for (const char* what : {"seen", "unchanged", "created", "updated", "removed", "locked", "lifted",
                             "renamed", "quarantined", "held", "kept", "failed"}) {
      if (const uint64_t count = last_.Count(what); count > 0)
        line += ", " + std::to_string(count) + " " + what;
    }
    if (!last_.report["error"].is_null()) {
      line += "\n       " + last_.report["error"].value("message", std::string());
    }
  }
  std::printf("       %s\n", line.c_str());
  std::fflush(stdout);
  return last_;
}

std::vector<nlohmann::json> Stage::Held(const std::string& kind) const {
  std::vector<nlohmann::json> sets;
  if (!last_.report.is_object()) return sets;
  for (const nlohmann::json& set : last_.report.at("held")) {
    if (set.at("kind") == kind) sets.push_back(set);
  }
  return sets;
}

const harness::RunResult& Stage::Approve(const std::string& kind) {
  const std::vector<nlohmann::json> sets = Held(kind);
  if (sets.size() != 1) throw std::runtime_error("there is not one held set of the kind " + kind);
  promises_.Approve(sets[0], {world_->RecordEnd()});
  return Run({"sync", "--approve", sets[0].value("digest", "")});
}

void Stage::Configure(const std::string& section, const std::string& line) {
  std::ifstream in(product_->config_file());
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const std::string head = section + ":\n";
  const size_t at = text.rfind("\n" + head);
  if (at == std::string::npos) {
    text += head + "  " + line + "\n";
  } else {
    text.insert(at + 1 + head.size(), "  " + line + "\n");
  }
  const std::string file = world_->Info("config_file") + "." + std::to_string(++configs_) + ".yaml";
  std::ofstream(file) << text;
  product_->UseConfig(file);
  Show("oktasync.yaml gets " + section + "." + line);
}

Stage::Host Stage::Start(const std::string& who) {
  ++runs_;
  Host host;
  host.socket = world_->Info("config_file") + "." + who + ".sock";
  host.process = std::make_unique<harness::Process>(product_->CommandLine("run", {"--socket", host.socket}));
  std::printf("       $ oktasync run &  (the %s host)\n", who.c_str());
  std::fflush(stdout);
  return host;
}

nlohmann::json Stage::Status(const Host& host) const {
  return product_->Run("status", {"--socket", host.socket}).report;
}

bool Stage::Await(const std::function<bool()>& holds, double seconds) const {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    ::poll(nullptr, 0, 20);
  }
  return true;
}

harness::RecordView Stage::Record() const { return harness::RecordView(*world_, scene_began_); }

void Stage::Check(bool held, const std::string& effect) {
  ++checks_;
  if (!held) ++failed_;
  std::printf("     %s %s\n", held ? Paint("32", "✓").c_str() : Paint("31", "✗ NOT SO:").c_str(),
              effect.c_str());
  std::fflush(stdout);
}

int Stage::Finish() {
  const nlohmann::json record = world_->Record(0);
  promises_.source = world_->Info("org_id") + "/" + world_->Info("app_id");
  promises_.roles = {"okta-requester"};
  promises_.keeps_foreign = true;
  promises_.LimitRemovals(std::max(10, people_ / 10));
  Scene("     ", "The whole day, by the playground's own record");
  const std::vector<std::string> broken = harness::BrokenInvariants(record, promises_);
  for (const std::string& sentence : broken) Show(sentence);
  Check(
      broken.empty(),
      "every write found and left only what is ours; every delete follows a lock that outlives it by 30 "
      "hours; every removal, rename and handover follows a single read within a minute that shows it; every "
      "create and every lift follows a read that shows the person present, or an approval; nobody was "
      "removed on a "
      "list that was not read to its end; what exceeds the guard's limit had an approval; no removed name "
      "passed to "
      "anybody else without one");
  const int exit_code = world_->Stop();
  Check(exit_code == 0, "the playground ended cleanly");
  std::printf("\n%d scenes, %d runs of oktasync, %zu entries in the record, %d effects checked, %d wrong.\n",
              scenes_, runs_, record.size(), checks_, failed_);
  return failed_ == 0 ? 0 : 1;
}

}  // namespace demo
