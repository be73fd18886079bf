// The calls about locks: proto.AuthService.
#include <grpcpp/client_context.h>

#include <algorithm>
#include <set>

#include "base/status.h"
#include "base/text.h"
#include "teleport/client_impl.h"
#include "teleport/codec.h"
#include "teleport/stubs.h"

namespace oktasync::teleport {
namespace {

constexpr size_t kTargetsPerCall = 500;  // seen to be taken by an 18.0.0 server

}  // namespace

absl::Status GrpcClient::UpsertLock(const LockRecord& lock, Cancel& cancel) {
  OKTASYNC_RETURN_IF_ERROR(CheckName("lock", lock.name));
  ::types::LockV2 request;
  OKTASYNC_RETURN_IF_ERROR(EncodeLock(lock, &request));
  return caller_.Run(
      {"UpsertLock", "lock " + Escape(lock.name) + " on user " + Escape(lock.user), Repeat::kIdempotentWrite},
      cancel, [&](Stubs& stubs, grpc::ClientContext* context) {
        google::protobuf::Empty nothing;
        return stubs.auth.UpsertLock(context, request, &nothing);
      });
}

absl::Status GrpcClient::DeleteLock(const std::string& name, Cancel& cancel) {
  OKTASYNC_RETURN_IF_ERROR(CheckName("lock", name));
  ::proto::DeleteLockRequest request;
  request.set_name(name);
  return caller_.Run({"DeleteLock", "lock " + Escape(name), Repeat::kWrite}, cancel,
                     [&](Stubs& stubs, grpc::ClientContext* context) {
                       google::protobuf::Empty nothing;
                       return stubs.auth.DeleteLock(context, request, &nothing);
                     });
}

absl::StatusOr<LockRecord> GrpcClient::GetLock(const std::string& name, Cancel& cancel) {
  OKTASYNC_RETURN_IF_ERROR(CheckName("lock", name));
  ::proto::GetLockRequest request;
  request.set_name(name);
  ::types::LockV2 response;
  OKTASYNC_RETURN_IF_ERROR(caller_.Run({"GetLock", "lock " + Escape(name), Repeat::kRead}, cancel,
                                       [&](Stubs& stubs, grpc::ClientContext* context) {
                                         response.Clear();
                                         return stubs.auth.GetLock(context, request, &response);
                                       }));
  if (response.metadata().name() != name) {
    return MakeStatus(absl::StatusCode::kDataLoss,
                      "GetLock of lock " + Escape(name) + ": the server's answer holds another lock");
  }
  return DecodeLock(response);
}

absl::StatusOr<std::vector<LockRecord>> GrpcClient::GetLocks(const std::vector<std::string>& users,
                                                             bool in_force_only, Cancel& cancel) {
  // An empty name matches nothing, but no name at all would match everything.
  std::set<std::string> names(users.begin(), users.end());
  names.erase("");
  std::vector<LockRecord> locks;
  if (!users.empty() && names.empty()) return locks;
  auto next = names.begin();
  do {
    ::proto::GetLocksRequest request;
    request.set_inforceonly(in_force_only);
    for (size_t i = 0; i < kTargetsPerCall && next != names.end(); ++i)
      request.add_targets()->set_user(*next++);
    const int targets = request.targets_size();
    const std::string subject =
        targets == 0 ? "all locks" : "the locks on " + std::to_string(targets) + " users";
    ::proto::GetLocksResponse response;
    OKTASYNC_RETURN_IF_ERROR(caller_.Run({"GetLocks", subject, Repeat::kRead}, cancel,
                                         [&](Stubs& stubs, grpc::ClientContext* context) {
                                           response.Clear();
                                           return stubs.auth.GetLocks(context, request, &response);
                                         }));
    for (const ::types::LockV2& lock : response.locks()) locks.push_back(DecodeLock(lock));
  } while (next != names.end());
  return locks;
}

}  // namespace oktasync::teleport
