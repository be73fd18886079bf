#include <string>

#include "base/text.h"
#include "traits/mapper.h"

namespace oktasync::traits {

std::string Describe(const Finding& finding) {
  const std::string attribute = "attribute " + Escape(finding.attribute, 64) + ": ";
  const std::string values = std::to_string(finding.count) + (finding.count == 1 ? " value" : " values");
  switch (finding.kind) {
    case Finding::Kind::kControlCharacters:
      return attribute + values + " left out for control characters or broken text";
    case Finding::Kind::kPattern:
      return attribute + values +
             " left out because Teleport would read them as a pattern (\"*\", or \"^…$\"); "
             "users.attributes.allow_patterns lets them through";
    case Finding::Kind::kValueTooLong:
      return attribute + values + " left out for being longer than users.attributes.max_value_bytes";
    case Finding::Kind::kTooManyValues:
      return attribute + values + " beyond users.attributes.max_values left out";
    case Finding::Kind::kTraitsTooLarge:
      return attribute + "left out with " + values +
             ", because all traits together would exceed users.attributes.max_traits_bytes";
    case Finding::Kind::kNestedValue:
      return attribute + values + " left out because objects and nested arrays have no trait form";
    case Finding::Kind::kBadAttributeName:
      return attribute +
             "left out, because its name holds other characters than letters, digits and \"_\"; "
             "users.attributes.rename can give it another key";
    case Finding::Kind::kAttributeClash:
      return attribute + "left out, because another attribute already gives the same trait key";
  }
  return attribute + "left out";
}

}  // namespace oktasync::traits
