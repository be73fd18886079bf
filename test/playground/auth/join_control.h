// The control commands about joining, the host CA and the HTTP proxy; auth_service.h lists them. Thread-safe.
#pragma once

#include <optional>
#include <string>

#include "auth/host_ca.h"
#include "auth/proxies.h"
#include "auth/tls_front.h"
#include "auth/world.h"
#include "nlohmann/json.hpp"

namespace playground {

struct JoinScene {
  World& world;
  HostCa& ca;
  TlsFront& front;
  HttpProxy& http_proxy;
};

// nullopt when the command is none of these. Throws as RunControl does.
std::optional<nlohmann::json> RunJoinControl(JoinScene& scene, const std::string& command,
                                             const nlohmann::json& args);

}  // namespace playground
