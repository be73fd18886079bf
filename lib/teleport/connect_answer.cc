#include "teleport/connect_answer.h"

#include <charconv>
#include <string_view>

#include "base/status.h"
#include "base/text.h"

namespace oktasync::teleport {
namespace {

constexpr size_t kMaxHeader = 16 * 1024;

}  // namespace

absl::Status ConnectAnswer::Take(char c) {
  text_ += c;
  if (!std::string_view("HTTP/1.").starts_with(std::string_view(text_).substr(0, 7))) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "it does not speak HTTP/1.1; is that the address of an HTTP proxy?");
  }
  if (text_.size() >= kMaxHeader && !whole()) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "its answer to CONNECT has a header of more than 16 KiB; is it an HTTP proxy?");
  }
  return absl::OkStatus();
}

absl::Status ConnectAnswer::Judge(const std::string& address, bool with_credentials) const {
  int status = 0;
  // Three digits, and then a blank or the line's end (RFC 9112, section 4).
  if (text_.size() > 12 && text_[8] == ' ' && (text_[12] == ' ' || text_[12] == '\r')) {
    std::from_chars(text_.data() + 9, text_.data() + 12, status);
  }
  if (status >= 200 && status < 300) return absl::OkStatus();
  const std::string said = "it answered \"" + Escape(text_.substr(0, text_.find("\r\n")), 128) + "\"";
  if (status == 407) {
    return MakeStatus(
        absl::StatusCode::kFailedPrecondition,
        said + (with_credentials ? ": it does not accept the name and password of the proxy's URL, or wants "
                                   "another scheme than Basic"
                                 : ": it wants a name and a password, which go into the proxy's URL "
                                   "(https_proxy=http://name:password@host:port)"));
  }
  if (status >= 500) {
    return MakeStatus(absl::StatusCode::kUnavailable, said + ": it cannot reach " + Escape(address) +
                                                          "; check the address, and the proxy's log");
  }
  return MakeStatus(absl::StatusCode::kFailedPrecondition,
                    said + ": it does not let us connect to " + Escape(address) +
                        "; have its rules changed, or name the host in no_proxy to go directly");
}

}  // namespace oktasync::teleport
