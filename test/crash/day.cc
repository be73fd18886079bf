#include "crash/day.h"

namespace crash {
namespace {

using nlohmann::json;
using playground::Client;

json Person(const Client& world, size_t number) { return world.Post("/okta/people").at(number); }
std::string Id(const Client& world, size_t number) { return Person(world, number)["id"]; }
std::string Name(const Client& world, size_t number) { return Person(world, number)["user_name"]; }

void Unassign(const Client& world, const std::vector<size_t>& numbers) {
  json ids = json::array();
  for (const size_t number : numbers) ids.push_back(Id(world, number));
  world.Post("/okta/unassign", {{"ids", ids}});
}

void Rename(const Client& world, size_t number, const std::string& name) {
  world.Post("/okta/rename", {{"id", Id(world, number)}, {"user_name", name}});
}

void Hire(const Client& world) { world.Post("/okta/hire", {{"login", "hiro@example.com"}}); }

void Edit(const Client& world) {
  world.Post("/okta/edit",
             {{"id", Id(world, 0)}, {"profile", {{"department", "Metaverse"}, {"title", nullptr}}}});
}

void Reuse(const Client& world) {
  world.Post("/okta/hire", {{"login", "heir@example.com"}, {"user_name", Name(world, 2)}});
}

void Swap(const Client& world) {
  const std::string six = Name(world, 6);
  const std::string seven = Name(world, 7);
  Rename(world, 6, seven);
  Rename(world, 7, six);
}

// In a way that is not tried again, so that no run of the test waits.
void Outage(const Client& world) {
  Unassign(world, {5, 8});
  world.Post("/okta/fault", {{"path", "/apps/[^/]+/users\\?"}, {"kind", "html"}, {"times", -1}});
}

}  // namespace

std::vector<Step> TheDay() {
  return {
      {.title = "first import"},
      {.title = "a second run"},
      {.title = "hire", .events = Hire},
      {.title = "edit", .events = Edit},
      {.title = "rename", .events = [](const Client& world) { Rename(world, 3, "countess@example.com"); }},
      {.title = "unassignment", .events = [](const Client& world) { Unassign(world, {1}); }},
      {.title = "deactivation",
       .events =
           [](const Client& world) {
             world.Post("/okta/deactivate", {{"id", Id(world, 2)}});
           }},
      {.title = "a leaver's name for somebody else", .events = Reuse, .exit_code = 3},
      {.title = "the reuse of the name is approved", .approves = "quarantine"},
      {.title = "return",
       .events =
           [](const Client& world) {
             world.Post("/okta/assign", {{"id", Id(world, 1)}});
           }},
      {.title = "suspension, ignored",
       .events =
           [](const Client& world) {
             world.Post("/okta/suspend", {{"id", Id(world, 4)}});
           }},
      {.title = "suspension, locked", .suspended = "lock"},
      {.title = "the suspension ends",
       .events =
           [](const Client& world) {
             world.Post("/okta/unsuspend", {{"id", Id(world, 4)}});
           },
       .suspended = "lock"},
      {.title = "swap", .events = Swap, .exit_code = 3, .suspended = "lock"},
      {.title = "the swap is approved", .approves = "handover", .suspended = "lock"},
      {.title = "an outage of Okta", .events = Outage, .exit_code = 1, .suspended = "lock"},
      {.title = "Okta is well again",
       .events = [](const Client& world) { world.Post("/okta/clear_faults"); },
       .suspended = "lock"},
      {.title = "a daemon",
       .events = [](const Client& world) { Unassign(world, {9}); },
       .command = "run",
       .suspended = "lock"},
      {.title = "mass unassignment",
       .events =
           [](const Client& world) {
             Unassign(world, {0, 3, 6});
           },
       .exit_code = 3,
       .suspended = "lock",
       .guard_least = 2},
      {.title = "its plan", .command = "plan", .exit_code = 3, .suspended = "lock", .guard_least = 2},
      {.title = "the mass unassignment is approved",
       .approves = "removals",
       .suspended = "lock",
       .guard_least = 2},
      {.title = "a run at the day's end", .suspended = "lock", .guard_least = 2},
  };
}

}  // namespace crash
