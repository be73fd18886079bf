// Questions to the playground's record: what the product really did.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "playground/client.h"

namespace harness {

// Okta ids to what is done about each, in order: "CreateUser ada@example.com", "UpsertLock ada@example.com".
using CallsById = std::map<std::string, std::vector<std::string>>;

// The record from one moment on.
class RecordView {
 public:
  // Reads what was recorded after entry number `after`.
  RecordView(const playground::Client& world, uint64_t after);

  const nlohmann::json& entries() const { return entries_; }
  // Writes that the auth service accepted from clients (not by the admin's side door), in order.
  std::vector<nlohmann::json> Writes() const;
  std::vector<nlohmann::json> Writes(const std::string& call) const;
  // "CreateUser ada@example.com", "UpsertLock ada@example.com" (a lock by its target), in order.
  std::vector<std::string> WriteLines() const;
  CallsById WritesById() const;
  // Requests that one side got; `path` is a part of it, or of the call's name.
  size_t Requests(const std::string& side, const std::string& part) const;

 private:
  nlohmann::json entries_;
};

// The writes that a plan names, as WritesById has them of the run that makes them.
CallsById PlannedById(const nlohmann::json& report);

// What the control command put_user is told to store a user as it was read, and perhaps changed, by an admin.
nlohmann::json AsStored(const nlohmann::json& user);

}  // namespace harness
