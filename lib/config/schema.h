// Every key that the configuration knows: where it stands, what it takes, what it is without it, what it is
// for.
//
// Made from the one table that Parse goes by (table.h), so the reference cannot say anything else than what
// the parser does. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace oktasync::config {

enum class Type { kObject, kText, kBoolean, kInteger, kNumber, kDuration, kTextList, kTextMap };
std::string_view ToString(Type type);  // "object", "text", "true or false", …

struct Entry {
  std::string path;  // JSON pointer: "/okta/org_url"
  Type type;
  bool required;         // within its parent, when that is there
  bool nullable;         // null is a value of its own: "none"
  std::string limits;    // "1 to 500", "at least 1m", "" for none
  std::string fallback;  // the default as JSON: "500", "\"30m\"", "[]"; "" when there is none
  std::string meaning;   // one sentence
};

// In the order of the reference; a parent stands before its children.
const std::vector<Entry>& Schema();

// A table in Markdown for each section. Keys are written with dots, as YAML's users say them.
std::string ReferenceMarkdown();

}  // namespace oktasync::config
