#include "harness/product.h"

#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace harness {

Programs ProgramsIn(const std::string& folder) {
  return {folder + "/oktasync", folder + "/oktasync-playground"};
}

std::string OwnFolder() {
  char path[PATH_MAX] = "";
  const ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);
  const std::string self(path, size > 0 ? static_cast<size_t>(size) : 0);
  return self.substr(0, self.rfind('/'));
}

std::string MakeDirectory(const std::string& kind) {
  std::string path = (std::filesystem::temp_directory_path() / ("oktasync-" + kind + "-XXXXXX")).string();
  if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("no directory can be made like " + path);
  return path;
}

nlohmann::json FirstConfig(const playground::Client& world) {
  return {
      {"okta",
       {{"org_url", world.Info("okta_url")},
        {"app_id", world.Info("app_id")},
        {"client_id", world.Info("client_id")},
        {"key_id", world.Info("key_id")},
        {"private_key_file", world.Info("private_key_file")},
        {"ca_file", world.Info("okta_ca_file")}}},
      {"teleport",
       {{"address", world.Info("auth_address")},
        {"identity",
         {{"key_file", world.Info("identity_key_file")},
          {"cert_file", world.Info("identity_cert_file")},
          {"ca_file", world.Info("identity_ca_file")}}}}},
      {"users", {{"default_role", "okta-requester"}, {"connector", {{"type", "saml"}, {"name", "okta"}}}}}};
}

uint64_t RunResult::Count(const std::string& what) const {
  if (!report.is_object() || !report.contains("counts")) return 0;
  return report["counts"].value(what, uint64_t{0});
}

Product::Product(Programs programs, const playground::Client& world)
    : programs_(std::move(programs)), config_file_(world.Info("config_file")) {}

std::vector<std::string> Product::CommandLine(const std::string& command,
                                              const std::vector<std::string>& more) const {
  std::vector<std::string> line = {programs_.oktasync, command, "--config", config_file_, "--json"};
  line.insert(line.end(), more.begin(), more.end());
  return line;
}

void Product::UseConfig(const std::string& file, const nlohmann::json& config) {
  std::ofstream(file) << config.dump(2) << "\n";
  UseConfig(file);
}

RunResult Product::Run(const std::string& command, const std::vector<std::string>& more,
                       double seconds) const {
  Process process(CommandLine(command, more));
  RunResult result;
  result.process = process.Wait(seconds);
  result.report = nlohmann::json::parse(result.process.out, nullptr, false);
  if (result.report.is_discarded()) result.report = nullptr;
  return result;
}

}  // namespace harness
