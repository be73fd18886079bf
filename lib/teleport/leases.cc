// The lease: a semaphore of one. Source: Teleport's api/types/semaphore.go, lib/services/local/presence.go.
#include <grpcpp/client_context.h>

#include "base/status.h"
#include "base/text.h"
#include "teleport/client_impl.h"
#include "teleport/codec.h"
#include "teleport/stubs.h"

namespace oktasync::teleport {
namespace {

constexpr int kMaxConcurrentUpdates = 3;

::types::SemaphoreLease Encode(const Lease& lease, absl::Time expires) {
  ::types::SemaphoreLease message;
  message.set_semaphorekind(lease.kind);
  message.set_semaphorename(lease.name);
  message.set_leaseid(lease.id);
  ToTimestamp(expires, message.mutable_expires());
  return message;
}

std::string Subject(const std::string& kind, const std::string& name) {
  return "lease " + Escape(kind) + "/" + Escape(name);
}

}  // namespace

// Not repeated when the outcome is unknown: the first try may hold the one lease that there is.
absl::StatusOr<Lease> GrpcClient::AcquireLease(const std::string& kind, const std::string& name,
                                               const std::string& holder, absl::Time expires,
                                               Cancel& cancel) {
  OKTASYNC_RETURN_IF_ERROR(CheckName("lease", name));
  ::types::AcquireSemaphoreRequest request;
  request.set_semaphorekind(kind);
  request.set_semaphorename(name);
  request.set_maxleases(1);
  request.set_holder(holder);
  ToTimestamp(expires, request.mutable_expires());
  ::types::SemaphoreLease response;
  OKTASYNC_RETURN_IF_ERROR(caller_.Run({"AcquireSemaphore", Subject(kind, name), Repeat::kWrite}, cancel,
                                       [&](Stubs& stubs, grpc::ClientContext* context) {
                                         response.Clear();
                                         return stubs.auth.AcquireSemaphore(context, request, &response);
                                       }));
  if (response.leaseid().empty()) {
    return MakeStatus(absl::StatusCode::kDataLoss,
                      "AcquireSemaphore of " + Subject(kind, name) + ": the server's answer holds no lease");
  }
  return Lease{kind, name, response.leaseid(),
               FromTimestamp(response.has_expires() ? &response.expires() : nullptr, expires)};
}

absl::Status GrpcClient::KeepLeaseAlive(const Lease& lease, absl::Time new_expires, Cancel& cancel) {
  const ::types::SemaphoreLease request = Encode(lease, new_expires);
  absl::Status status;
  for (int i = 0; i < kMaxConcurrentUpdates; ++i) {
    status =
        caller_.Run({"KeepAliveSemaphoreLease", Subject(lease.kind, lease.name), Repeat::kIdempotentWrite},
                    cancel, [&](Stubs& stubs, grpc::ClientContext* context) {
                      google::protobuf::Empty nothing;
                      return stubs.auth.KeepAliveSemaphoreLease(context, request, &nothing);
                    });
    // "has been concurrently updated, try again": somebody asked for the semaphore at the same moment.
    if (status.code() != absl::StatusCode::kFailedPrecondition) break;
  }
  return status;
}

absl::Status GrpcClient::CancelLease(const Lease& lease, Cancel& cancel) {
  const ::types::SemaphoreLease request = Encode(lease, lease.expires);
  int tries = 0;
  const absl::Status status = caller_.Run(
      {"CancelSemaphoreLease", Subject(lease.kind, lease.name), Repeat::kIdempotentWrite}, cancel,
      [&](Stubs& stubs, grpc::ClientContext* context) {
        google::protobuf::Empty nothing;
        return stubs.auth.CancelSemaphoreLease(context, request, &nothing);
      },
      &tries);
  // An earlier try whose answer was lost did it.
  if (tries > 1 && status.code() == absl::StatusCode::kNotFound) return absl::OkStatus();
  return status;
}

absl::StatusOr<std::vector<LeaseHolder>> GrpcClient::GetLeaseHolders(const std::string& kind,
                                                                     const std::string& name,
                                                                     Cancel& cancel) {
  OKTASYNC_RETURN_IF_ERROR(CheckName("lease", name));
  ::types::SemaphoreFilter request;
  request.set_semaphorekind(kind);
  request.set_semaphorename(name);
  ::proto::Semaphores response;
  OKTASYNC_RETURN_IF_ERROR(caller_.Run({"GetSemaphores", Subject(kind, name), Repeat::kRead}, cancel,
                                       [&](Stubs& stubs, grpc::ClientContext* context) {
                                         response.Clear();
                                         return stubs.auth.GetSemaphores(context, request, &response);
                                       }));
  std::vector<LeaseHolder> holders;
  for (const ::types::SemaphoreV3& semaphore : response.semaphores()) {
    if (semaphore.subkind() != kind || semaphore.metadata().name() != name) continue;
    for (const ::types::SemaphoreLeaseRef& lease : semaphore.spec().leases()) {
      const absl::Time expires =
          FromTimestamp(lease.has_expires() ? &lease.expires() : nullptr, absl::InfinitePast());
      holders.push_back({lease.holder(), expires});
    }
  }
  return holders;
}

}  // namespace oktasync::teleport
