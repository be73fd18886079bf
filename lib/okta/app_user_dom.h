// One app user from simdjson's DOM. Inside of lib/okta only: it brings simdjson's header along.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "model/app_user.h"
#include "simdjson.h"

namespace oktasync::okta {

// Not thread-safe; keeps scratch space between rows.
class AppUserReader {
 public:
  // kDataLoss says what is wrong with the row, without its place. On failure `out.id` is set when the row had
  // an acceptable one, so that the message can name it.
  absl::Status Read(simdjson::dom::element row, AppUser& out);

 private:
  absl::Status ReadEmbedded(simdjson::dom::element embedded, AppUser& out);
  absl::Status ReadProfile(simdjson::dom::element value, std::string_view whose, Profile& out);

  std::vector<std::string_view> names_;
};

}  // namespace oktasync::okta
