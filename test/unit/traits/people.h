// An AppUser that owns its text, for tests.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "model/app_user.h"
#include "traits/mapper.h"

namespace oktasync::traits {

class Person {
 public:
  explicit Person(std::string name = "ada@example.com") {
    user_.id = "00u1ada";
    user_.user_name = Keep(std::move(name));
    user_.assignment = AssignmentStatus::kActive;
    user_.status = UserStatus::kActive;
  }
  Person(const Person&) = delete;
  Person& operator=(const Person&) = delete;

  // As Okta's JSON has it: one value, an array of several, null as none.
  Person& User(std::string name, std::vector<Scalar> values, uint32_t skipped = 0) {
    return Add(user_.user_profile, std::move(name), std::move(values), skipped);
  }
  Person& App(std::string name, std::vector<Scalar> values, uint32_t skipped = 0) {
    return Add(user_.app_profile, std::move(name), std::move(values), skipped);
  }
  const AppUser& operator*() const { return user_; }
  std::string_view Keep(std::string text) { return kept_.emplace_back(std::move(text)); }

 private:
  Person& Add(Profile& profile, std::string name, std::vector<Scalar> values, uint32_t skipped) {
    Attribute attribute;
    attribute.name = Keep(std::move(name));
    attribute.first = static_cast<uint32_t>(profile.values.size());
    attribute.count = static_cast<uint32_t>(values.size());
    attribute.skipped = skipped;
    for (Scalar& value : values) {
      if (auto* text = std::get_if<std::string_view>(&value)) *text = Keep(std::string(*text));
      profile.values.push_back(value);
    }
    profile.attributes.push_back(attribute);
    return *this;
  }

  AppUser user_;
  std::deque<std::string> kept_;
};

inline Options TestOptions() {
  Options options;
  options.source = {"00o1org", "0oa1app"};
  options.org_url = "https://example.okta.com";
  return options;
}

inline DesiredUser MapOrDie(const Person& person, const Options& options,
                            std::vector<Finding>* findings = nullptr) {
  auto mapped = Mapper(options).Map(*person, findings);
  return mapped.ok() ? *std::move(mapped) : DesiredUser{};
}

}  // namespace oktasync::traits
