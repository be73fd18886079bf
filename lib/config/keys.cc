#include "config/keys.h"

#include <utility>
#include <vector>

#include "base/status.h"
#include "config/pointer.h"
#include "jose/jwk.h"

namespace oktasync::config {
namespace {

constexpr char kKeyFile[] = "/okta/private_key_file";

std::vector<oauth::KeyFile> KeyFiles(const Config& config) {
  std::vector<oauth::KeyFile> files = {{config.key_id, config.private_key_file, kKeyFile}};
  for (const auto& [kid, path] : config.other_keys) {
    files.push_back({kid, path, Child("/okta/other_keys", kid)});
  }
  return files;
}

}  // namespace

absl::StatusOr<std::shared_ptr<oauth::ClientKeys>> ChooseKeys(const Config& config,
                                                              std::shared_ptr<const jose::Signer> host_signer,
                                                              LogSink& log) {
  if (host_signer != nullptr) {
    absl::StatusOr<std::string> kid = jose::KeyId(*host_signer, config.key_id);
    if (!kid.ok()) return Annotate(kid.status(), "/okta/key_id");
    return oauth::MakeFixedKey({*std::move(kid), std::move(host_signer)});
  }
  if (config.private_key_file.empty()) {
    return MakeStatus(
        absl::StatusCode::kFailedPrecondition,
        std::string(kKeyFile) +
            ": nobody signs towards Okta; name the file of the private key, or let the host sign");
  }
  return oauth::MakeKeysFromFiles(KeyFiles(config), log);
}

absl::StatusOr<std::string> PublicKeys(const Config& config) {
  if (config.private_key_file.empty()) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      std::string(kKeyFile) +
                          ": no private key file is named, so there is no public key to show; when the host "
                          "signs, the public key is the host's to publish");
  }
  OKTASYNC_ASSIGN_OR_RETURN(const std::vector<jose::NamedSigner> keys, oauth::ReadKeyFiles(KeyFiles(config)));
  absl::StatusOr<std::string> set = jose::Jwks(keys);
  if (!set.ok()) return Annotate(set.status(), "/okta/other_keys");
  return set;
}

}  // namespace oktasync::config
