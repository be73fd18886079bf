#include "config/schema.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/json.h"
#include "config/duration.h"
#include "config/table.h"
#include "nlohmann/json.hpp"

namespace oktasync::config {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

std::string Plain(double number) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%g", number);
  return buffer;
}

std::string Limits(const Rule& rule) {
  return std::visit(
      Overloaded{
          [](const IntegerRule& r) { return std::to_string(r.least) + " to " + std::to_string(r.most); },
          [](const NumberRule& r) { return Plain(r.least) + " to " + Plain(r.most); },
          [](const DurationRule& r) { return DurationText(r.least) + " to " + DurationText(r.most); },
          [](const TextListRule& r) { return std::string(r.may_be_empty ? "" : "at least one"); },
          [](const auto&) { return std::string(); },
      },
      rule);
}

std::string Fallback(const Rule& rule, const Config& defaults) {
  return std::visit(
      Overloaded{
          [&](const ObjectRule&) { return std::string(); },
          [&](const TextRule& r) {
            const std::string text = r.access.get(defaults);
            return text.empty() ? std::string() : DumpJson(text);
          },
          [&](const BooleanRule& r) { return std::string(r.access.get(defaults) ? "true" : "false"); },
          [&](const IntegerRule& r) { return std::to_string(r.access.get(defaults)); },
          [&](const NumberRule& r) { return Plain(r.access.get(defaults)); },
          [&](const DurationRule& r) { return DumpJson(DurationText(r.access.get(defaults))); },
          [&](const TextListRule& r) { return DumpJson(nlohmann::json(r.access.get(defaults))); },
          [&](const TextMapRule& r) { return DumpJson(nlohmann::json(r.access.get(defaults))); },
      },
      rule);
}

// The default of an object that may be null is what its members are without it.
std::string ObjectFallback(const Row& object, const Config& defaults) {
  nlohmann::json members = nlohmann::json::object();
  for (const Row& row : Rows()) {
    const auto* text = std::get_if<TextRule>(&row.rule);
    if (row.parent() == object.path && text != nullptr)
      members[std::string(row.name())] = text->access.get(defaults);
  }
  return DumpJson(members);
}

bool Nullable(const Rule& rule) {
  if (const auto* object = std::get_if<ObjectRule>(&rule)) return object->set_none != nullptr;
  if (const auto* text = std::get_if<TextRule>(&rule)) return text->nullable;
  return false;
}

std::string Dotted(std::string_view path) {
  std::string text(path.substr(1));
  for (char& c : text) {
    if (c == '/') c = '.';
  }
  return text;
}

// In a cell of a Markdown table; within `code` only the bar is special.
std::string Cell(std::string_view text) {
  std::string out;
  bool code = false;
  for (char c : text) {
    if (c == '`') code = !code;
    if (c == '|' || (c == '<' && !code)) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string_view ToString(Type type) {
  switch (type) {
    case Type::kObject:
      return "object";
    case Type::kText:
      return "text";
    case Type::kBoolean:
      return "true or false";
    case Type::kInteger:
      return "whole number";
    case Type::kNumber:
      return "number";
    case Type::kDuration:
      return "duration";
    case Type::kTextList:
      return "list of texts";
    case Type::kTextMap:
      return "object of texts";
  }
  return "value";
}

const std::vector<Entry>& Schema() {
  static const std::vector<Entry>& schema = *new std::vector<Entry>([] {
    std::vector<Entry> entries;
    const Config defaults;
    for (const Row& row : Rows()) {
      Entry entry{std::string(row.path),   row.type(), row.required, Nullable(row.rule), Limits(row.rule), {},
                  std::string(row.meaning)};
      if (!row.required) {
        const bool object = entry.type == Type::kObject;
        entry.fallback =
            object && entry.nullable ? ObjectFallback(row, defaults) : Fallback(row.rule, defaults);
      }
      entries.push_back(std::move(entry));
    }
    return entries;
  }());
  return schema;
}

std::string ReferenceMarkdown() {
  std::string out =
      "Durations are texts of whole numbers with a unit: `90s`, `30m`, `1h30m`, `500ms`. A key that is not "
      "listed "
      "here is an error.\n";
  for (const Entry& entry : Schema()) {
    if (entry.type == Type::kObject && entry.path.rfind('/') == 0) {
      out += "\n**`" + Dotted(entry.path) + "`** " + (entry.required ? "(required) " : "") +
             Cell(entry.meaning) + "\n\n| key | takes | default | meaning |\n|---|---|---|---|\n";
      continue;
    }
    std::string takes(ToString(entry.type));
    if (!entry.limits.empty()) takes += ", " + entry.limits;
    if (entry.nullable) takes += ", or null";
    // What stands below a section's own level is required only when its parent is there.
    const bool deep = std::count(entry.path.begin(), entry.path.end(), '/') > 2;
    std::string fallback = !entry.required ? "" : deep ? "required in it" : "required";
    if (!entry.fallback.empty()) fallback = "`" + entry.fallback + "`";
    out +=
        "| `" + Dotted(entry.path) + "` | " + takes + " | " + fallback + " | " + Cell(entry.meaning) + " |\n";
  }
  return out;
}

}  // namespace oktasync::config
