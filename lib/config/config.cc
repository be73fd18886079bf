#include "config/config.h"

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "config/cross_checks.h"
#include "config/duration.h"
#include "config/pointer.h"
#include "config/table.h"
#include "nlohmann/json.hpp"

namespace oktasync::config {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxItems = 1000;  // of a list or an object of texts
constexpr size_t kMaxTextBytes = 4096;
constexpr size_t kMaxProblems = 200;  // then the rest is counted: a wrong file must not flood a terminal

std::string KindOf(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_string()) return "text";
  if (value.is_boolean()) return "true or false";
  if (value.is_number_integer()) return "a whole number";
  if (value.is_number()) return "a number";
  return value.is_array() ? "a list" : "an object";
}

std::string Wrong(const Json& value, std::string_view expected) {
  std::string text = "is " + KindOf(value) + ", expected " + std::string(expected);
  if (value.is_null()) text += "; leave the key out to get the default";
  return text;
}

// Goes through the document by the table and fills the config. One for each Parse.
class Reader {
 public:
  explicit Reader(ParseResult& result) : config_(result.config), problems_(result.problems) {}

  void Object(const Json& object, std::string_view path) {
    std::vector<std::string_view> known;
    for (const Row& row : Rows()) {
      if (row.parent() != path) continue;
      known.push_back(row.name());
      const auto it = object.find(std::string(row.name()));
      if (it == object.end()) {
        if (row.required) Add(std::string(row.path), "is missing: " + Missing(row));
        continue;
      }
      std::visit([&](const auto& rule) { Read(row, rule, *it); }, row.rule);
    }
    for (const auto& [key, value] : object.items()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) Unknown(path, key, known);
    }
  }

  void Add(std::string path, std::string text) { problems_.push_back({std::move(path), std::move(text)}); }

 private:
  static std::string Missing(const Row& row) {
    std::string text(row.meaning);
    if (row.type() != Type::kObject) return text;
    std::string members;
    for (const Row& child : Rows()) {
      if (child.parent() != row.path || !child.required) continue;
      if (!members.empty()) members += ", ";
      members += child.name();
    }
    return text + " It must hold at least: " + members + ".";
  }

  // A key in the wrong section is a likelier mistake than a misspelt one when the very word is known there.
  void Unknown(std::string_view path, const std::string& key, const std::vector<std::string_view>& known) {
    std::string text = "is not a key that is known here";
    const auto elsewhere =
        std::find_if(Rows().begin(), Rows().end(), [&](const Row& row) { return row.name() == key; });
    if (const std::string_view nearest = Nearest(key, known); elsewhere != Rows().end()) {
      text += "; it belongs to " + std::string(elsewhere->path);
    } else if (!nearest.empty()) {
      text += "; did you mean " + std::string(nearest) + "?";
    }
    Add(Child(path, key), text);
  }

  void Read(const Row& row, const ObjectRule& rule, const Json& value) {
    if (value.is_object()) {
      Object(value, row.path);
    } else if (value.is_null() && rule.set_none != nullptr) {
      rule.set_none(config_);
    } else {
      Add(std::string(row.path), Wrong(value, "an object"));
    }
  }

  void Read(const Row& row, const TextRule& rule, const Json& value) {
    if (value.is_null() && rule.nullable) {
      rule.access.set(config_, std::string());
    } else if (Text(std::string(row.path), value, rule.check)) {
      rule.access.set(config_, value.get<std::string>());
    }
  }

  void Read(const Row& row, const BooleanRule& rule, const Json& value) {
    if (value.is_boolean()) {
      rule.access.set(config_, value.get<bool>());
    } else {
      Add(std::string(row.path), Wrong(value, "true or false"));
    }
  }

  void Read(const Row& row, const IntegerRule& rule, const Json& value) {
    const std::string limits = "from " + std::to_string(rule.least) + " to " + std::to_string(rule.most);
    if (!value.is_number_integer()) {
      Add(std::string(row.path), Wrong(value, "a whole number " + limits));
      return;
    }
    // A number above int64 is kept unsigned; get<int64_t> would make it negative.
    const bool huge = value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(rule.most);
    if (huge || value.get<int64_t>() < rule.least || value.get<int64_t>() > rule.most) {
      Add(std::string(row.path), "is " + value.dump() + ", expected a whole number " + limits);
      return;
    }
    rule.access.set(config_, value.get<int64_t>());
  }

  void Read(const Row& row, const NumberRule& rule, const Json& value) {
    const std::string limits = "from " + Json(rule.least).dump() + " to " + Json(rule.most).dump();
    if (!value.is_number()) {
      Add(std::string(row.path), Wrong(value, "a number " + limits));
      return;
    }
    const double number = value.get<double>();
    if (!(number >= rule.least && number <= rule.most)) {
      Add(std::string(row.path), "is " + value.dump() + ", expected a number " + limits);
      return;
    }
    rule.access.set(config_, number);
  }

  void Read(const Row& row, const DurationRule& rule, const Json& value) {
    const std::string limits = "from " + DurationText(rule.least) + " to " + DurationText(rule.most);
    const std::string expected = "a duration such as \"90s\" or \"1h30m\", " + limits;
    if (!value.is_string()) {
      Add(std::string(row.path), Wrong(value, expected));
      return;
    }
    const std::optional<absl::Duration> duration = ParseDuration(value.get_ref<const std::string&>());
    if (!duration) {
      Add(std::string(row.path), "is not a duration; expected " + expected);
    } else if (*duration < rule.least || *duration > rule.most) {
      Add(std::string(row.path), "is " + DurationText(*duration) + ", expected a duration " + limits);
    } else {
      rule.access.set(config_, *duration);
    }
  }

  void Read(const Row& row, const TextListRule& rule, const Json& value) {
    if (!value.is_array()) {
      Add(std::string(row.path), Wrong(value, "a list of texts"));
      return;
    }
    if (!Fits(row, value)) return;
    if (value.empty() && !rule.may_be_empty) {
      Add(std::string(row.path),
          "is empty, expected at least one item; leave the key out to get the default");
      return;
    }
    bool good = true;
    std::vector<std::string> items;
    std::set<std::string> seen;
    for (size_t i = 0; i < value.size(); ++i) {
      const std::string path = Child(row.path, i);
      if (!Text(path, value[i], rule.check)) {
        good = false;
        continue;
      }
      items.push_back(value[i].get<std::string>());
      if (!seen.insert(items.back()).second) {
        Add(path, "stands twice in the list");
        good = false;
      }
    }
    if (good) rule.access.set(config_, std::move(items));
  }

  void Read(const Row& row, const TextMapRule& rule, const Json& value) {
    if (!value.is_object()) {
      Add(std::string(row.path), Wrong(value, "an object of texts"));
      return;
    }
    if (!Fits(row, value)) return;
    bool good = true;
    std::map<std::string, std::string> items;
    for (const auto& [key, item] : value.items()) {
      const std::string path = Child(row.path, key);
      if (const std::string wrong = rule.check_key(key); !wrong.empty()) {
        Add(path, "as a key: " + wrong);
        good = false;
      } else if (!Text(path, item, rule.check_value)) {
        good = false;
      } else {
        items.emplace(key, item.get<std::string>());
      }
    }
    if (good) rule.access.set(config_, std::move(items));
  }

  bool Fits(const Row& row, const Json& value) {
    if (value.size() <= kMaxItems) return true;
    Add(std::string(row.path),
        "holds " + std::to_string(value.size()) + " items, expected at most " + std::to_string(kMaxItems));
    return false;
  }

  bool Text(std::string path, const Json& value, TextCheck check) {
    if (!value.is_string()) {
      Add(std::move(path), Wrong(value, "text"));
      return false;
    }
    const auto& text = value.get_ref<const std::string&>();
    std::string wrong;
    if (text.size() > kMaxTextBytes) {
      wrong =
          "has " + std::to_string(text.size()) + " bytes, expected at most " + std::to_string(kMaxTextBytes);
    } else {
      wrong = check(text);
    }
    if (wrong.empty()) return true;
    Add(std::move(path), std::move(wrong));
    return false;
  }

  Config& config_;
  std::vector<Problem>& problems_;
};

}  // namespace

