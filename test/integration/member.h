// What the tests of joining, rotation and proxies share: a scene whose host joins the cluster by itself.
#pragma once

#include <string>

#include "integration/fixture.h"

namespace integration {

// Configures the scene for an identity file that is not there yet.
std::string UseIdentityFile(Scene& scene);
// A token as `tctl tokens add` would make it, in a file of mode 0600; no output may hold it from here on.
std::string TokenFile(Scene& scene, const json& args = json::object());
// `oktasync join` at the auth server's port, with the right pin; it must work.
void JoinDirectly(Scene& scene);
void UseProxyPort(Scene& scene);
// How often the auth service was asked this since the beginning.
size_t Asked(const Scene& scene, const std::string& call);
std::string ReadFile(const std::string& path);

// A variable of the environment, for the product's processes; as it was when it goes.
class Variable {
 public:
  Variable(std::string name, const std::string& value);
  ~Variable();
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  std::string name_;
};

}  // namespace integration
