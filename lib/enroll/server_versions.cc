#include "enroll/server_versions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace oktasync::enroll {
namespace {

constexpr int kNewestKnown = 18;

using Numbers = std::array<int, 3>;

std::optional<Numbers> Parse(std::string_view text) {
  if (text.substr(0, 1) == "v") text.remove_prefix(1);
  Numbers numbers = {};
  for (size_t i = 0; i < numbers.size(); ++i) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), numbers[i]);
    if (error != std::errc() || numbers[i] < 0) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    if (i + 1 == numbers.size()) break;
    if (text.empty() || text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
  }
  // "18.0.0-rc.1" is 18.0.0 to us.
  if (!text.empty() && text.front() != '-' && text.front() != '+') return std::nullopt;
  return numbers;
}

// Servers from `from` on and before `fixed`.
struct Known {
  Numbers from;
  Numbers fixed;
  std::string_view words;
};

constexpr Known kKnown[] = {
    {{0, 0, 0},
     {15, 0, 0},
     "it has no teleport.users.v1.UsersService, through which users are written, so nothing can be synced; "
     "upgrade "
     "the auth server to 15 or newer"},
    {{15, 0, 0},
     {16, 0, 0},
     "the system role Okta may not read the SAML connector, so it is not checked; and the audit event "
     "okta.user.sync may not be known to it, which is logged and stops nothing"},
    {{15, 0, 0},
     {17, 0, 0},
     "it does not take the join request of gRPC, so the identity must be made otherwise than by joining with "
     "oktasync"},
    {{18, 0, 0},
     {18, 0, 1},
     "its ListUsers loses one user at each page border (Teleport pull request 56556); every listing is made "
     "twice "
     "with other borders and put together, which costs time and no user; upgrade the auth server"},
};

}  // namespace

VersionVerdict JudgeVersion(std::string_view version) {
  VersionVerdict verdict;
  const std::optional<Numbers> numbers = Parse(version);
  if (!numbers.has_value()) return verdict;
  verdict.readable = true;
  verdict.usable = (*numbers)[0] >= 15;
  verdict.tried = (*numbers)[0] <= kNewestKnown;
  for (const Known& known : kKnown) {
    if (*numbers >= known.from && *numbers < known.fixed) verdict.known.emplace_back(known.words);
  }
  return verdict;
}

}  // namespace oktasync::enroll
