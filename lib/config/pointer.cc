#include "config/pointer.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"

namespace oktasync::config {
namespace {

constexpr size_t kShownKeyBytes = 64;

// Levenshtein's distance. Both are short: the caller cuts.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string Child(std::string_view parent, std::string_view key) {
  std::string path(parent);
  path += '/';
  if (key.find("-----") != std::string_view::npos || key.find("PRIVATE KEY") != std::string_view::npos) {
    return path + "(key material)";
  }
  for (char c : Escape(key, kShownKeyBytes)) {
    if (c == '~') {
      path += "~0";
    } else if (c == '/') {
      path += "~1";
    } else {
      path += c;
    }
  }
  return path;
}

std::string Child(std::string_view parent, size_t index) {
  return std::string(parent) + "/" + std::to_string(index);
}

std::string_view Nearest(std::string_view key, const std::vector<std::string_view>& known) {
  if (key.size() > kShownKeyBytes) return {};
  const std::string folded = FoldCase(key);
  std::string_view nearest;
  size_t best = std::max<size_t>(2, key.size() / 3) + 1;
  for (std::string_view candidate : known) {
    const size_t distance = Distance(folded, candidate);
    // Nothing in common is no resemblance, however short both are.
    if (distance < best && distance < std::max(folded.size(), candidate.size())) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace oktasync::config
