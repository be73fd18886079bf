#include "http/url.h"

#include <curl/curl.h>

#include <memory>

#include "base/status.h"
#include "base/text.h"

namespace oktasync::http {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string Part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

}  // namespace

std::string Url::Origin() const { return scheme + "://" + host + (port == "443" ? "" : ":" + port); }

absl::StatusOr<Url> ParseUrl(std::string_view text, std::string_view base) {
  const auto refuse = [](const std::string& why) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "not a usable URL: " + why);
  };
  // curl's interface takes C strings: what it would not see must not be there.
  if (text.find('\0') != std::string_view::npos || base.find('\0') != std::string_view::npos) {
    return refuse("it holds a NUL byte");
  }
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  if (url == nullptr) return MakeStatus(absl::StatusCode::kResourceExhausted, "out of memory");
  CURLUcode code = CURLUE_OK;
  if (!base.empty()) code = curl_url_set(url.get(), CURLUPART_URL, std::string(base).c_str(), 0);
  if (code == CURLUE_OK) {
    code = curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), CURLU_DISALLOW_USER);
  }
  if (code != CURLUE_OK) return refuse(FoldCase(curl_url_strerror(code)));
  Url out;
  out.scheme = FoldCase(Part(url.get(), CURLUPART_SCHEME));
  out.host = FoldCase(Part(url.get(), CURLUPART_HOST));
  out.port = Part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  out.path = Part(url.get(), CURLUPART_PATH);
  out.query = Part(url.get(), CURLUPART_QUERY);
  if (out.scheme != "https") return refuse("it begins with " + Escape(out.scheme) + "://, not with https://");
  if (out.host.empty()) return refuse("it names no host");
  // curl resolves %XX in a host name once, and numbers that stand for an address only before that: what is left of
  // them would be another host when our address is read again.
  const std::unique_ptr<CURLU, FreeUrl> again(curl_url());
  if (again == nullptr) return MakeStatus(absl::StatusCode::kResourceExhausted, "out of memory");
  if (curl_url_set(again.get(), CURLUPART_URL, out.Origin().c_str(), 0) != CURLUE_OK ||
      FoldCase(Part(again.get(), CURLUPART_HOST)) != out.host) {
    return refuse("its host name is written in a way that hides another one");
  }
  return out;
}

}  // namespace oktasync::http
