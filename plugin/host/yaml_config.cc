#include "yaml_config.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "nlohmann/json.hpp"

namespace oktasync::host {
namespace {

using nlohmann::json;

constexpr size_t kMaxBytes = 1 << 20;
constexpr int kMaxDepth = 32;
constexpr int kMaxNodes = 100'000;  // after aliases are followed

struct BadYaml {
  std::string message;
};

// Both from 0.
[[noreturn]] void Refuse(int line, int column, const std::string& what) {
  throw BadYaml{"line " + std::to_string(line + 1) + ", column " + std::to_string(column + 1) + ": " + what};
}

[[noreturn]] void Refuse(const YAML::Mark& mark, const std::string& what) {
  if (mark.is_null()) throw BadYaml{what};
  Refuse(mark.line, mark.column, what);
}

// YAML 1.2, section 5.1 (nb-json): no control character but tab and the ends of lines. yaml-cpp lets them pass, and
// then takes a key or value for another than it wrote.
void RefuseControls(std::string_view text) {
  int line = 0;
  size_t line_start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      ++line;
      line_start = i + 1;
    } else if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r') {
      Refuse(line, static_cast<int>(i - line_start),
             "the control character " + Escape(text.substr(i, 1)) + ", which no YAML may hold");
    }
  }
}

bool AllDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// A JSON number exactly (RFC 8259 section 6, a leading '+' allowed); anything else stays a string.
std::optional<json> AsNumber(const std::string& text) {
  std::string_view rest = text;
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);
  const size_t whole_end = std::min(rest.find_first_not_of("0123456789"), rest.size());
  const std::string_view whole = rest.substr(0, whole_end);
  if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return std::nullopt;
  rest.remove_prefix(whole_end);
  const bool integer = rest.empty();
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    const size_t end = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (end == 0) return std::nullopt;
    rest.remove_prefix(end);
  }
  if (!rest.empty() && (rest.front() == 'e' || rest.front() == 'E')) {
    rest.remove_prefix(1);
    if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);
    if (!AllDigits(rest)) return std::nullopt;
    rest = {};
  }
  if (!rest.empty()) return std::nullopt;
  errno = 0;
  if (integer) {
    const long long value = std::strtoll(text.c_str(), nullptr, 10);
    if (errno != 0) return std::nullopt;
    return json(static_cast<int64_t>(value));
  }
  const double value = std::strtod(text.c_str(), nullptr);
  if (errno != 0 || !std::isfinite(value)) return std::nullopt;
  return json(value);
}

json Scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  const std::string& tag = node.Tag();
  if (!tag.empty() && tag != "?") return text;  // quoted ("!"), or !!str
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (std::optional<json> number = AsNumber(text)) return *std::move(number);
  return text;
}

std::string Join(const std::string& pointer, std::string_view key) {
  std::string out = pointer + "/";
  for (char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

class Converter {
 public:
  explicit Converter(std::map<std::string, int>* lines) : lines_(lines) {}

  json Convert(const YAML::Node& node, const std::string& pointer, int depth) {
    if (++nodes_ > kMaxNodes) Refuse(node.Mark(), "too many values; aliases multiply what they name");
    if (depth > kMaxDepth) Refuse(node.Mark(), "nested deeper than " + std::to_string(kMaxDepth));
    if (!node.Mark().is_null()) lines_->emplace(pointer, node.Mark().line + 1);
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return nullptr;
      case YAML::NodeType::Scalar:
        return Scalar(node);
      case YAML::NodeType::Sequence: {
        json list = json::array();
        for (const YAML::Node& item : node) {
          list.push_back(Convert(item, Join(pointer, std::to_string(list.size())), depth + 1));
        }
        return list;
      }
      case YAML::NodeType::Map:
        return ConvertMap(node, pointer, depth);
    }
    return nullptr;
  }

 private:
  json ConvertMap(const YAML::Node& node, const std::string& pointer, int depth) {
    json object = json::object();
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) Refuse(entry.first.Mark(), "a key that is no text");
      const std::string& key = entry.first.Scalar();
      const std::string child = Join(pointer, key);
      // yaml-cpp keeps both of two equal keys and finds the first; the second would be lost without a word.
      if (object.contains(key)) Refuse(entry.first.Mark(), "the key " + Escape(key, 64) + " appears twice");
      if (!entry.first.Mark().is_null()) (*lines_)[child] = entry.first.Mark().line + 1;
      object[key] = Convert(entry.second, child, depth + 1);
    }
    return object;
  }

  std::map<std::string, int>* lines_;
  int nodes_ = 0;
};

// Hears a document and forgets it.
class Deaf final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}
};

// Not with YAML::LoadAll: on some texts that are no YAML, yaml-cpp 0.7 finds one more document for ever.
bool HasMoreDocuments(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Deaf handler;
  return parser.HandleNextDocument(handler) && parser.HandleNextDocument(handler);
}

}  // namespace

absl::StatusOr<ConfigDocument> ConvertYaml(std::string_view yaml) {
  const auto bad = [](const std::string& what) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, what);
  };
  if (yaml.size() > kMaxBytes) return bad("larger than 1 MiB");
  if (!IsUtf8(yaml)) return bad("not UTF-8");
  try {
    RefuseControls(yaml);
    const std::string text(yaml);
    if (HasMoreDocuments(text)) return bad("more than one YAML document in the file");
    ConfigDocument document;
    const YAML::Node root = YAML::Load(text);
    // An empty file is an empty configuration: the plugin then lists what is missing.
    const YAML::Node top = root.IsNull() ? YAML::Node(YAML::NodeType::Map) : root;
    document.json = DumpJson(Converter(&document.lines).Convert(top, "", 1));
    return document;
  } catch (const BadYaml& e) {
    return bad(e.message);
  } catch (const YAML::Exception& e) {
    return bad("not acceptable YAML: " + Escape(e.what(), 256));
  } catch (const nlohmann::json::exception&) {
    return bad("not acceptable YAML: it cannot be written as JSON");
  }
}

absl::StatusOr<ConfigDocument> ReadConfigFile(const std::string& path) {
  const auto failed = [&](absl::StatusCode code, const std::string& why) {
    return MakeStatus(code, Escape(path) + ": " + why);
  };
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return failed(absl::StatusCode::kNotFound,
                  std::string("cannot be read: ") + std::strerror(errno) + "; name the file with --config");
  }
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return failed(absl::StatusCode::kUnavailable, "cannot be read to its end");
  text.resize(static_cast<size_t>(file.gcount()));
  absl::StatusOr<ConfigDocument> document = ConvertYaml(text);
  if (!document.ok()) return failed(document.status().code(), Message(document.status()));
  return document;
}

std::string DigestOf(const ConfigDocument& document) { return Hex(Sha256(document.json)).substr(0, 16); }

int LineOf(const ConfigDocument& document, std::string pointer) {
  for (;;) {
    if (const auto it = document.lines.find(pointer); it != document.lines.end()) return it->second;
    const size_t slash = pointer.rfind('/');
    if (slash == std::string::npos) return 0;
    pointer.resize(slash);
  }
}

}  // namespace oktasync::host
