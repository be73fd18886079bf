// The world of a history that is played by processes: a playground, and the program `oktasync` run against it, one
// after another or two at a time.
//
// Not thread-safe. Throws std::runtime_error when a process cannot be used; a run that ended as none should (a
// crash, no report, a secret in what it printed) is among `odd`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/product.h"
#include "harness/record_view.h"
#include "history/world.h"
#include "nlohmann/json.hpp"
#include "playground/client.h"

namespace history {

class Stage {
 public:
  using Json = nlohmann::json;

  Stage(const harness::Programs& programs, const Settings& settings);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // What is to happen to a run at its n-th request.
  struct Blow {
    enum class Kind { kNone, kKillBefore, kKillAfter, kStop };
    Kind kind = Kind::kNone;
    uint64_t request = 0;
  };
  struct Ended {
    int exit_code = -1;
    Json report;  // null for one that was killed
    bool struck = false;
    bool Killed() const { return exit_code == 128 + 9; }
  };
  // `oktasync sync`, with `more` behind.
  Ended Run(const std::vector<std::string>& more = {}) { return RunWith({}, more); }
  Ended RunWith(const Blow& blow, const std::vector<std::string>& more = {});
  // Two of them at the same time.
  std::pair<Ended, Ended> RunTwo();
  Ended Plan();

  Json Okta(const std::string& command, const Json& args = Json::object()) const;
  Json Auth(const std::string& command, const Json& args = Json::object()) const;
  // False when the playground refuses, as Okta or Teleport would.
  bool Try(const std::string& side, const std::string& command, const Json& args = Json::object()) const;

  const std::string& source() const { return source_; }
  const std::string& org_url() const { return org_url_; }
  const std::string& app_id() const { return app_id_; }
  uint64_t RecordEnd() const { return world_->RecordEnd(); }
  harness::RecordView Since(uint64_t entry) const { return {*world_, entry}; }
  const std::vector<std::string>& odd() const { return odd_; }

 private:
  void WriteConfig(const Settings& settings);
  Ended Look(const std::string& command, const harness::Finished& finished, bool may_be_killed);

  std::string dir_;
  std::unique_ptr<playground::Client> world_;
  std::unique_ptr<harness::Product> product_;
  std::string source_;
  std::string org_url_;
  std::string app_id_;
  std::vector<std::string> secrets_;
  std::vector<std::string> odd_;
};

}  // namespace history
