// Looks at the playground's two sides, for the scenes of the demo.
#pragma once

#include <string>
#include <vector>

#include "demo/stage.h"

namespace demo {

using Strings = std::vector<std::string>;

// The app username of this Okta id.
std::string NameOf(const Stage& stage, const std::string& id);
// Ids of assigned people from the `from`-th on.
Strings Assigned(const Stage& stage, size_t from, size_t count);
bool UserExists(const Stage& stage, const std::string& name);
// The lock on `name` that the auth service shows as in force, or null.
nlohmann::json LockOn(const Stage& stage, const std::string& name);
// Whose the Teleport user of that name is, by Okta id; "" when there is none.
std::string HolderOf(const Stage& stage, const std::string& name);
// A person was shut out in this scene: locked, then deleted, and is locked now.
void CheckGone(Stage& stage, const std::string& name);

}  // namespace demo
