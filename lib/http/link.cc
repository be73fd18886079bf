#include "http/link.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "http/url.h"

namespace oktasync::http {
namespace {

// RFC 9110 section 5.6.2.
bool IsTokenChar(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7F &&
         std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
}

// Reads one header value from left to right. Each step is false when the text does not fit.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool done() const { return at_ == text_.size(); }
  void SkipSpace() {
    while (!done() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool Take(char c) {
    if (done() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool Target(std::string* out) {
    const size_t end = text_.find('>', at_);
    if (end == std::string_view::npos) return false;
    *out = text_.substr(at_, end - at_);
    at_ = end + 1;
    return true;
  }
  bool Token(std::string* out) {
    const size_t start = at_;
    while (!done() && IsTokenChar(text_[at_])) ++at_;
    *out = text_.substr(start, at_ - start);
    return at_ > start;
  }
  // A quoted string, whose opening quote was taken.
  bool Quoted(std::string* out) {
    while (!done()) {
      char c = text_[at_++];
      if (c == '"') return true;
      if (c == '\\') {
        if (done()) return false;
        c = text_[at_++];
      }
      *out += c;
    }
    return false;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

bool ReadParam(Reader& in, Link* link) {
  std::string name;
  std::string value;
  in.SkipSpace();
  if (!in.Token(&name)) return true;  // an empty one, as in ";;", is allowed
  in.SkipSpace();
  if (in.Take('=')) {
    in.SkipSpace();
    if (in.Take('"') ? !in.Quoted(&value) : !in.Token(&value)) return false;
  }
  link->params.emplace_back(FoldCase(name), value);
  in.SkipSpace();
  return true;
}

bool ReadLinks(std::string_view text, std::vector<Link>* links) {
  Reader in(text);
  while (true) {
    in.SkipSpace();
    if (in.done()) return true;
    if (in.Take(',')) continue;  // RFC 9110 section 5.6.1: empty list members are to be ignored
    Link link;
    if (!in.Take('<') || !in.Target(&link.target)) return false;
    in.SkipSpace();
    while (in.Take(';')) {
      if (!ReadParam(in, &link)) return false;
    }
    if (!in.done() && !in.Take(',')) return false;
    links->push_back(std::move(link));
  }
}

// The parameters of a query as they are written, empty ones left out.
std::vector<std::string_view> SplitQuery(std::string_view query) {
  std::vector<std::string_view> params;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    if (end > 0) params.push_back(query.substr(0, end));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return params;
}

// The parameter's name with %XX resolved: "%65xpand" is "expand" to the server.
std::string NameOf(std::string_view param) {
  const std::string_view raw = param.substr(0, param.find('='));
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string name;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '%' && i + 2 < raw.size() && digit(raw[i + 1]) >= 0 && digit(raw[i + 2]) >= 0) {
      name += static_cast<char>(digit(raw[i + 1]) * 16 + digit(raw[i + 2]));
      i += 2;
    } else {
      name += raw[i];
    }
  }
  return name;
}

std::string MergeQueries(std::string_view original, std::string_view next) {
  std::vector<std::string_view> own;
  for (std::string_view param : SplitQuery(next)) {
    if (std::find(own.begin(), own.end(), param) == own.end()) own.push_back(param);
  }
  std::string merged;
  const auto add = [&](std::string_view param) {
    if (!merged.empty()) merged += '&';
    merged += param;
  };
  for (std::string_view param : SplitQuery(original)) {
    const bool overridden = std::any_of(
        own.begin(), own.end(), [&](std::string_view other) { return NameOf(other) == NameOf(param); });
    if (!overridden) add(param);
  }
  for (std::string_view param : own) add(param);
  return merged;
}

}  // namespace

bool Link::HasRelation(std::string_view relation) const {
  for (const auto& [name, value] : params) {
    if (name != "rel") continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find_first_of(" \t"), rest.size());
      if (EqualsIgnoreCase(rest.substr(0, end), relation)) return true;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
  }
  return false;
}

absl::StatusOr<std::vector<Link>> ParseLinks(const std::vector<std::string_view>& header_values) {
  std::vector<Link> links;
  for (std::string_view value : header_values) {
    if (!ReadLinks(value, &links)) {
      return MakeStatus(
          absl::StatusCode::kDataLoss,
          "the answer's Link header cannot be read, so it is not known whether the list goes on");
    }
  }
  return links;
}

absl::StatusOr<std::optional<std::string>> FindNext(const std::vector<std::string_view>& header_values) {
  OKTASYNC_ASSIGN_OR_RETURN(const std::vector<Link> links, ParseLinks(header_values));
  std::optional<std::string> next;
  for (const Link& link : links) {
    if (!link.HasRelation("next")) continue;
    if (next && *next != link.target) {
      return MakeStatus(absl::StatusCode::kDataLoss,
                        "the answer's Link headers name two different next pages");
    }
    next = link.target;
  }
  return next;
}

absl::StatusOr<std::string> MergeNext(std::string_view original_url, std::string_view next_url) {
  OKTASYNC_ASSIGN_OR_RETURN(const Url original, ParseUrl(original_url));
  const auto refuse = [](const std::string& why) {
    return MakeStatus(absl::StatusCode::kDataLoss,
                      "the link to the next page is not followed: " + why +
                          "; the access token goes to the org's own address only");
  };
  // An empty reference means the same document: a page that calls itself the next one.
  if (next_url.empty()) return refuse("it is empty");
  const absl::StatusOr<Url> next = ParseUrl(next_url, original_url);
  if (!next.ok()) return refuse(Message(next.status()));
  if (next->host != original.host || next->port != original.port) {
    return refuse("it points to " + Escape(next->Origin(), 200) + " instead of " + original.Origin());
  }
  const std::string query = MergeQueries(original.query, next->query);
  return original.Origin() + next->path + (query.empty() ? "" : "?" + query);
}

}  // namespace oktasync::http
