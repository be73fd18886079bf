#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "nlohmann/json.hpp"
#include "render.h"
#include "text_format.h"

namespace oktasync::host {
namespace {

using nlohmann::json;

constexpr JsonLimits kLimits{size_t{64} << 20, 16};
constexpr size_t kMaxText = 4096;

const json& Member(const json& object, const char* key) {
  static const json& none = *new json(json::object());
  const auto it = object.find(key);
  return it != object.end() && it->is_structured() ? *it : none;
}

bool Flag(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}

std::string Text(const json& object, const char* key, const char* otherwise = "?") {
  const std::string text = JsonString(object, key);
  return text.empty() ? otherwise : Escape(text, 256);
}

std::string Okta(const json& okta) {
  if (JsonString(okta, "id").empty()) return "  no Okta user is known by that\n";
  std::string out = "  user " + Text(okta, "id");
  if (!Flag(okta, "exists")) {
    out += ": does not exist";
  } else {
    out += ", status " + Text(okta, "status");
  }
  out += "\n  ";
  if (!Flag(okta, "assigned")) {
    out += "not assigned to the app";
  } else {
    out += "assigned to the app as " + Text(okta, "name", "(no name)") + ", assignment " +
           Text(okta, "assignment_status");
  }
  return out + "\n  so: " + Text(okta, "presence") + "\n";
}

std::string Teleport(const json& teleport) {
  std::string out;
  for (const json& user : Member(teleport, "users")) {
    out += "  user " + Text(user, "name") + ": " + Text(user, "whose") + "; roles";
    const char* separator = " ";
    for (const json& role : Member(user, "roles")) {
      if (!role.is_string()) continue;
      out += separator + Escape(role.get<std::string>(), 128);
      separator = ", ";
    }
    if (*separator == ' ') out += " none";
    out += "\n";
  }
  for (const json& lock : Member(teleport, "locks")) {
    const std::string purpose = JsonString(lock, "purpose");
    out += "  lock on " + Text(lock, "user", "(no user)") + ", " +
           (purpose.empty() ? std::string("not ours") : "ours, purpose " + Escape(purpose, 64)) + ", " +
           (Flag(lock, "in_force") ? "in force" : "not in force") + ", " + Text(lock, "until", "no end");
    if (!JsonString(lock, "approval").empty()) out += ", approved by " + Text(lock, "approval");
    out += " (" + Text(lock, "name") + ")\n";
  }
  return out.empty() ? "  no user and no lock\n" : out;
}

}  // namespace

absl::StatusOr<std::string> RenderExplanation(std::string_view text, const RenderOptions& options) {
  const absl::StatusOr<json> explanation = ParseJson(text, kLimits);
  if (!explanation.ok() || !explanation->is_object() || !explanation->contains("decision")) {
    return MakeStatus(absl::StatusCode::kDataLoss, "the plugin's explanation cannot be read");
  }
  const auto title = [&](const char* words) { return Paint(words, Color::kBold, options.color) + "\n"; };
  std::string out = title(Text(*explanation, "query").c_str());
  out += "\n" + title("Okta says") + Okta(Member(*explanation, "okta"));
  out += "\n" + title("Teleport holds") + Teleport(Member(*explanation, "teleport"));
  out += "\n" + Paint("A sync would:", Color::kBold, options.color) + " " +
         Text(*explanation, "decision", "nothing");
  if (!JsonString(*explanation, "rule").empty()) out += " (rule " + Text(*explanation, "rule") + ")";
  out += "\n";
  for (const json& sentence : Member(*explanation, "sentences")) {
    if (sentence.is_string()) out += "  " + Escape(sentence.get<std::string>(), kMaxText) + "\n";
  }
  return out;
}

}  // namespace oktasync::host
