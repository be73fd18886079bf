#include "history/okta_model.h"

#include <algorithm>

namespace history {
namespace {

bool Is(const std::string& word, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* known) { return word == known; });
}

}  // namespace

Says WhatSays(const Person& person) {
  if (person.deleted || person.status == "DEPROVISIONED" || person.assignment.empty()) return Says::kGone;
  const bool user_known = Is(person.status, {"STAGED", "PROVISIONED", "ACTIVE", "RECOVERY", "LOCKED_OUT",
                                             "PASSWORD_EXPIRED", "SUSPENDED"});
  const bool assigned =
      Is(person.assignment, {"ACTIVE", "PROVISIONED", "STAGED", "PENDING", "APPROVED", "IMPLICIT"});
  const bool not_assigned = Is(person.assignment, {"INACTIVE", "REVOKED", "DEPROVISIONED"});
  if (!user_known || (!assigned && !not_assigned && person.assignment != "SUSPENDED")) return Says::kUnknown;
  if (not_assigned) return Says::kGone;
  return person.status == "SUSPENDED" || person.assignment == "SUSPENDED" ? Says::kSuspended : Says::kPresent;
}

const Person* OktaModel::Find(const std::string& id) const {
  const auto it = people.find(id);
  return it == people.end() || it->second.deleted ? nullptr : &it->second;
}

Person* OktaModel::Change(const std::string& id) { return const_cast<Person*>(Find(id)); }

bool OktaModel::Hire(const std::string& id, const std::string& user_name, const std::string& department) {
  if (people.contains(id)) return false;
  Person person;
  person.user_name = user_name;
  person.assignment = "ACTIVE";
  person.profile = {{"department", department}, {"login", id + "@example.com"}};
  people[id] = std::move(person);
  return true;
}

bool OktaModel::Assign(const std::string& id, const std::string& user_name) {
  Person* person = Change(id);
  if (person == nullptr || person->status == "DEPROVISIONED") return false;
  if (person->assignment == "ACTIVE" && person->user_name == user_name) return false;
  person->assignment = "ACTIVE";
  person->user_name = user_name;
  return true;
}

bool OktaModel::Unassign(const std::string& id) {
  Person* person = Change(id);
  if (person == nullptr || person->assignment.empty()) return false;
  person->assignment.clear();
  return true;
}

bool OktaModel::Deactivate(const std::string& id) {
  Person* person = Change(id);
  if (person == nullptr || person->status == "DEPROVISIONED") return false;
  person->status = "DEPROVISIONED";
  person->assignment.clear();
  return true;
}

bool OktaModel::Activate(const std::string& id) {
  Person* person = Change(id);
  if (person == nullptr || !Is(person->status, {"STAGED", "PROVISIONED", "DEPROVISIONED"})) return false;
  person->status = "ACTIVE";
  return true;
}

bool OktaModel::Delete(const std::string& id) {
  Person* person = Change(id);
  if (person == nullptr) return false;
  person->assignment.clear();
  if (person->status == "DEPROVISIONED") {
    person->deleted = true;
  } else {
    person->status = "DEPROVISIONED";
  }
  return true;
}

bool OktaModel::Suspend(const std::string& id) {
  Person* person = Change(id);
  if (person == nullptr || person->status != "ACTIVE") return false;
  person->status = "SUSPENDED";
  return true;
}

bool OktaModel::Unsuspend(const std::string& id) {
  Person* person = Change(id);
  if (person == nullptr || person->status != "SUSPENDED") return false;
  person->status = "ACTIVE";
  return true;
}

bool OktaModel::Rename(const std::string& id, const std::string& user_name) {
  Person* person = Change(id);
  if (person == nullptr || person->assignment.empty() || person->user_name == user_name) return false;
  person->user_name = user_name;
  return true;
}

bool OktaModel::Edit(const std::string& id, const std::string& attribute, const std::string& value) {
  Person* person = Change(id);
  if (person == nullptr) return false;
  if (value.empty()) return person->profile.erase(attribute) > 0;
  std::string& stored = person->profile[attribute];
  if (stored == value) return false;
  stored = value;
  return true;
}

bool OktaModel::SetStatus(const std::string& id, const std::string& status) {
  Person* person = Change(id);
  if (person == nullptr || person->status == "DEPROVISIONED" || person->status == status) return false;
  person->status = status;
  return true;
}

bool OktaModel::SetAssignment(const std::string& id, const std::string& status) {
  Person* person = Change(id);
  if (person == nullptr || person->assignment.empty() || person->assignment == status) return false;
  person->assignment = status;
  return true;
}

bool OktaModel::SetHidden(const std::string& id, bool hidden) {
  Person* person = Change(id);
  if (person == nullptr || person->hidden == hidden) return false;
  person->hidden = hidden;
  return true;
}

Person OktaModel::Shown(const Person& person) const {
  Person shown = person;
  for (const std::string& attribute : hidden_attributes) shown.profile.erase(attribute);
  return shown;
}

std::vector<std::pair<std::string, Person>> OktaModel::Listing() const {
  std::vector<std::pair<std::string, Person>> rows;
  for (const auto& [id, person] : people) {
    if (!person.deleted && !person.hidden && !person.assignment.empty()) rows.emplace_back(id, Shown(person));
  }
  if (order == 0 || rows.size() < 2) return rows;
  // Any permutation will do, as long as the same number gives the same one.
  uint32_t draw = order;
  for (size_t i = rows.size() - 1; i > 0; --i) {
    draw = draw * 1664525u + 1013904223u;
    std::swap(rows[i], rows[(draw >> 8) % (i + 1)]);
  }
  return rows;
}

}  // namespace history