ParseResult Parse(std::string_view json) {
  ParseResult result;
  try {
    auto document = ParseJson(json);
    if (!document.ok()) {
      result.problems.push_back({"", Message(document.status())});
      return result;
    }
    Reader reader(result);
    if (!document->is_object()) {
      reader.Add("", Wrong(*document, "an object with the sections okta and teleport"));
      return result;
    }
    reader.Object(*document, "");
    const auto okta = document->find("okta");
    const bool own_scopes = okta != document->end() && okta->is_object() && okta->contains("scopes");
    if (!own_scopes) AddNeededScopes(result.config);
    const auto users = document->find("users");
    result.config.reconcile.find_connector =
        users == document->end() || !users->is_object() || !users->contains("connector");
    CrossCheck(result.config, result.problems);
    if (result.problems.size() > kMaxProblems) {
      const size_t more = result.problems.size() - kMaxProblems;
      result.problems.resize(kMaxProblems);
      result.problems.push_back({"", std::to_string(more) + " more problems are not shown"});
    }
  } catch (const std::exception&) {
    // Memory ran out; everything else has been looked at before it was used.
    result.problems.push_back({"", "could not be read: not enough memory"});
  }
  return result;
}

std::string Describe(const std::vector<Problem>& problems) {
  std::string out;
  for (const Problem& problem : problems) {
    out += problem.path.empty() ? "the configuration" : Escape(problem.path, 256);
    out += ": ";
    out += Escape(problem.text, 1024);
    out += '\n';
  }
  return out;
}

}  // namespace oktasync::config
