// What the integration tests share: a playground of its own for each test, and the product run against it as a
// process of its own.
//
// Every test ends with the question whether the invariants of the promise held in the playground's record, and
// after every run its output is searched for secrets; both are Catch2 assertions made in here. Not
// thread-safe; a Scene lives on the test's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/invariants.h"
#include "harness/product.h"
#include "harness/record_view.h"
#include "harness/secret_lines.h"
#include "playground/client.h"

namespace integration {

using nlohmann::json;
using Strings = std::vector<std::string>;
using harness::AsStored;
using harness::SecretLines;

struct Person {
  std::string id;
  std::string name;
};

class Scene {
 public:
  // So many people are assigned; `more` goes to `oktasync-playground serve`.
  explicit Scene(int people = 60, const Strings& more = {});
  ~Scene();
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  // Control commands. They throw when the playground refuses.
  json Okta(const std::string& command, const json& args = json::object()) const;
  json Auth(const std::string& command, const json& args = json::object()) const;
  std::string Info(const std::string& key) const { return world_->Info(key); }
  // "<org id>/<app id>": the label oktasync/source of what is ours.
  std::string Source() const { return Info("org_id") + "/" + Info("app_id"); }
  std::string Dir() const { return dir_; }
  // A report as an admin saves a plan: the file.
  std::string Save(const json& plan) const;

  // Sets one value of the configuration for the runs that follow: Configure("/okta/page_size", 20).
  void Configure(const std::string& pointer, const json& value);
  void RestoreConfig();
  const json& Config() const { return config_; }
  void UseConfigFile(const std::string& file) { product_->UseConfig(file); }
  // `run` gets a control socket of its own, for a second one at the default path would be refused.
  Strings CommandLine(const std::string& command, const Strings& more = {}) const;

  // Runs the product once and checks its exit code and that it tells no secret. What an `--approve` or a `--plan`
  // among `more` approves, of all that this scene's runs have shown, is promised.
  const harness::RunResult& Sync(int exit_code = 0) { return Run("sync", exit_code); }
  const harness::RunResult& Run(const std::string& command, int exit_code, const Strings& more = {});
  // `sync --approve` of the only set of that kind that the last run has shown as held.
  const harness::RunResult& Approve(const std::string& kind, int exit_code = 0);
  // The sets of that kind that the last run has shown as held.
  std::vector<json> Held(const std::string& kind) const;
  // Starts it and lets it run; Writes() and Record() count from here.
  std::unique_ptr<harness::Process> Begin(const std::string& command, const Strings& more = {});
  // Waits for its end; checks for secrets.
  harness::Finished End(harness::Process& process, double seconds = 60) const;

  // One more text that no output of the runs that follow may hold.
  void AddSecret(const std::string& secret) { secrets_.push_back(secret); }

  // Of the last run, by the playground's record.
  harness::RecordView Record() const { return {*world_, began_}; }
  Strings Writes() const { return Record().WriteLines(); }
  harness::RecordView RecordAfter(uint64_t entry) const { return {*world_, entry}; }
  uint64_t RecordEnd() const { return world_->RecordEnd(); }
  // Waits until the record of the last run satisfies `holds`; fails the test after `seconds`.
  void Await(const std::string& what, const std::function<bool(const harness::RecordView&)>& holds,
             double seconds = 60) const;
  // Waits until a fault of the auth service has struck so often.
  void AwaitStruck(const std::string& call, int64_t times = 1) const;

  // Of the last run, by what the product says.
  const harness::RunResult& last() const { return last_; }
  std::string Error() const;  // of the report, or what stderr says when there is none
  std::string Notices() const;
  // The reason of that person's line of that outcome; "" when there is no such line.
  std::string Reason(const std::string& outcome, const std::string& name) const;

  // The n-th assigned and ACTIVE person, by Okta's order.
  Person At(size_t n) const;
  json User(const std::string& name) const;  // of Teleport, or null
  // The Okta id of the user of that name, "" when there is none.
  std::string HolderOf(const std::string& name) const;
  json LockOn(const std::string& name) const;  // in force on that name, or null
  Strings UserNames() const;                   // all of Teleport's

  // What the invariants are judged by at the end. The guard's limit follows the configuration.
  harness::Promises& Promises() { return promises_; }
  // All that the report or plan holds is approved, from now on.
  void PromiseAll(const json& report);

  // Asserts that this name was locked, the lock seen in force, and the user deleted, in this order and with
  // nothing else about him, in the last run (R9); that he is gone, and locked for at least 30 hours.
  void CheckShutOut(const Person& person) const;

 private:
  void CheckNoSecret(const harness::Finished& finished) const;
  void PromiseApproved(const Strings& words);
  void LimitRemovals();
  void WriteConfig();

  std::string dir_;
  std::unique_ptr<playground::Client> world_;
  std::unique_ptr<harness::Product> product_;
  Strings secrets_;
  const int people_;
  json config_;
  json first_config_;
  std::map<std::string, json> shown_;  // held sets, by digest
  int configs_ = 0;
  mutable int sockets_ = 0;
  harness::Promises promises_;
  harness::RunResult last_;
  uint64_t began_ = 0;
};

}  // namespace integration
