#include "http/message.h"

#include "base/text.h"

namespace oktasync::http {

std::vector<std::string_view> Response::All(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : headers) {
    if (key == name) values.push_back(value);
  }
  return values;
}

std::string_view Response::First(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

bool Response::IsJson() const {
  const std::string_view type = First("content-type");
  constexpr std::string_view kJson = "application/json";
  if (!EqualsIgnoreCase(type.substr(0, kJson.size()), kJson)) return false;
  return type.size() == kJson.size() || type[kJson.size()] == ';' || type[kJson.size()] == ' ';
}

}  // namespace oktasync::http
