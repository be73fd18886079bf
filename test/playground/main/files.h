// The files by which others find the playground: its directory, playground.json, oktasync.yaml.
//
// Used by main. Throws std::runtime_error with a sentence when the disk refuses.
#pragma once

#include <string>

#include "nlohmann/json.hpp"

namespace playground {

// `dir`, made if need be, as an absolute path; with "" a fresh directory under the temporary one.
std::string MakeDirectory(const std::string& dir);

// A config for the host `oktasync` that points it at this playground. `info` is what playground.json holds.
std::string HostConfig(const nlohmann::ordered_json& info);

}  // namespace playground
