#include "main/files.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace playground {

std::string MakeDirectory(const std::string& dir) {
  namespace fs = std::filesystem;
  if (dir.empty()) {
    std::string made = (fs::temp_directory_path() / "oktasync-playground-XXXXXX").string();
    if (::mkdtemp(made.data()) == nullptr) {
      throw std::runtime_error("cannot make a directory like " + made + ": " + std::strerror(errno));
    }
    return made;
  }
  std::error_code error;
  fs::create_directories(dir, error);
  if (error) throw std::runtime_error("cannot make the directory " + dir + ": " + error.message());
  return fs::canonical(dir).string();
}

std::string HostConfig(const nlohmann::ordered_json& info) {
  // A JSON string is a double-quoted YAML scalar.
  const auto text = [&info](const char* key) { return info.at(key).dump() + "\n"; };
  return "# Written by oktasync-playground: points the host oktasync at this playground.\n"
         "okta:\n"
         "  org_url: " +
         text("okta_url") + "  app_id: " + text("app_id") + "  client_id: " + text("client_id") +
         "  key_id: " + text("key_id") + "  private_key_file: " + text("private_key_file") +
         "  ca_file: " + text("okta_ca_file") +
         "teleport:\n"
         "  address: " +
         text("auth_address") +
         "  identity:\n"
         "    key_file: " +
         text("identity_key_file") + "    cert_file: " + text("identity_cert_file") +
         "    ca_file: " + text("identity_ca_file") +
         "users:\n"
         "  default_role: okta-requester\n"
         "  connector:\n"
         "    type: saml\n"
         "    name: okta\n"
         "sync:\n"
         "  interval: 30m\n";
}

}  // namespace playground
