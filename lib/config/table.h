// The one table behind parser, defaults and reference. For schema.cc, reader.cc and table.cc alone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "config/checks.h"
#include "config/config.h"
#include "config/schema.h"

namespace oktasync::config {

// What each type of value needs: its limits, and the way to and from Config. Plain function pointers, so a
// row is a constant.
template <typename Value>
struct Access {
  Value (*get)(const Config&);
  void (*set)(Config&, Value);
};

struct ObjectRule {
  void (*set_none)(Config&) = nullptr;  // what null means; null here: null is refused
};
struct TextRule {
  TextCheck check;
  Access<std::string> access;
  bool nullable = false;  // null is ""
};
struct BooleanRule {
  Access<bool> access;
};
struct IntegerRule {
  int64_t least, most;
  Access<int64_t> access;
};
struct NumberRule {
  double least, most;
  Access<double> access;
};
struct DurationRule {
  absl::Duration least, most;
  Access<absl::Duration> access;
};
struct TextListRule {
  TextCheck check;  // of each item
  bool may_be_empty;
  Access<std::vector<std::string>> access;
};
struct TextMapRule {
  TextCheck check_key;
  TextCheck check_value;
  Access<std::map<std::string, std::string>> access;
};
// In the order of Type.
using Rule = std::variant<ObjectRule, TextRule, BooleanRule, IntegerRule, NumberRule, DurationRule,
                          TextListRule, TextMapRule>;

struct Row {
  std::string_view path;
  bool required;
  Rule rule;
  std::string_view meaning;

  Type type() const { return static_cast<Type>(rule.index()); }
  std::string_view parent() const { return path.substr(0, path.rfind('/')); }  // "" for the document
  std::string_view name() const { return path.substr(path.rfind('/') + 1); }
};

const std::vector<Row>& Rows();

}  // namespace oktasync::config
