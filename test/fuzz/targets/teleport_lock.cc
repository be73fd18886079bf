// A Teleport lock, from the wire to our record and back: a lock on more than a user is never written by us.
#include <string>

#include "check.h"
#include "model/lock_record.h"
#include "teleport/codec.h"
#include "teleport/legacy/types/types.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace teleport = oktasync::teleport;
  types::LockV2 lock;
  if (!lock.ParseFromArray(data, static_cast<int>(size))) return 0;
  const oktasync::LockRecord record = teleport::DecodeLock(lock);
  record.InForce(absl::FromUnixSeconds(1'800'000'000));
  types::LockV2 written;
  const absl::Status status = teleport::EncodeLock(record, &written);
  oktasync::fuzz::CheckWords(status);
  FUZZ_CHECK(status.ok() == (record.user_only && !record.user.empty()));
  if (!status.ok()) return 0;
  const oktasync::LockRecord again = teleport::DecodeLock(written);
  FUZZ_CHECK(again.name == record.name && again.labels == record.labels && again.user == record.user);
  FUZZ_CHECK(again.user_only && again.message == record.message && again.created_by == record.created_by);
  FUZZ_CHECK(again.expires == record.expires && again.record_expires == record.record_expires);
  FUZZ_CHECK(again.created_at == record.created_at);
  return 0;
}
