#include "auth/desk.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "auth/render.h"

namespace playground {
namespace {

using grpc::Status;
using grpc::StatusCode;

double EpochSeconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

int Major(const std::string& version) {
  char* end = nullptr;
  const long major = std::strtol(version.c_str(), &end, 10);
  return end == version.c_str() || *end != '.' ? -1 : static_cast<int>(major);
}

std::chrono::steady_clock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      std::chrono::duration<double>(seconds));
}

}  // namespace

Status Desk::Admit(grpc::ServerContext& context, const Call& call, Visit& visit) {
  auto caller = front_.Find(context.peer());
  if (!caller) caller = proxy_front_.Find(context.peer());
  if (!caller) return {StatusCode::UNAUTHENTICATED, "this connection did not come in by the TLS port"};
  visit.caller = *caller;
  if (caller->through_proxy && std::string(call.rpc) != "RegisterUsingToken") {
    return {StatusCode::UNIMPLEMENTED, "unknown service"};
  }

  std::string version, cluster, locked;
  {
    std::lock_guard lock(world_.mutex);
    version = world_.version;
    cluster = world_.cluster;
    if (caller->certificate) locked = world_.LockedOut(caller->host_id, caller->roles);
  }
  context.AddInitialMetadata("version", version);
  // Only a client that names its version is checked: one major back at most.
  const auto sent = context.client_metadata().find("version");
  if (sent != context.client_metadata().end()) {
    const int major = Major(std::string(sent->second.data(), sent->second.size()));
    if (major < 0 || major < Major(version) - 1) {
      front_.Cut(caller->connection);
      return {StatusCode::PERMISSION_DENIED, "client version is unsupported"};
    }
  }
  if (caller->certificate && caller->cluster != cluster) {
    return {StatusCode::PERMISSION_DENIED, "access denied: invalid client certificate"};
  }
  if (!locked.empty()) return {StatusCode::PERMISSION_DENIED, locked};
  if (call.kind != nullptr && !caller->Has("Okta")) {
    return {StatusCode::PERMISSION_DENIED,
            std::string("access denied to perform action \"") + call.verb + "\" on \"" + call.kind + "\""};
  }
  return Status::OK;
}

bool Desk::Hang(grpc::ServerContext& context, double seconds) {
  const auto until = std::chrono::steady_clock::now() + Seconds(seconds);
  std::unique_lock lock(mutex_);
  const uint64_t generation = generation_;
  while (!stopping_ && generation == generation_ && !context.IsCancelled() &&
         (seconds <= 0 || std::chrono::steady_clock::now() < until)) {
    // gRPC's synchronous server has no wake-up for a cancellation.
    woken_.wait_for(lock, std::chrono::milliseconds(10));
  }
  return !context.IsCancelled() && !stopping_;
}

Status Desk::Perform(grpc::ServerContext& context, const Call& call, Visit& visit, const Work& work) {
  const auto fault = world_.faults.Next(call.rpc, call.name);
  if (!fault) return work(visit);

  const std::string& kind = fault->kind;
  const Status refusal(static_cast<StatusCode>(fault->code), fault->message);
  const Status gone(StatusCode::UNAVAILABLE, "connection cut by the playground");
  if (kind == "code") return refusal;
  if (kind == "hang") {
    if (!Hang(context, fault->seconds)) return {StatusCode::CANCELLED, "the caller gave up"};
    return work(visit);
  }
  if (kind == "cut") {
    front_.CutAll();
    return gone;
  }
  if (kind == "refuse") front_.RefuseFor(Seconds(fault->seconds));
  if (kind == "control" && control_) control_(fault->command, fault->args);
  visit.dud_lock = kind == "lock_not_in_force";
  const Status status = work(visit);
  if (kind == "do_then_code") return refusal;
  if (kind == "do_then_hang") Hang(context, fault->seconds);
  if (kind == "do_then_cut") {
    front_.CutAll();
    return gone;
  }
  return status;
}

Status Desk::Serve(grpc::ServerContext& context, const Call& call, const Work& work) {
  const double began = EpochSeconds();
  const std::string what = call.name.empty() ? call.rpc : call.rpc + (" " + Utf8(call.name));
  const KillSwitch::Ticket ticket = kill_.Arrive(what);
  if (ticket.drop) return {StatusCode::CANCELLED, "the caller is dead"};
  Visit visit;
  Status status = Admit(context, call, visit);
  if (status.ok()) status = Perform(context, call, visit, work);

  nlohmann::json entry = {{"side", "auth"},
                          {"kind", "request"},
                          {"call", call.rpc},
                          {"caller", Utf8(visit.caller.common_name)},
                          {"conn", visit.caller.connection},
                          {"code", CodeName(status.error_code())},
                          {"began", began}};
  if (!call.name.empty()) entry["name"] = Utf8(call.name);
  if (!status.ok()) entry["message"] = Utf8(status.error_message());
  world_.record.Add(std::move(entry));
  kill_.Done(what, ticket);
  return status;
}

void Desk::WakeAll() {
  std::lock_guard lock(mutex_);
  ++generation_;
  woken_.notify_all();
}

void Desk::Stop() {
  std::lock_guard lock(mutex_);
  stopping_ = true;
  woken_.notify_all();
}

}  // namespace playground
