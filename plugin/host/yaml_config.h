// The configuration file: YAML (or JSON, which is YAML) to the JSON document that the plugin wants.
//
// Plain scalars are typed by YAML 1.2's core schema: true, false, null, integers, decimal fractions. Quoted
// scalars stay strings, and so does whatever would lose something as a number (007, 1e400, a 30-digit id).
// "yes" and "on" are strings: the plugin then says what it expects instead of guessing.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace oktasync::host {

struct ConfigDocument {
  std::string json;
  std::map<std::string, int> lines;  // JSON pointer (RFC 6901) to the line in the file, from 1
};

// kInvalidArgument with line and column for what is not YAML, a control character, a key that appears twice, a key that
// is no text, an alias that multiplies, more than 32 levels.
absl::StatusOr<ConfigDocument> ConvertYaml(std::string_view yaml);

// Reads at most 1 MiB.
absl::StatusOr<ConfigDocument> ReadConfigFile(const std::string& path);

// Of the document, not of the file's text: comments do not count.
std::string DigestOf(const ConfigDocument& document);

// The line of `pointer`, or of the nearest thing around it; 0 when there is none.
int LineOf(const ConfigDocument& document, std::string pointer);

}  // namespace oktasync::host
