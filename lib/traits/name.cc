#include <array>
#include <string>

#include "base/status.h"
#include "base/text.h"
#include "traits/mapper.h"

namespace oktasync::traits {
namespace {

constexpr size_t kMaxNameBytes = 255;

// lib/backend/sanitize.go of Teleport lets these bytes into a resource name. '/' passes there and splits the
// key in the backend, so it is not among ours.
constexpr std::array<bool, 256> MakeAllowed() {
  std::array<bool, 256> allowed{};
  for (char c = 'a'; c <= 'z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c : {'@', '_', ':', '.', '+', '-'}) allowed[static_cast<unsigned char>(c)] = true;
  return allowed;
}
constexpr std::array<bool, 256> kAllowed = MakeAllowed();

absl::Status Refuse(const std::string& reason) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, reason);
}

// `prefix` is in lower case.
bool StartsWithFolded(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  for (size_t i = 0; i < prefix.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != prefix[i]) return false;
  }
  return true;
}

std::string Shown(char c) {
  if (c == ' ') return "a space";
  if (static_cast<unsigned char>(c) >= 0x80) return "a character outside of ASCII";
  return "the character '" + Escape(std::string_view(&c, 1)) + "'";
}

}  // namespace

absl::Status CheckName(std::string_view name, const Options& options) {
  if (name.empty()) {
    return Refuse(
        "has no user name in the app; set the application username format of the app in Okta, or the user "
        "name of this assignment");
  }
  if (name.size() > kMaxNameBytes) {
    return Refuse("the user name has " + std::to_string(name.size()) + " bytes, Teleport takes at most " +
                  std::to_string(kMaxNameBytes) + ". Change the user name of the assignment in Okta");
  }
  for (char c : name) {
    if (!kAllowed[static_cast<unsigned char>(c)]) {
      return Refuse(
          "the user name holds " + Shown(c) +
          "; Teleport accepts only letters, digits and @ _ : . + - in a name. Change the user name of "
          "the assignment in Okta");
    }
  }
  if (name == "." || name == "..")
    return Refuse(
        "Teleport refuses the user names \".\" and \"..\". Change the user name of the assignment in Okta");
  if ((name.size() == 6 && StartsWithFolded(name, "system")) || StartsWithFolded(name, "bot-") ||
      StartsWithFolded(name, "@teleport")) {
    return Refuse(
        "the user name is reserved by Teleport (\"system\", \"bot-…\", \"@teleport…\"). Change the user name "
        "of "
        "the assignment in Okta");
  }
  if (options.allowed_domains.empty()) return absl::OkStatus();
  const size_t at = name.rfind('@');
  if (at != std::string_view::npos) {
    const std::string_view domain = name.substr(at + 1);
    for (const std::string& allowed : options.allowed_domains) {
      if (EqualsIgnoreCase(domain, allowed)) return absl::OkStatus();
    }
  }
  return Refuse(
      "the user name is outside of the allowed domains (users.allowed_domains of the configuration)");
}

}  // namespace oktasync::traits
