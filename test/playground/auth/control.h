// The control commands of the auth service; auth_service.h lists them. Thread-safe.
#pragma once

#include <string>

#include "auth/desk.h"
#include "auth/tls_front.h"
#include "auth/world.h"
#include "nlohmann/json.hpp"

namespace playground {

// Throws std::invalid_argument or nlohmann's exceptions for what it cannot read.
nlohmann::json RunControl(World& world, TlsFront& front, Desk& desk, const std::string& command,
                          const nlohmann::json& args);

}  // namespace playground
