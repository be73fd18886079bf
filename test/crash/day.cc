#include "crash/day.h"

#include <stdexcept>

namespace crash {
namespace {

using nlohmann::json;
using playground::Client;

json Person(const Client& world, size_t number) { return world.Post("/okta/people").at(number); }
std::string Id(const Client& world, size_t number) { return Person(world, number)["id"]; }
std::string Name(const Client& world, size_t number) { return Person(world, number)["user_name"]; }

void Rename(const Client& world, size_t number, const std::string& name) {
  world.Post("/okta/rename", {{"id", Id(world, number)}, {"user_name", name}});
}

void Morning(const Client& world) {
  world.Post("/okta/hire", {{"login", "hiro@example.com"}});
  world.Post("/okta/edit",
             {{"id", Id(world, 0)}, {"profile", {{"department", "Metaverse"}, {"title", nullptr}}}});
  world.Post("/okta/unassign", {{"id", Id(world, 1)}});
  world.Post("/okta/deactivate", {{"id", Id(world, 2)}});
  Rename(world, 3, "countess@example.com");
  world.Post("/okta/suspend", {{"id", Id(world, 4)}});
}

void Noon(const Client& world) {
  world.Post("/okta/assign", {{"id", Id(world, 1)}});
  world.Post("/okta/unsuspend", {{"id", Id(world, 4)}});
  const std::string six = Name(world, 6);
  const std::string seven = Name(world, 7);
  Rename(world, 6, seven);
  Rename(world, 7, six);
  world.Post("/okta/hire", {{"login", "heir@example.com"}, {"user_name", Name(world, 2)}});
}

void Evening(const Client& world) {
  world.Post("/okta/unassign", {{"ids", {Id(world, 0), Id(world, 5), Id(world, 8)}}});
}

}  // namespace

std::vector<Step> TheDay() {
  const auto nothing = [](const Client&) {};
  return {
      {"import", nothing, "", 0, 10},
      {"hire, edit, unassignment, deactivation, rename, suspension", Morning, "", 0, 10},
      {"return, unsuspension, swap, a leaver's name for somebody else", Noon, "", 3, 10},
      {"the swap is approved", nothing, "handover", 3, 10},
      {"the reuse of the name is approved", nothing, "quarantine", 0, 10},
      {"mass unassignment", Evening, "", 3, 2},
      {"the mass unassignment is approved", nothing, "removals", 0, 2},
  };
}

}  // namespace crash
