// The lease: a semaphore of one. Source: Teleport's api/types/semaphore.go, lib/services/local/presence.go.
#include <grpcpp/client_context.h>

#include "base/status.h"
#include "base/text.h"
#include "teleport/client_impl.h"
#include "teleport/codec.h"
#include "teleport/errors.h"
#include "teleport/stubs.h"

namespace oktasync::teleport {
namespace {

constexpr int kMaxConcurrentUpdates = 3;
constexpr int kMostAcquires = 3;

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

absl::Time Expiry(const ::types::SemaphoreLeaseRef& lease) {
  return FromTimestamp(lease.has_expires() ? &lease.expires() : nullptr, absl::InfinitePast());
}

absl::StatusOr<std::vector<::types::SemaphoreLeaseRef>> ReadLeases(Caller& caller, const std::string& kind,
                                                                   const std::string& name, Cancel& cancel) {
  ::types::SemaphoreFilter request;
  request.set_semaphorekind(kind);
  request.set_semaphorename(name);
  ::proto::Semaphores response;
  OKTASYNC_RETURN_IF_ERROR(caller.Run({"GetSemaphores", Subject(kind, name), Repeat::kRead}, cancel,
                                      [&](Stubs& stubs, grpc::ClientContext* context) {
                                        response.Clear();
                                        return stubs.auth.GetSemaphores(context, request, &response);
                                      }));
  std::vector<::types::SemaphoreLeaseRef> held;
  for (const ::types::SemaphoreV3& semaphore : response.semaphores()) {
    if (semaphore.subkind() != kind || semaphore.metadata().name() != name) continue;
    held.insert(held.end(), semaphore.spec().leases().begin(), semaphore.spec().leases().end());
  }
  return held;
}

}  // namespace

// A try whose outcome is unknown may hold the one lease that there is. So it is looked for by its holder, whose name
// nobody else has, before another is made: otherwise our own lease would keep us out until it ends.
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
  absl::Status status;
  for (int i = 0; i < kMostAcquires; ++i) {
    ::types::SemaphoreLease response;
    status = caller_.Run({"AcquireSemaphore", Subject(kind, name), Repeat::kWrite}, cancel,
                         [&](Stubs& stubs, grpc::ClientContext* context) {
                           response.Clear();
                           return stubs.auth.AcquireSemaphore(context, request, &response);
                         });
    if (status.ok() && response.leaseid().empty()) {
      return MakeStatus(absl::StatusCode::kDataLoss, "AcquireSemaphore of " + Subject(kind, name) +
                                                         ": the server's answer holds no lease");
    }
    if (status.ok()) {
      return Lease{kind, name, response.leaseid(),
                   FromTimestamp(response.has_expires() ? &response.expires() : nullptr, expires)};
    }
    // One that was on its way for long can have arrived behind our look at who holds it.
    if (!IsOutcomeUnknown(status) && !(i > 0 && IsLeaseTaken(status))) return status;
    const auto held = ReadLeases(caller_, kind, name, cancel);
    if (!held.ok()) return status;
    for (const ::types::SemaphoreLeaseRef& lease : *held) {
      if (lease.holder() == holder && !lease.leaseid().empty())
        return Lease{kind, name, lease.leaseid(), Expiry(lease)};
    }
    if (!IsOutcomeUnknown(status)) return status;
  }
  return status;
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
  OKTASYNC_ASSIGN_OR_RETURN(const std::vector<::types::SemaphoreLeaseRef> held,
                            ReadLeases(caller_, kind, name, cancel));
  std::vector<LeaseHolder> holders;
  for (const ::types::SemaphoreLeaseRef& lease : held) holders.push_back({lease.holder(), Expiry(lease)});
  return holders;
}

}  // namespace oktasync::teleport
