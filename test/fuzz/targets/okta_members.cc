// A page of a group's members: the ids that simdjson sees are those of a careful reading, or nobody is visited.
#include <string>
#include <vector>

#include "base/json.h"
#include "check.h"
#include "nlohmann/json.hpp"
#include "okta/ids.h"
#include "okta/member_ids.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static oktasync::okta::MemberIdReader& reader = *new oktasync::okta::MemberIdReader();
  const std::string text(oktasync::fuzz::View(data, size));
  std::vector<std::string> ids;
  const absl::Status status = reader.Read(text, 1, [&ids](std::string_view id) {
    FUZZ_CHECK(oktasync::okta::IsOktaId(id));
    ids.emplace_back(id);
    return absl::OkStatus();
  });
  oktasync::fuzz::CheckWords(status);
  if (!status.ok()) {
    FUZZ_CHECK(ids.empty());
    return 0;
  }
  const auto careful = oktasync::ParseJson(text, {.max_bytes = 1 << 20, .max_depth = 64});
  if (!careful.ok()) return 0;  // a key twice where we do not look, or a number beyond every double
  FUZZ_CHECK(careful->is_array() && careful->size() == ids.size());
  for (size_t i = 0; i < ids.size(); ++i) FUZZ_CHECK(oktasync::JsonString((*careful)[i], "id") == ids[i]);
  return 0;
}
