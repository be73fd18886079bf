#include "base/json.h"

#include <set>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "nlohmann/json.hpp"

namespace oktasync {
namespace {

struct BadJson {
  std::string reason;
};

}  // namespace

absl::StatusOr<nlohmann::json> ParseJson(std::string_view text, JsonLimits limits) {
  const auto bad = [](const std::string& reason) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "not acceptable JSON: " + reason);
  };
  if (text.size() > limits.max_bytes) {
    return bad("larger than " + std::to_string(limits.max_bytes) + " bytes");
  }
  if (!IsUtf8(text)) return bad("not UTF-8");

  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (static_cast<size_t>(depth) > limits.max_depth) {
      throw BadJson{"nested deeper than " + std::to_string(limits.max_depth)};
    }
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key && !keys.back().insert(parsed.get<std::string>()).second) {
      throw BadJson{"a key appears twice in one object"};
    }
    return true;
  };
  try {
    return nlohmann::json::parse(text, watch);
  } catch (const BadJson& e) {
    return bad(e.reason);
  } catch (const nlohmann::json::parse_error& e) {
    return bad("syntax error at byte " + std::to_string(e.byte));
  } catch (const nlohmann::json::exception&) {
    return bad("a number out of range");
  }
}

std::string DumpJson(const nlohmann::json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string JsonString(const nlohmann::json& object, std::string_view key) {
  if (!object.is_object()) return {};
  const auto it = object.find(std::string(key));
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

}  // namespace oktasync
