// A page of ListUsers, read user by user, against protobuf's own reading of the whole.
#include <string>
#include <vector>

#include "base/status.h"
#include "check.h"
#include "teleport/codec.h"
#include "teleport/legacy/types/types.pb.h"
#include "teleport/user_page.h"
#include "teleport/users/v1/users_service.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace teleport = oktasync::teleport;
  const std::string_view bytes = oktasync::fuzz::View(data, size);
  std::vector<oktasync::UserRecord> users;
  const auto page = teleport::ReadUserPage(bytes, nullptr, [&users](const oktasync::UserRecord& user) {
    users.push_back(user);
    return absl::OkStatus();
  });
  oktasync::fuzz::CheckWords(page.status());
  ::teleport::users::v1::ListUsersResponse whole;
  const bool parsed = whole.ParseFromArray(data, static_cast<int>(size));
  // Ours looks at less, so it may take what protobuf refuses, never the other way round.
  FUZZ_CHECK(!parsed || page.ok());
  // Those that are not wanted are still seen in their place.
  const auto skipped = teleport::ReadUserPage(
      bytes, [](std::string_view) { return false; },
      [](const oktasync::UserRecord&) { return absl::OkStatus(); });
  if (page.ok()) {
    FUZZ_CHECK(skipped.ok() && skipped->first == page->first && skipped->last == page->last);
    FUZZ_CHECK(skipped->next_token == page->next_token && skipped->ascending == page->ascending);
    if (!users.empty()) FUZZ_CHECK(users.back().name == page->last);
  }
  if (!parsed) return 0;
  FUZZ_CHECK(static_cast<size_t>(whole.users_size()) == users.size());
  for (size_t i = 0; i < users.size(); ++i) {
    const oktasync::UserRecord same = teleport::DecodeUser(whole.users(static_cast<int>(i)));
    FUZZ_CHECK(same.name == users[i].name && same.labels == users[i].labels && same.roles == users[i].roles);
    FUZZ_CHECK(same.traits == users[i].traits && same.expires == users[i].expires);
  }
  FUZZ_CHECK(whole.next_page_token() == page->next_token);
  return 0;
}
