// The semaphore calls of AuthRpc (facts/teleport-api.md 0.2 "Leases", 3.3). Leases go into the record as
// entries of kind "lease": {call, name "<kind>/<name>", lease_id, holder, expires}.
#include "auth/auth_rpc.h"
#include "auth/render.h"
#include "auth/rules.h"

namespace playground {
namespace {

using grpc::Status;
using grpc::StatusCode;

Status Refused(std::string text) { return {StatusCode::INVALID_ARGUMENT, std::move(text)}; }

void DropExpired(types::SemaphoreV3& semaphore, double now) {
  auto* leases = semaphore.mutable_spec()->mutable_leases();
  for (int i = leases->size() - 1; i >= 0; --i) {
    const auto& lease = leases->at(i);
    if (TimeOf(lease.has_expires(), lease.expires()).value_or(0) <= now) leases->DeleteSubrange(i, 1);
  }
}

int IndexOf(const types::SemaphoreV3& semaphore, const std::string& id) {
  for (int i = 0; i < semaphore.spec().leases_size(); ++i) {
    if (semaphore.spec().leases(i).leaseid() == id) return i;
  }
  return -1;
}

// A lease in a request that is no lease at all.
Status CheckLease(const types::SemaphoreLease& lease) {
  if (lease.semaphorekind().empty()) return Refused("missing parameter SemaphoreKind");
  if (lease.semaphorename().empty()) return Refused("missing parameter SemaphoreName");
  if (lease.leaseid().empty()) return Refused("missing parameter LeaseID");
  if (!TimeOf(lease.has_expires(), lease.expires())) return Refused("missing lease expiry time");
  return Status::OK;
}

// A semaphore lives as long as the longest lease that it ever had.
void Extend(types::Metadata* metadata, const google::protobuf::Timestamp& expires) {
  const double until = TimeOf(metadata->has_expires(), metadata->expires()).value_or(0);
  if (TimeOf(true, expires).value_or(0) > until) *metadata->mutable_expires() = expires;
}

void AddRecord(Record& record, const char* call, const std::string& name,
               const types::SemaphoreLeaseRef& lease) {
  record.Add({{"side", "auth"},
              {"kind", "lease"},
              {"call", call},
              {"name", Utf8(name)},
              {"lease_id", Utf8(lease.leaseid())},
              {"holder", Utf8(lease.holder())},
              {"expires", TimeOf(lease.has_expires(), lease.expires()).value_or(0)}});
}

}  // namespace

Status AuthRpc::AcquireSemaphore(grpc::ServerContext* context, const types::AcquireSemaphoreRequest* request,
                                 types::SemaphoreLease* response) {
  const std::string& kind = request->semaphorekind();
  const std::string& name = request->semaphorename();
  const std::string full = kind + "/" + name;
  return desk_.Serve(
      *context, {"AcquireSemaphore", full, "create", "semaphore"}, [&](const Visit&) -> Status {
        if (kind.empty()) return Refused("missing parameter SemaphoreKind");
        if (name.empty()) return Refused("missing parameter SemaphoreName");
        if (request->maxleases() == 0) return Refused("missing parameter MaxLeases");
        const auto expires = TimeOf(request->has_expires(), request->expires());
        if (!expires) return Refused("missing parameter Expires");
        std::lock_guard lock(world_.mutex);
        const double now = world_.Now();
        if (*expires <= now) return Refused("cannot acquire expired semaphore lease");
        if (Status status = CheckSemaphoreName(kind, name); !status.ok()) return status;
        auto& semaphore = world_.semaphores[{kind, name}];
        DropExpired(semaphore, now);
        if (semaphore.spec().leases_size() >= request->maxleases()) {
          return {StatusCode::RESOURCE_EXHAUSTED, "cannot acquire semaphore " + full + " (err-max-leases)"};
        }
        semaphore.set_kind("semaphore");
        semaphore.set_subkind(kind);
        semaphore.set_version("v3");
        auto* metadata = semaphore.mutable_metadata();
        metadata->set_name(name);
        metadata->set_namespace_("default");
        metadata->set_revision(NewUuid());
        Extend(metadata, request->expires());
        auto* lease = semaphore.mutable_spec()->add_leases();
        lease->set_leaseid(NewUuid());
        *lease->mutable_expires() = request->expires();
        lease->set_holder(request->holder());
        response->set_semaphorekind(kind);
        response->set_semaphorename(name);
        response->set_leaseid(lease->leaseid());
        *response->mutable_expires() = request->expires();
        AddRecord(world_.record, "AcquireSemaphore", full, *lease);
        return Status::OK;
      });
}

Status AuthRpc::KeepAliveSemaphoreLease(grpc::ServerContext* context, const types::SemaphoreLease* request,
                                        google::protobuf::Empty*) {
  const std::string full = request->semaphorekind() + "/" + request->semaphorename();
  return desk_.Serve(
      *context, {"KeepAliveSemaphoreLease", full, "update", "semaphore"}, [&](const Visit&) -> Status {
        if (Status status = CheckLease(*request); !status.ok()) return status;
        std::lock_guard lock(world_.mutex);
        const double now = world_.Now();
        if (TimeOf(request->has_expires(), request->expires()).value_or(0) <= now) {
          return Refused("lease " + request->leaseid() + " has expired");
        }
        const auto semaphore = world_.semaphores.find({request->semaphorekind(), request->semaphorename()});
        int at = -1;
        if (semaphore != world_.semaphores.end()) {
          DropExpired(semaphore->second, now);
          at = IndexOf(semaphore->second, request->leaseid());
        }
        if (at < 0) {
          return {StatusCode::NOT_FOUND, "cannot keepalive, lease not found: \"" + request->leaseid() + "\""};
        }
        auto* lease = semaphore->second.mutable_spec()->mutable_leases(at);
        *lease->mutable_expires() = request->expires();
        Extend(semaphore->second.mutable_metadata(), request->expires());
        semaphore->second.mutable_metadata()->set_revision(NewUuid());
        AddRecord(world_.record, "KeepAliveSemaphoreLease", full, *lease);
        return Status::OK;
      });
}

Status AuthRpc::CancelSemaphoreLease(grpc::ServerContext* context, const types::SemaphoreLease* request,
                                     google::protobuf::Empty*) {
  const std::string full = request->semaphorekind() + "/" + request->semaphorename();
  return desk_.Serve(
      *context, {"CancelSemaphoreLease", full, "update", "semaphore"}, [&](const Visit&) -> Status {
        if (Status status = CheckLease(*request); !status.ok()) return status;
        std::lock_guard lock(world_.mutex);
        if (TimeOf(request->has_expires(), request->expires()).value_or(0) <= world_.Now()) {
          return Refused("the lease " + request->leaseid() + " has expired");
        }
        const auto semaphore = world_.semaphores.find({request->semaphorekind(), request->semaphorename()});
        const int at =
            semaphore == world_.semaphores.end() ? -1 : IndexOf(semaphore->second, request->leaseid());
        if (at < 0) {
          return {StatusCode::NOT_FOUND, "cannot cancel, lease not found: \"" + request->leaseid() + "\""};
        }
        AddRecord(world_.record, "CancelSemaphoreLease", full, semaphore->second.spec().leases(at));
        semaphore->second.mutable_spec()->mutable_leases()->DeleteSubrange(at, 1);
        semaphore->second.mutable_metadata()->set_revision(NewUuid());
        return Status::OK;
      });
}

Status AuthRpc::GetSemaphores(grpc::ServerContext* context, const types::SemaphoreFilter* request,
                              proto::Semaphores* response) {
  return desk_.Serve(*context, {"GetSemaphores", "", "list", "semaphore"}, [&](const Visit&) -> Status {
    std::lock_guard lock(world_.mutex);
    for (auto& [key, semaphore] : world_.semaphores) {
      if (!request->semaphorekind().empty() && request->semaphorekind() != key.first) continue;
      if (!request->semaphorename().empty() && request->semaphorename() != key.second) continue;
      DropExpired(semaphore, world_.Now());
      if (semaphore.spec().leases_size() > 0) *response->add_semaphores() = semaphore;
    }
    return Status::OK;
  });
}

}  // namespace playground
