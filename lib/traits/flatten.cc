#include "traits/flatten.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "base/status.h"
#include "traits/values.h"

namespace oktasync::traits {
namespace {

constexpr std::string_view kPrefix = "okta/";
constexpr std::string_view kAny = "*";
// Below this a look through the values found so far is cheaper than a hash set.
constexpr size_t kFewValues = 8;

bool GoodAttributeName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

struct Candidate {
  std::string_view name;
  const Profile* profile;
  const Attribute* attribute;
  bool of_app;
};

bool HoldsAnything(const Candidate& candidate) {
  if (candidate.attribute->skipped > 0) return true;
  const Scalar* value = candidate.profile->values.data() + candidate.attribute->first;
  return std::any_of(value, value + candidate.attribute->count, [](const Scalar& scalar) {
    const auto* text = std::get_if<std::string_view>(&scalar);
    return text == nullptr || !text->empty();
  });
}

// Those that hold anything, by name, the app's before the user's.
std::vector<Candidate> Candidates(const AppUser& user) {
  std::vector<Candidate> all;
  all.reserve(user.app_profile.attributes.size() + user.user_profile.attributes.size());
  const auto add = [&all](const Profile& profile, bool of_app) {
    for (const Attribute& attribute : profile.attributes) {
      const Candidate candidate{attribute.name, &profile, &attribute, of_app};
      if (HoldsAnything(candidate)) all.push_back(candidate);
    }
  };
  add(user.app_profile, true);
  add(user.user_profile, false);
  std::sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    const int order = a.name.compare(b.name);
    return order != 0 ? order < 0 : a.of_app > b.of_app;
  });
  return all;
}

size_t TextBound(const std::vector<Candidate>& candidates) {
  size_t bound = 0;
  for (const Candidate& c : candidates) {
    bound += kPrefix.size() + c.name.size();
    for (uint32_t i = 0; i < c.attribute->count; ++i) {
      if (!std::holds_alternative<std::string_view>(c.profile->values[c.attribute->first + i])) {
        bound += kMaxScalarText;
      }
    }
  }
  return bound;
}

// Counts per kind for one attribute, told at its end.
class Losses {
 public:
  Losses(std::string_view attribute, std::vector<Finding>* findings)
      : attribute_(attribute), findings_(findings) {}
  void Add(Finding::Kind kind, uint32_t count = 1) { counts_[static_cast<size_t>(kind)] += count; }
  ~Losses() {
    if (findings_ == nullptr) return;
    for (size_t kind = 0; kind < std::size(counts_); ++kind) {
      if (counts_[kind] == 0) continue;
      findings_->push_back({static_cast<Finding::Kind>(kind), std::string(attribute_), counts_[kind]});
    }
  }
  Losses(const Losses&) = delete;
  Losses& operator=(const Losses&) = delete;

 private:
  std::string_view attribute_;
  std::vector<Finding>* findings_;
  uint32_t counts_[static_cast<size_t>(Finding::Kind::kAttributeClash) + 1] = {};
};

// Appends the values of one attribute that may become trait values, each once, in order.
void TakeValues(const Candidate& candidate, const Options& options, bool patterns_allowed, FlatTraits& out,
                Losses& losses) {
  const size_t first = out.values.size();
  absl::flat_hash_set<absl::string_view> seen;
  const auto repeated = [&](std::string_view text) {
    const size_t found = out.values.size() - first;
    if (found < kFewValues)
      return std::find(out.values.begin() + static_cast<ptrdiff_t>(first), out.values.end(), text) !=
             out.values.end();
    if (seen.empty()) {
      for (size_t i = first; i < out.values.size(); ++i) seen.insert(Sv(out.values[i]));
    }
    return !seen.insert(Sv(text)).second;
  };

  if (candidate.attribute->skipped > 0) losses.Add(Finding::Kind::kNestedValue, candidate.attribute->skipped);
  for (uint32_t i = 0; i < candidate.attribute->count; ++i) {
    const Scalar& scalar = candidate.profile->values[candidate.attribute->first + i];
    char buffer[kMaxScalarText];
    std::string_view text = ScalarText(scalar, buffer);
    if (std::holds_alternative<std::string_view>(scalar)) {
      if (text.empty()) continue;
      const Traces traces = Inspect(text);
      if (traces.broken || (traces.control && !patterns_allowed)) {
        losses.Add(Finding::Kind::kControlCharacters);
        continue;
      }
      if (traces.pattern && !patterns_allowed) {
        losses.Add(Finding::Kind::kPattern);
        continue;
      }
      if (text.size() > options.max_value_bytes) {
        losses.Add(Finding::Kind::kValueTooLong);
        continue;
      }
    } else if (text.empty()) {
      losses.Add(Finding::Kind::kNestedValue);
      continue;
    } else {
      const size_t at = out.text.size();
      out.text.insert(out.text.end(), text.begin(), text.end());
      text = std::string_view(out.text.data() + at, text.size());
    }
    if (repeated(text)) continue;
    if (out.values.size() - first >= options.max_values) {
      losses.Add(Finding::Kind::kTooManyValues);
      continue;
    }
    out.values.push_back(text);
  }
}

