#include "integration/member.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace integration {

std::string UseIdentityFile(Scene& scene) {
  const std::string file = scene.Dir() + "/member.pem";
  scene.Configure("/teleport/identity", {{"file", file}});
  return file;
}

std::string TokenFile(Scene& scene, const json& args) {
  static int count = 0;
  const std::string token = scene.Auth("put_token", args).at("token");
  scene.AddSecret(token);
  const std::string file = scene.Dir() + "/token-" + std::to_string(++count);
  std::ofstream(file) << token << "\n";
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  return file;
}

void JoinDirectly(Scene& scene) {
  scene.Run("join", 0, {"--token-file", TokenFile(scene), "--ca-pin", scene.Info("ca_pin")});
}

void UseProxyPort(Scene& scene) {
  scene.Configure("/teleport/address", scene.Info("proxy_address"));
  scene.Configure("/teleport/proxy", true);
}

size_t Asked(const Scene& scene, const std::string& call) {
  return scene.RecordAfter(0).Requests("auth", call);
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Variable::Variable(std::string name, const std::string& value) : name_(std::move(name)) {
  ::setenv(name_.c_str(), value.c_str(), 1);
}

Variable::~Variable() { ::unsetenv(name_.c_str()); }

}  // namespace integration
