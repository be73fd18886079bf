// Teleport's messages to the records of model/ and back.
//
// Used by users.cc, locks.cc, leases.cc and roles.cc. Pure. Times: Go's zero time (year 1) and an absent
// field both mean "not set"; an empty Timestamp would mean 1970 to the server, that is: expired, so it is
// never sent. Source: Teleport's types.proto; facts seen on an 18.0.0 auth server.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "model/lock_record.h"
#include "model/role_facts.h"
#include "model/saml_connector.h"
#include "model/user_record.h"

namespace google::protobuf {
class Timestamp;
}
namespace types {
class LockV2;
class RoleV6;
class SAMLConnectorV2;
class UserV2;
}  // namespace types

namespace oktasync::teleport {

// `unset` when absent (null) or Go's zero time.
absl::Time FromTimestamp(const google::protobuf::Timestamp* timestamp, absl::Time unset);
// Only for finite times.
void ToTimestamp(absl::Time time, google::protobuf::Timestamp* timestamp);

// `raw` is the encoding of `user`, or "" to make it here.
UserRecord DecodeUser(const ::types::UserV2& user, std::string_view raw = {});

// Starts from record.raw, so that fields that we do not know stay as they were, and lays the record's fields
// over it. `now` becomes the time of created_by when that is ours and has none. kInvalidArgument when raw is
// not a user.
absl::Status EncodeUser(const UserRecord& record, absl::Time now, ::types::UserV2* user);

LockRecord DecodeLock(const ::types::LockV2& lock);
// kInvalidArgument for a lock that targets anything but one user: those are not ours to write.
absl::Status EncodeLock(const LockRecord& record, ::types::LockV2* lock);

RoleFacts DecodeRole(const ::types::RoleV6& role);
SamlConnector DecodeSamlConnector(const ::types::SAMLConnectorV2& connector);

}  // namespace oktasync::teleport
