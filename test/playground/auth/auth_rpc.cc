#include "auth/auth_rpc.h"

#include "auth/join_rpc.h"
#include "auth/render.h"
#include "auth/rules.h"

namespace playground {
namespace {

using grpc::Status;
using grpc::StatusCode;

Status Missing(const std::string& what) {
  return {StatusCode::INVALID_ARGUMENT, "missing parameter " + what};
}

Status NoLock(const std::string& name) {
  return {StatusCode::NOT_FOUND, "lock \"" + name + "\" is not found"};
}

nlohmann::json EventJson(const events::Metadata& metadata, const events::Status& status) {
  return {{"type", Utf8(metadata.type())},
          {"event_code", Utf8(metadata.code())},
          {"success", status.success()},
          {"error", Utf8(status.error())},
          {"user_message", Utf8(status.usermessage())}};
}

}  // namespace

Status AuthRpc::Ping(grpc::ServerContext* context, const proto::PingRequest*, proto::PingResponse* response) {
  return desk_.Serve(*context, {"Ping", ""}, [&](const Visit&) -> Status {
    std::lock_guard lock(world_.mutex);
    response->set_clustername(world_.cluster);
    response->set_serverversion(world_.version);
    response->set_remoteaddr("127.0.0.1");
    response->mutable_serverfeatures();
    return Status::OK;
  });
}

Status AuthRpc::GetClusterCACert(grpc::ServerContext* context, const google::protobuf::Empty*,
                                 proto::GetClusterCACertResponse* response) {
  return desk_.Serve(*context, {"GetClusterCACert", ""}, [&](const Visit&) -> Status {
    response->set_tlsca(ca_.TrustedPem());
    return Status::OK;
  });
}

Status AuthRpc::GenerateHostCerts(grpc::ServerContext* context, const proto::HostCertsRequest* request,
                                  proto::Certs* response) {
  return desk_.Serve(*context, {"GenerateHostCerts", request->hostid()}, [&](const Visit& visit) -> Status {
    return ReissueHostCerts(world_, ca_, visit.caller, *request, response);
  });
}

Status AuthRpc::UpsertLock(grpc::ServerContext* context, const types::LockV2* request,
                           google::protobuf::Empty*) {
  const std::string& name = request->metadata().name();
  return desk_.Serve(*context, {"UpsertLock", name, "update", "lock"}, [&](const Visit& visit) -> Status {
    types::LockV2 lock = *request;
    if (Status status = CheckOrigin(lock.metadata()); !status.ok()) return status;
    std::lock_guard guard(world_.mutex);
    const auto& target = lock.spec().target();
    if (Status status = CheckLockTarget(target, world_.FindUser(target.user()).get()); !status.ok())
      return status;
    if (const auto stored = world_.FindLock(name)) {
      if (Status status = CheckStored(stored->metadata(), "update"); !status.ok()) return status;
    }
    if (Status status = CheckMetadata(lock.metadata()); !status.ok()) return status;
    if (Status status = CheckLockName(name); !status.ok()) return status;
    auto* spec = lock.mutable_spec();
    if (!TimeOf(spec->has_createdat(), spec->createdat())) SetTime(spec->mutable_createdat(), world_.Now());
    if (spec->createdby().empty()) spec->set_createdby(visit.caller.common_name);
    world_.PutLock(std::move(lock), "auth", "UpsertLock");
    if (visit.dud_lock) {
      world_.dud_locks.insert(name);
    } else {
      world_.dud_locks.erase(name);
    }
    return Status::OK;
  });
}

Status AuthRpc::GetLock(grpc::ServerContext* context, const proto::GetLockRequest* request,
                        types::LockV2* response) {
  return desk_.Serve(*context, {"GetLock", request->name(), "read", "lock"}, [&](const Visit&) -> Status {
    if (request->name().empty()) return Missing("Name");
    std::lock_guard lock(world_.mutex);
    const auto stored = world_.FindLock(request->name());
    if (!stored) return NoLock(request->name());
    *response = AsSentByGo(*stored);
    return Status::OK;
  });
}

Status AuthRpc::GetLocks(grpc::ServerContext* context, const proto::GetLocksRequest* request,
                         proto::GetLocksResponse* response) {
  return desk_.Serve(*context, {"GetLocks", "", "list", "lock"}, [&](const Visit&) -> Status {
    std::lock_guard guard(world_.mutex);
    world_.Tick();
    const double now = world_.Now();
    const auto& listed = world_.locks.Listed();
    std::set<std::string> wanted;  // a lock that several targets match is sent once
    for (const auto& target : request->targets()) {
      if (!target.user().empty()) {
        for (const auto& name : world_.locks.ListedUnder(target.user())) {
          if (Matches(target, listed.at(name)->spec().target())) wanted.insert(name);
        }
        continue;
      }
      for (const auto& [name, lock] : listed) {
        if (Matches(target, lock->spec().target())) wanted.insert(name);
      }
    }
    const auto add = [&](const std::string& name, const types::LockV2& lock) {
      if (request->inforceonly() && (!InForce(lock, now) || world_.dud_locks.contains(name))) return;
      *response->add_locks() = AsSentByGo(lock);
    };
    if (request->targets().empty()) {
      for (const auto& [name, lock] : listed) add(name, *lock);
    } else {
      for (const std::string& name : wanted) add(name, *listed.at(name));
    }
    return Status::OK;
  });
}

Status AuthRpc::DeleteLock(grpc::ServerContext* context, const proto::DeleteLockRequest* request,
                           google::protobuf::Empty*) {
  return desk_.Serve(*context, {"DeleteLock", request->name(), "delete", "lock"},
                     [&](const Visit&) -> Status {
                       if (request->name().empty()) return Missing("Name");
                       std::lock_guard guard(world_.mutex);
                       const auto stored = world_.FindLock(request->name());
                       if (!stored) return NoLock(request->name());
                       if (Status status = CheckStored(stored->metadata(), "delete"); !status.ok())
                         return status;
                       world_.EraseLock(request->name(), "auth", "DeleteLock");
                       return Status::OK;
                     });
}

Status AuthRpc::GetRole(grpc::ServerContext* context, const proto::GetRoleRequest* request,
                        types::RoleV6* response) {
  return desk_.Serve(*context, {"GetRole", request->name(), "read", "role"}, [&](const Visit&) -> Status {
    if (request->name().empty()) return Missing("Name");
    std::lock_guard lock(world_.mutex);
    const auto role = world_.roles.find(request->name());
    if (role == world_.roles.end()) {
      return {StatusCode::NOT_FOUND, "role " + request->name() + " is not found"};
    }
    *response = role->second;
    return Status::OK;
  });
}

Status AuthRpc::ListRoles(grpc::ServerContext* context, const proto::ListRolesRequest* request,
                          proto::ListRolesResponse* response) {
  return desk_.Serve(*context, {"ListRoles", "", "list", "role"}, [&](const Visit&) -> Status {
    std::lock_guard lock(world_.mutex);
    const int limit = request->limit() <= 0 || request->limit() > 1000 ? 1000 : request->limit();
    for (auto it = world_.roles.lower_bound(request->startkey()); it != world_.roles.end(); ++it) {
      const auto& labels = it->second.metadata().labels();
      const auto type = labels.find("teleport.internal/resource-type");
      if (request->filter().skipsystemroles() && type != labels.end() && type->second == "system") continue;
      types::UserFilter keywords;
      *keywords.mutable_searchkeywords() = request->filter().searchkeywords();
      if (!Matches(keywords, it->second.metadata())) continue;
      if (response->roles_size() == limit) {
        response->set_nextkey(it->first);
        break;
      }
      *response->add_roles() = it->second;
    }
    return Status::OK;
  });
}

Status AuthRpc::EmitAuditEvent(grpc::ServerContext* context, const events::OneOf* request,
                               google::protobuf::Empty*) {
  return desk_.Serve(*context, {"EmitAuditEvent", "", "create", "event"}, [&](const Visit& visit) -> Status {
    const events::Metadata* metadata = nullptr;
    nlohmann::json event;
    if (request->Event_case() == events::OneOf::kOktaUserSync) {
      const auto& sync = request->oktausersync();
      metadata = &sync.metadata();
      event = EventJson(sync.metadata(), sync.status());
      event["org_url"] = Utf8(sync.org_url());
      event["app_id"] = Utf8(sync.app_id());
      event["created"] = sync.num_users_created();
      event["deleted"] = sync.num_users_deleted();
      event["modified"] = sync.num_users_modified();
      event["total"] = sync.num_users_total();
    } else if (request->Event_case() == events::OneOf::kOktaSyncFailure) {
      const auto& failure = request->oktasyncfailure();
      metadata = &failure.metadata();
      event = EventJson(failure.metadata(), failure.status());
      if (failure.server().serverid() != visit.caller.host_id || !failure.server().forwardedby().empty()) {
        return {StatusCode::PERMISSION_DENIED, "failed to validate event metadata"};
      }
    } else {
      return {StatusCode::INVALID_ARGUMENT, "failed to parse event, unknown event type"};
    }
    if (metadata->type().empty()) return {StatusCode::INVALID_ARGUMENT, "missing mandatory event type field"};
    if (metadata->code().empty()) return {StatusCode::INVALID_ARGUMENT, "missing mandatory event code field"};
    std::lock_guard lock(world_.mutex);
    const auto time = TimeOf(metadata->has_time(), metadata->time());
    event["time"] = time.value_or(world_.Now());
    event["cluster"] = metadata->clustername().empty() ? world_.cluster : Utf8(metadata->clustername());
    world_.audit.push_back(event);
    world_.record.Add(
        {{"side", "auth"}, {"kind", "audit"}, {"call", "EmitAuditEvent"}, {"event", std::move(event)}});
    return Status::OK;
  });
}

}  // namespace playground
