// One page of ListUsers, read from its encoding user by user.
//
// The encoding of each user is at hand that way and need not be made again (UserRecord::raw), and users that
// nobody wants are skipped after a look at their name. Used by users.cc. Pure.
#pragma once

#include <functional>
#include <string_view>

#include "absl/status/statusor.h"
#include "model/user_record.h"
#include "teleport/listing.h"

namespace oktasync::teleport {

// `bytes` encodes a ListUsersResponse. kDataLoss when it does not; else the first error of `visit`.
absl::StatusOr<ListedPage> ReadUserPage(std::string_view bytes, const Wanted& wanted,
                                        const std::function<absl::Status(const UserRecord&)>& visit);

}  // namespace oktasync::teleport
