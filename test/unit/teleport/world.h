// A playground auth service in this process and clients towards it, for the tests of lib/teleport.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "auth/auth_service.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "kill_switch.h"
#include "nlohmann/json.hpp"
#include "record.h"
#include "teleport/client.h"
#include "teleport/identity.h"

namespace oktasync::teleport {

// A directory that goes when the test ends.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  // Writes a file of mode 0600 and gives its path.
  std::string Write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

class World {
 public:
  explicit World(playground::AuthOptions options = {});

  std::string address() const { return auth_.address(); }
  std::string proxy_address() const { return auth_.proxy_address(); }
  std::string http_proxy() const { return auth_.http_proxy(); }
  std::string ca_pin() const { return auth_.ca_pin(); }
  // Of the files that the playground has written.
  std::string Path(const std::string& name) const { return dir_.Path("auth/" + name); }
  // Of one kind, from the whole record.
  std::vector<nlohmann::json> Entries(const std::string& side, const std::string& kind) const;
  // "identity", "node", "expired", "foreign"; `ca` "host-ca", "foreign-ca", or "both".
  Identity Read(const std::string& name, const std::string& ca = "host-ca") const;
  // With identity "identity" until `identity` is changed.
  ClientOptions Options();
  std::unique_ptr<Client> NewClient(ClientOptions options);
  std::unique_ptr<Client> NewClient() { return NewClient(Options()); }
  nlohmann::json Control(const std::string& command, const nlohmann::json& args = nlohmann::json::object());
  // Requests of one call that have been recorded so far.
  int Requests(const std::string& call) const;
  // Waits until the armed fault number `index` has struck.
  bool Struck(size_t index = 0);
  // How each connection ended its handshake, in order.
  std::vector<std::string> Connections() const;

  void UseIdentity(Identity identity);
  int identity_asked() const;

 private:
  TempDir dir_;
  playground::Record record_;
  playground::KillSwitch kill_{record_};
  playground::AuthService auth_;
  mutable std::mutex mutex_;
  Identity identity_;
  int asked_ = 0;
};

std::string ReadText(const std::string& path);

// A user of ours, as the reconciler would make it.
UserRecord NewUser(const std::string& name);
// A lock of ours on `user`, 31 h long.
LockRecord NewLock(const std::string& name, const std::string& user);

// True when `condition` comes true within half a minute.
bool Eventually(const std::function<bool()>& condition);

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// Time in which this process could run, for "no later than": counted in short sleeps, so a machine that is
// paused or starved for seconds does not look like a call that hangs.
class RunningTime {
 public:
  RunningTime();
  ~RunningTime();
  double seconds() const { return ticks_ * 0.01; }

 private:
  std::atomic<int> ticks_{0};
  std::atomic<bool> stop_{false};
  std::thread ticker_;
};

// "" or the part of the text that is missing, so that a failed check shows the text.
std::string Lacks(const absl::Status& status, const std::vector<std::string>& parts);

}  // namespace oktasync::teleport
