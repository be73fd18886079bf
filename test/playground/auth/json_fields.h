// Small pieces of Teleport's messages as JSON and back. For render.cc and role_json.cc alone.
#pragma once

#include <initializer_list>
#include <stdexcept>
#include <string>

#include "auth/render.h"

namespace playground {

template <class Map>
nlohmann::json LabelsJson(const Map& labels) {
  nlohmann::json out = nlohmann::json::object();
  for (const auto& [key, value] : labels) out[Utf8(key)] = Utf8(value);
  return out;
}

template <class List>
nlohmann::json ListJson(const List& list) {
  nlohmann::json out = nlohmann::json::array();
  for (const std::string& item : list) out.push_back(Utf8(item));
  return out;
}

inline nlohmann::json ValuesJson(const wrappers::LabelValues& values) {
  nlohmann::json out = nlohmann::json::object();
  for (const auto& [key, list] : values.values()) out[Utf8(key)] = ListJson(list.values());
  return out;
}

inline void ReadValues(const nlohmann::json& in, wrappers::LabelValues* out) {
  for (const auto& [key, list] : in.items()) {
    auto& values = (*out->mutable_values())[key];
    for (const auto& value : list) values.add_values(value.get<std::string>());
  }
}

inline void ReadLabels(const nlohmann::json& in, types::Metadata* out) {
  for (const auto& [key, value] : in.items()) (*out->mutable_labels())[key] = value.get<std::string>();
}

inline void OnlyKeys(const nlohmann::json& in, std::initializer_list<const char*> known) {
  if (!in.is_object()) throw std::invalid_argument("expected an object");
  for (const auto& [key, value] : in.items()) {
    bool found = false;
    for (const char* name : known) found = found || key == name;
    if (!found) throw std::invalid_argument("unknown key \"" + key + "\"");
  }
}

}  // namespace playground
