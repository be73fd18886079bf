#include "demo/stage.h"

#include <unistd.h>

#include <cstdio>

namespace demo {
namespace {

bool Colour() {
  static const bool colour = isatty(STDOUT_FILENO) == 1;
  return colour;
}

std::string Paint(const char* code, const std::string& text) {
  return Colour() ? "\033[" + std::string(code) + "m" + text + "\033[0m" : text;
}

}  // namespace

Stage::Stage(const harness::Programs& programs, int people) {
  std::printf("Starting an Okta org and a Teleport auth service on this machine …\n");
  std::fflush(stdout);
  world_ = std::make_unique<playground::Client>(
      programs.playground, std::vector<std::string>{"--users", std::to_string(people), "--seed", "7"});
  product_ = std::make_unique<harness::Product>(programs, *world_);
  // Teleport's listings lag its writes; the auth service that was measured did so by half a second and more.
  world_->Post("/auth/lag", {{"seconds", 0.4}});
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

const harness::RunResult& Stage::Sync() {
  ++runs_;
  last_ = product_->Run("sync");
  std::string line = "$ oktasync sync  → exit " + std::to_string(last_.process.exit_code);
  if (!last_.report.is_object()) {
    line += ", no report:\n" + last_.process.err;
  } else {
    for (const char* what : {"seen", "unchanged", "created", "updated", "removed", "locked", "lifted", "held",
                             "kept", "failed"}) {
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
  const std::string source = world_->Info("org_id") + "/" + world_->Info("app_id");
  Scene("     ", "The whole day, by the playground's own record");
  const std::vector<std::string> broken = harness::BrokenInvariants(record, source);
  for (const std::string& sentence : broken) Show(sentence);
  Check(broken.empty(),
        "every write found and left only what is ours; every delete follows a lock that outlives it "
        "by 30 hours; every removal follows a single read of that person within a minute");
  const int exit_code = world_->Stop();
  Check(exit_code == 0, "the playground ended cleanly");
  std::printf("\n%d scenes, %d runs of oktasync, %zu entries in the record, %d effects checked, %d wrong.\n",
              scenes_, runs_, record.size(), checks_, failed_);
  return failed_ == 0 ? 0 : 1;
}

}  // namespace demo