std::string_view KeyOf(std::string_view attribute, const AttributeRules::Rule& rule, FlatTraits& out) {
  if (!rule.key.empty()) return rule.key;
  const size_t at = out.text.size();
  out.text.insert(out.text.end(), kPrefix.begin(), kPrefix.end());
  out.text.insert(out.text.end(), attribute.begin(), attribute.end());
  return {out.text.data() + at, kPrefix.size() + attribute.size()};
}

}  // namespace

AttributeRules::AttributeRules(const Options& options, const RoleTable& roles)
    : include_all_(options.include.empty()) {
  for (const std::string& name : options.allow_patterns) {
    if (name == kAny) other_.patterns = true;
  }
  const auto rule = [this](const std::string& name) -> Rule& {
    return rules_.try_emplace(name, other_).first->second;
  };
  for (const std::string& name : options.allow_patterns) rule(name).patterns = true;
  for (const std::string& name : options.include) rule(name).included = true;
  for (const std::string& name : options.exclude) rule(name).excluded = true;
  for (const auto& [name, key] : options.rename) rule(name).key = key;
  for (const auto& [name, by_value] : roles.by_attribute()) rule(name).roles = &by_value;
  has_renames_ = !options.rename.empty();
}

const AttributeRules::Rule& AttributeRules::Of(std::string_view attribute) const {
  if (rules_.empty()) return other_;
  const auto it = rules_.find(attribute);
  return it == rules_.end() ? other_ : it->second;
}

void Flatten(const AppUser& user, const Options& options, const AttributeRules& rules, FlatTraits& out,
             std::vector<Finding>* findings) {
  const std::vector<Candidate> candidates = Candidates(user);
  out.text.reserve(TextBound(candidates));
  out.traits.reserve(candidates.size());
  out.values.reserve(candidates.size());
  size_t total = 0;
  std::string_view previous;
  bool any = false;
  for (const Candidate& candidate : candidates) {
    if (any && candidate.name == previous) continue;  // the app's has won
    any = true;
    previous = candidate.name;
    const AttributeRules::Rule& rule = rules.Of(candidate.name);
    // A role asks what the profile says, not what becomes of it as a trait.
    if (rule.roles != nullptr) {
      RoleTable::PickByAttribute(*rule.roles, *candidate.profile, *candidate.attribute, out.roles);
    }
    if (!rules.Takes(rule)) continue;
    Losses losses(candidate.name, findings);
    if (rule.key.empty() && !GoodAttributeName(candidate.name)) {
      losses.Add(Finding::Kind::kBadAttributeName);
      continue;
    }

    const size_t first = out.values.size();
    TakeValues(candidate, options, rule.patterns, out, losses);
    const size_t count = out.values.size() - first;
    if (count == 0) continue;
    const std::string_view key = KeyOf(candidate.name, rule, out);
    const auto drop = [&](Finding::Kind kind) {
      losses.Add(kind, static_cast<uint32_t>(count));
      out.values.resize(first);
    };
    if (rules.has_renames() && std::any_of(out.traits.begin(), out.traits.end(),
                                           [key](const FlatTrait& t) { return t.key == key; })) {
      drop(Finding::Kind::kAttributeClash);
      continue;
    }
    size_t size = key.size();
    for (size_t i = first; i < out.values.size(); ++i) size += out.values[i].size();
    // A whole attribute or none of it; smaller ones after it may still fit.
    if (total + size > options.max_traits_bytes) {
      drop(Finding::Kind::kTraitsTooLarge);
      continue;
    }
    total += size;
    out.traits.push_back(
        {key, static_cast<uint32_t>(first), static_cast<uint32_t>(count), !key.starts_with(kPrefix)});
  }
  if (rules.has_renames()) {
    std::sort(out.traits.begin(), out.traits.end(),
              [](const FlatTrait& a, const FlatTrait& b) { return a.key < b.key; });
  }
}

}  // namespace oktasync::traits
