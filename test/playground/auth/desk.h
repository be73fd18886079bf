// The front desk of every RPC: who calls, may he, which fault strikes; then the work; then the record.
//
// Thread-safe. One entry per request: {side "auth", kind "request", call, caller, conn, name?, code, began}.
// `caller` is the certificate's common name, `conn` the number of the TLS connection (two runners that share
// an identity differ in it), `began` when the request arrived, in seconds since the epoch.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>

#include "auth/tls_front.h"
#include "auth/world.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"
#include "kill_switch.h"

namespace playground {

// What a call is about, for the authorization's text and for faults.
struct Call {
  const char* rpc;
  std::string name;
  const char* verb = nullptr;
  const char* kind = nullptr;  // null: everybody may
};

// What the work needs to know of the call.
struct Visit {
  PeerIdentity caller;
  bool dud_lock = false;  // fault lock_not_in_force
};

class Desk {
 public:
  using Work = std::function<grpc::Status(const Visit&)>;

  // `proxy_front` is where the proxy's gRPC comes in, which serves joining alone.
  Desk(World& world, TlsFront& front, TlsFront& proxy_front, KillSwitch& kill)
      : world_(world), front_(front), proxy_front_(proxy_front), kill_(kill) {}

  grpc::Status Serve(grpc::ServerContext& context, const Call& call, const Work& work);

  // Runs a control command for faults of kind "control".
  void OnControl(std::function<void(const std::string& command, const nlohmann::json& args)> control) {
    control_ = std::move(control);
  }
  // Ends every call that hangs.
  void WakeAll();
  void Stop();

 private:
  grpc::Status Admit(grpc::ServerContext& context, const Call& call, Visit& visit);
  grpc::Status Perform(grpc::ServerContext& context, const Call& call, Visit& visit, const Work& work);
  // False when the caller gave up.
  bool Hang(grpc::ServerContext& context, double seconds);

  World& world_;
  TlsFront& front_;
  TlsFront& proxy_front_;
  KillSwitch& kill_;
  std::function<void(const std::string&, const nlohmann::json&)> control_;

  std::mutex mutex_;
  std::condition_variable woken_;
  uint64_t generation_ = 0;
  bool stopping_ = false;
};

}  // namespace playground
