// The Okta org of a history: who is assigned to the app under which name, and what happens to them.
//
// The events are those of the playground's Org (test/playground/okta/org.h) and refuse what it refuses: a
// deactivated user cannot be assigned, deactivation takes the assignment away, the first delete only
// deactivates. Without its profiles of a hundred attributes, and copyable. Not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "okta/client.h"

namespace history {

struct Person {
  std::string user_name;  // the app user's
  std::string status = "ACTIVE";
  std::string assignment;  // "" for not assigned
  std::map<std::string, std::string> profile;
  bool deleted = false;
  bool hidden = false;  // left out of listings while still assigned
  friend bool operator==(const Person&, const Person&) = default;
};

// Rule R3 in words of its own: the product's table is not asked about itself.
enum class Says { kPresent, kSuspended, kGone, kUnknown };
Says WhatSays(const Person& person);

class OktaModel {
 public:
  // Each is false when Okta would refuse.
  bool Hire(const std::string& id, const std::string& user_name, const std::string& department);
  bool Assign(const std::string& id, const std::string& user_name);
  bool Unassign(const std::string& id);
  bool Deactivate(const std::string& id);
  bool Activate(const std::string& id);
  bool Delete(const std::string& id);
  bool Suspend(const std::string& id);
  bool Unsuspend(const std::string& id);
  bool Rename(const std::string& id, const std::string& user_name);
  bool Edit(const std::string& id, const std::string& attribute, const std::string& value);
  bool SetStatus(const std::string& id, const std::string& status);
  bool SetAssignment(const std::string& id, const std::string& status);
  bool SetHidden(const std::string& id, bool hidden);

  // Null when Okta answers 404.
  const Person* Find(const std::string& id) const;
  // As an answer shows him: without the attributes that the admin role may not see.
  Person Shown(const Person& person) const;
  // The rows of a listing, in the order of `order`.
  std::vector<std::pair<std::string, Person>> Listing() const;

  oktasync::okta::Org org{"00oorg", "https://example.okta.com"};
  oktasync::okta::App app{"0oaapp", "ACTIVE", "Teleport", false};
  std::map<std::string, Person> people;     // by id
  std::set<std::string> hidden_attributes;  // of everybody
  uint32_t order = 0;                       // another number, another order of the rows

 private:
  Person* Change(const std::string& id);
};

}  // namespace history
