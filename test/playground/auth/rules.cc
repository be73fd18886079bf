#include "auth/rules.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace playground {
namespace {

using grpc::Status;
using grpc::StatusCode;

constexpr char kOrigin[] = "teleport.dev/origin";

constexpr std::array<std::string_view, 11> kOrigins = {"defaults",
                                                       "config-file",
                                                       "dynamic",
                                                       "cloud",
                                                       "kubernetes",
                                                       "okta",
                                                       "scim",
                                                       "discovery-kubernetes",
                                                       "entra-id",
                                                       "aws-identity-center",
                                                       "integration_awsrolesanywhere"};

bool IsAlnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool AllIn(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(),
                     [others](char c) { return IsAlnum(c) || others.find(c) != others.npos; });
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

Status Refused(std::string text) { return {StatusCode::INVALID_ARGUMENT, std::move(text)}; }

}  // namespace

Status CheckKeyPart(std::string_view part, const std::string& key) {
  if (!part.empty() && part != "." && part != ".." && AllIn(part, "@_:.+-")) return Status::OK;
  return Refused(
      "special characters are not allowed in resource names, please use name composed only from characters, "
      "hyphens, dots, and plus signs: \"" +
      key + "\"");
}

Status CheckUserName(const std::string& name) { return CheckKeyPart(name, "/web/users/" + name + "/params"); }

Status CheckLockName(const std::string& name) { return CheckKeyPart(name, "/locks/" + name); }

Status CheckSemaphoreName(const std::string& kind, const std::string& name) {
  const std::string key = "/semaphores/" + kind + "/" + name;
  for (const std::string& part : {kind, name}) {
    const Status status = CheckKeyPart(part.find(':') == part.npos ? part : " ", key);
    if (!status.ok()) return status;
  }
  return Status::OK;
}

Status CheckMetadata(const types::Metadata& metadata) {
  if (metadata.name().empty()) return Refused("missing parameter Name");
  if (!metadata.namespace_().empty() && metadata.namespace_() != "default") {
    return Refused(
        "namespace \"" + metadata.namespace_() +
        "\" invalid, custom namespaces are deprecated; the namespace field should be omitted or set "
        "to \"default\"");
  }
  for (const auto& [key, value] : metadata.labels()) {
    if (key.empty() || !AllIn(key, "/._:*-")) return Refused("invalid label key: \"" + key + "\"");
    if (key == kOrigin && !value.empty() &&
        std::find(kOrigins.begin(), kOrigins.end(), value) == kOrigins.end()) {
      std::string text = "invalid origin value \"" + value + "\", must be one of [";
      for (const std::string_view origin : kOrigins) {
        if (origin != kOrigins.front()) text += ' ';
        text += origin;
      }
      return Refused(text + "]");
    }
  }
  return Status::OK;
}

bool IsOktaOrigin(const types::Metadata& metadata) {
  const auto it = metadata.labels().find(kOrigin);
  return it != metadata.labels().end() && it->second == "okta";
}

Status CheckOrigin(const types::Metadata& metadata) {
  if (IsOktaOrigin(metadata)) return Status::OK;
  return Refused("Okta service must supply \"okta\" origin");
}

Status CheckStored(const types::Metadata& stored, const char* verb) {
  if (IsOktaOrigin(stored)) return Status::OK;
  return {StatusCode::PERMISSION_DENIED, std::string("Okta service may only ") + verb + " Okta resources"};
}

Status CheckLockTarget(const types::LockTarget& target, const types::UserV2* user) {
  const char* const text = "Okta service may only lock okta user";
  types::LockTarget only_user;
  only_user.set_user(target.user());
  if (target.user().empty() || target.SerializeAsString() != only_user.SerializeAsString()) {
    return Refused(text);
  }
  if (user == nullptr || !IsOktaOrigin(user->metadata())) return {StatusCode::PERMISSION_DENIED, text};
  return Status::OK;
}

bool Matches(const types::LockTarget& filter, const types::LockTarget& target) {
  bool any = false;
  const auto equal = [&any](const std::string& wanted, const std::string& is) {
    if (wanted.empty()) return true;
    any = true;
    return wanted == is;
  };
  return equal(filter.user(), target.user()) && equal(filter.role(), target.role()) &&
         equal(filter.login(), target.login()) && equal(filter.mfadevice(), target.mfadevice()) &&
         equal(filter.windowsdesktop(), target.windowsdesktop()) &&
         equal(filter.accessrequest(), target.accessrequest()) && equal(filter.device(), target.device()) &&
         equal(filter.serverid(), target.serverid()) && any;
}

bool Matches(const types::UserFilter& filter, const types::Metadata& metadata) {
  return std::all_of(
      filter.searchkeywords().begin(), filter.searchkeywords().end(), [&](const std::string& keyword) {
        const std::string wanted = Lower(keyword);
        const auto has = [&wanted](const std::string& text) {
          return Lower(text).find(wanted) != std::string::npos;
        };
        return has(metadata.name()) ||
               std::any_of(metadata.labels().begin(), metadata.labels().end(),
                           [&](const auto& label) { return has(label.first) || has(label.second); });
      });
}

Status StaleRevision() {
  return {StatusCode::FAILED_PRECONDITION,
          "resource revision does not match, it may have been concurrently created|modified|deleted; please "
          "work from the latest state, or use --force to overwrite"};
}

}  // namespace playground
