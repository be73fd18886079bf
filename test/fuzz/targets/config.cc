// The configuration: what is accepted is accepted again, as the same, when it is written out key by key.
#include <string>
#include <variant>

#include "base/json.h"
#include "base/text.h"
#include "check.h"
#include "config/config.h"
#include "config/duration.h"
#include "config/table.h"
#include "nlohmann/json.hpp"

namespace {

using nlohmann::json;
namespace config = oktasync::config;

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

json ValueOf(const config::Rule& rule, const config::Config& of) {
  return std::visit(
      Overloaded{[](const config::ObjectRule&) { return json(); },
                 [&](const config::DurationRule& r) { return json(config::DurationText(r.access.get(of))); },
                 [&](const auto& r) { return json(r.access.get(of)); }},
      rule);
}

// As somebody would write it who names every key. What is "" stands for "not given", and an object without members
// for null or "not there".
json Render(const config::Config& of, bool with_scopes) {
  json document = json::object();
  for (const config::Row& row : config::Rows()) {
    // Scopes that are named are all that is asked for; what features need besides is added to the default alone.
    if (row.path == "/okta/scopes" && !with_scopes) continue;
    const json value = ValueOf(row.rule, of);
    if (value.is_null()) continue;
    if (value == "" && !(std::holds_alternative<config::TextRule>(row.rule) &&
                         std::get<config::TextRule>(row.rule).nullable)) {
      continue;
    }
    document[json::json_pointer(std::string(row.path))] = value;
  }
  for (const config::Row& row : config::Rows()) {
    const auto* object = std::get_if<config::ObjectRule>(&row.rule);
    const json::json_pointer at{std::string(row.path)};
    if (object != nullptr && object->set_none != nullptr && !document.contains(at)) document[at] = nullptr;
  }
  // A connector's name without its type is what null leaves behind.
  json& users = document["users"];
  if (users.contains("connector") && users["connector"].is_object() && !users["connector"].contains("type")) {
    users["connector"] = nullptr;
  }
  return document;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const config::ParseResult parsed = config::Parse(oktasync::fuzz::View(data, size));
  if (!parsed.problems.empty()) {
    FUZZ_CHECK(parsed.problems.size() <= 201);
    for (const config::Problem& problem : parsed.problems) {
      FUZZ_CHECK(!problem.text.empty() && oktasync::IsUtf8(problem.path));
      FUZZ_CHECK(oktasync::fuzz::IsPlain(problem.path) && oktasync::fuzz::IsPlain(problem.text));
    }
    config::Describe(parsed.problems);
    return 0;
  }
  const auto document = oktasync::ParseJson(oktasync::fuzz::View(data, size));
  FUZZ_CHECK(document.ok() && document->contains("okta"));
  const bool scopes = document->at("okta").contains("scopes");
  const std::string written = oktasync::DumpJson(Render(parsed.config, scopes));
  const config::ParseResult again = config::Parse(written);
  if (!again.problems.empty()) oktasync::fuzz::Tell(config::Describe(again.problems) + written);
  FUZZ_CHECK(again.problems.empty());
  FUZZ_CHECK(oktasync::DumpJson(Render(again.config, scopes)) == written);
  return 0;
}
