#include "auth/join_control.h"

#include <stdexcept>

namespace playground {
namespace {

using nlohmann::json;

double Seconds(const json& args, double otherwise) {
  const double seconds = args.value("seconds", otherwise);
  if (!(seconds > -1e9 && seconds < 1e9)) throw std::invalid_argument("seconds out of range");
  return seconds;
}

json PutToken(JoinScene& scene, const json& args) {
  JoinToken token;
  for (const json& role : args.value("roles", json::array({"Okta"})))
    token.roles.insert(role.get<std::string>());
  // 32 hexadecimal digits, as tctl makes them.
  std::string text;
  for (const char c : NewUuid()) {
    if (c != '-') text += c;
  }
  std::lock_guard lock(scene.world.mutex);
  token.expires = scene.world.Now() + Seconds(args, 3600);
  scene.world.tokens[text] = std::move(token);
  return {{"token", text}};
}

json Rotate(JoinScene& scene, const json& args) {
  const auto phase = args.at("phase").get<std::string>();
  scene.ca.Rotate(phase);
  scene.world.record.Add({{"side", "control"}, {"kind", "rotate"}, {"phase", phase}});
  scene.front.Use(scene.ca.Server(), scene.ca.TrustedPem());
  // From here on the server is another one to its clients.
  if (phase == "update_servers" || phase == "standby" || phase == "rollback") scene.front.CutAll();
  return {{"ok", true}};
}

json UseHttpProxy(JoinScene& scene, const json& args) {
  HttpProxy::Rules rules;
  rules.credentials = args.value("credentials", "");
  rules.refuse = args.value("refuse", 0);
  rules.silent = args.value("silent", false);
  rules.padding = args.value("padding", size_t{0});
  scene.http_proxy.Use(std::move(rules));
  return {{"ok", true}};
}

}  // namespace

std::optional<json> RunJoinControl(JoinScene& scene, const std::string& command, const json& given) {
  const json args = given.is_null() ? json::object() : given;
  if (command == "put_token") return PutToken(scene, args);
  if (command == "rotate") return Rotate(scene, args);
  if (command == "http_proxy") return UseHttpProxy(scene, args);
  if (command == "host_ca") {
    return json{{"phase", scene.ca.phase()}, {"pins", scene.ca.Pins()}, {"pem", scene.ca.TrustedPem()}};
  }
  if (command == "certificate_life") {
    std::lock_guard lock(scene.world.mutex);
    scene.world.certificate_life = static_cast<long>(Seconds(args, 3600));
    return json{{"ok", true}};
  }
  return std::nullopt;
}

}  // namespace playground
