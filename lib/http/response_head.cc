#include "http/response_head.h"

#include <string>

#include "base/text.h"

namespace oktasync::http {
namespace {

constexpr size_t kMaxLines = 256;
constexpr size_t kMaxBytes = 256 << 10;

// "HTTP/1.1 200 OK", "HTTP/2 200": 200; 0 for another line.
int StatusOf(std::string_view line) {
  if (!line.starts_with("HTTP/")) return 0;
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  const std::string_view rest = Trim(line.substr(space + 1));
  if (rest.size() < 3 || (rest.size() > 3 && rest[3] != ' ')) return 0;
  int status = 0;
  for (char c : rest.substr(0, 3)) {
    if (c < '0' || c > '9') return 0;
    status = status * 10 + (c - '0');
  }
  return status;
}

}  // namespace

ResponseHead::Verdict ResponseHead::Take(std::string_view line) {
  bytes_ += line.size();
  if (bytes_ > kMaxBytes || ++lines_ > kMaxLines) return Verdict::kTooLarge;
  if (whole_) return Verdict::kGood;  // trailers: nothing that we read may come after the body
  if (const int status = StatusOf(line)) {
    response_.status = status;
    response_.headers.clear();
    return Verdict::kGood;
  }
  if (Trim(line).empty()) {
    whole_ = response_.status >= 200;
    return Verdict::kGood;
  }
  if (line.front() == ' ' || line.front() == '\t') {
    if (response_.headers.empty()) return Verdict::kBroken;
    response_.headers.back().second += " " + std::string(Trim(line));
    return Verdict::kGood;
  }
  const size_t colon = line.find(':');
  const std::string_view name = Trim(line.substr(0, colon));
  if (colon == std::string_view::npos || name.empty()) return Verdict::kBroken;
  response_.headers.emplace_back(FoldCase(name), std::string(Trim(line.substr(colon + 1))));
  return Verdict::kGood;
}

}  // namespace oktasync::http
