#include "http/transfer.h"

#include <openssl/crypto.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "http/tls_guard.h"

namespace oktasync::http {
namespace {

constexpr long kReceiveBuffer = 64 << 10;

long Milliseconds(absl::Duration duration) {
  return static_cast<long>(std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 1, INT32_MAX));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Transfer>> Transfer::Make(const Request& request,
                                                         const ClientOptions& options) {
  OKTASYNC_ASSIGN_OR_RETURN(Url url, ParseUrl(request.url));
  std::unique_ptr<Transfer> transfer(new Transfer(request, std::move(url)));
  OKTASYNC_RETURN_IF_ERROR(transfer->SetOptions(options));
  return transfer;
}

Transfer::~Transfer() {
  easy_.reset();
  for (curl_slist* line = header_lines_; line != nullptr; line = line->next) {
    OPENSSL_cleanse(line->data, std::string_view(line->data).size());
  }
  curl_slist_free_all(header_lines_);
}

bool Transfer::AddHeader(std::string_view name, std::string_view value) {
  static constexpr std::string_view kLineEnds("\r\n\0", 3);
  if (name.empty() || name.find_first_of(kLineEnds) != std::string_view::npos ||
      name.find(':') != std::string_view::npos || value.find_first_of(kLineEnds) != std::string_view::npos) {
    return false;
  }
  std::string line(name);
  // To curl "Name:" takes a header away; "Name;" sends it empty.
  line += value.empty() ? ";" : ": ";
  line += value;
  curl_slist* longer = curl_slist_append(header_lines_, line.c_str());
  OPENSSL_cleanse(line.data(), line.size());
  if (longer == nullptr) throw std::bad_alloc();
  header_lines_ = longer;
  return true;
}

absl::Status Transfer::SetOptions(const ClientOptions& options) {
  easy_.reset(curl_easy_init());
  if (easy_ == nullptr) throw std::bad_alloc();
  const auto invalid = [](const std::string& why) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, why);
  };
  bool set = true;
  const auto option = [&](CURLoption name, auto value) {
    set = set && curl_easy_setopt(easy_.get(), name, value) == CURLE_OK;
  };

  for (const auto& [name, value] : request_.headers) {
    if (!AddHeader(name, value))
      return invalid("the request header " + Escape(name, 64) + " is not acceptable");
  }
  if (!request_.authorization.empty() && !AddHeader("Authorization", request_.authorization.Reveal())) {
    return invalid("the request's authorization holds a line end");
  }
  option(CURLOPT_URL, request_.url.c_str());
  if (request_.method == "GET") {
    option(CURLOPT_HTTPGET, 1L);
  } else if (request_.method == "HEAD") {
    option(CURLOPT_NOBODY, 1L);
  } else if (request_.method == "POST") {
    option(CURLOPT_POST, 1L);
    option(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    option(CURLOPT_POSTFIELDS, request_.body.c_str());
    // Not to wait for a "100 Continue" that some proxies never send.
    if (curl_slist* longer = curl_slist_append(header_lines_, "Expect:")) header_lines_ = longer;
  } else {
    return invalid("the HTTP method " + Escape(request_.method, 32) + " is not used here");
  }
  option(CURLOPT_HTTPHEADER, header_lines_);
  option(CURLOPT_USERAGENT, options.user_agent.c_str());
  option(CURLOPT_ACCEPT_ENCODING, "gzip");

  option(CURLOPT_PROTOCOLS_STR, "https");
  option(CURLOPT_FOLLOWLOCATION, 0L);
  option(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  option(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_2TLS});
  option(CURLOPT_PIPEWAIT, 1L);

  // The same for an https:// proxy of the environment, which would see where we connect to.
  option(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  option(CURLOPT_SSL_VERIFYPEER, 1L);
  option(CURLOPT_SSL_VERIFYHOST, 2L);
  option(CURLOPT_PROXY_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  option(CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
  option(CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) {
    option(CURLOPT_CAINFO, options.ca_file.c_str());
    option(CURLOPT_PROXY_CAINFO, options.ca_file.c_str());
    // Debian's curl looks into /etc/ssl/certs besides: a CA file means that one and no other.
    option(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    option(CURLOPT_PROXY_CAPATH, static_cast<const char*>(nullptr));
  }
  option(CURLOPT_SSL_CTX_FUNCTION, &Transfer::OnTlsContext);
  option(CURLOPT_SSL_CTX_DATA, static_cast<void*>(this));

  option(CURLOPT_NOSIGNAL, 1L);
  // Not to wait for a name server when an exchange is dropped.
  option(CURLOPT_QUICK_EXIT, 1L);
  option(CURLOPT_CONNECTTIMEOUT_MS, Milliseconds(options.connect_timeout));
  option(CURLOPT_TIMEOUT_MS, Milliseconds(options.total_timeout));
  option(CURLOPT_BUFFERSIZE, kReceiveBuffer);
  option(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);

  option(CURLOPT_PRIVATE, static_cast<void*>(this));
  option(CURLOPT_ERRORBUFFER, error_text_.data());
  option(CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
  option(CURLOPT_HEADERDATA, static_cast<void*>(this));
  option(CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
  option(CURLOPT_WRITEDATA, static_cast<void*>(this));
  option(CURLOPT_NOPROGRESS, 0L);
  option(CURLOPT_XFERINFOFUNCTION, &Transfer::OnProgress);
  option(CURLOPT_XFERINFODATA, static_cast<void*>(this));
  option(CURLOPT_PREREQFUNCTION, &Transfer::OnConnected);
  option(CURLOPT_PREREQDATA, static_cast<void*>(this));
  option(CURLOPT_OPENSOCKETFUNCTION, &Transfer::OnSocket);
  option(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  if (!set) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "this machine's libcurl does not know an option that safe connections need; "
                      "version 7.87 or newer with OpenSSL is needed");
  }
  return absl::OkStatus();
}

void Transfer::Touch() {
  if (connected_) quiet_since_ = SystemClock().SinceBoot();
}

size_t Transfer::OnHeader(char* data, size_t size, size_t count, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  const size_t bytes = size * count;
  transfer->Touch();
  try {
    switch (transfer->head_.Take(std::string_view(data, bytes))) {
      case ResponseHead::Verdict::kGood:
        break;
      case ResponseHead::Verdict::kTooLarge:
        transfer->fault_ = Fault::kHeadersTooLarge;
        break;
      case ResponseHead::Verdict::kBroken:
        transfer->fault_ = Fault::kBrokenHeader;
        break;
    }
  } catch (const std::bad_alloc&) {
    transfer->fault_ = Fault::kOutOfMemory;
  }
  return transfer->fault_ == Fault::kNone ? bytes : 0;
}

size_t Transfer::OnBody(char* data, size_t size, size_t count, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  const size_t bytes = size * count;
  transfer->Touch();
  std::string& body = transfer->response_.body;
  if (bytes > transfer->request_.max_body_bytes - std::min(body.size(), transfer->request_.max_body_bytes)) {
    transfer->fault_ = Fault::kBodyTooLarge;
    return 0;
  }
  try {
    body.append(data, bytes);
  } catch (const std::bad_alloc&) {
    transfer->fault_ = Fault::kOutOfMemory;
    return 0;
  }
  return bytes;
}

// Sees bytes that the decoder still holds back, so that a slow gzip stream is not taken for silence.
int Transfer::OnProgress(void* self, curl_off_t, curl_off_t now, curl_off_t, curl_off_t) {
  auto* transfer = static_cast<Transfer*>(self);
  if (now != transfer->received_) {
    transfer->received_ = now;
    transfer->Touch();
  }
  return 0;
}

int Transfer::OnConnected(void* self, char*, char*, int, int) {
  auto* transfer = static_cast<Transfer*>(self);
  transfer->connected_ = true;
  transfer->Touch();
  return CURL_PREREQFUNC_OK;
}

curl_socket_t Transfer::OnSocket(void* self, curlsocktype, curl_sockaddr* address) {
  // A child that the host starts must not inherit the connection.
  const int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd < 0 && (errno == EMFILE || errno == ENFILE))
    static_cast<Transfer*>(self)->fault_ = Fault::kOutOfFiles;
  return fd < 0 ? CURL_SOCKET_BAD : fd;
}

CURLcode Transfer::OnTlsContext(CURL*, void* context, void* self) {
  static_cast<Transfer*>(self)->tls_context_ = context;
  GuardTlsContext(context);
  return CURLE_OK;
}

std::string_view Transfer::certificate_error() const { return RefusedCertificate(tls_context_); }

Response Transfer::TakeResponse() { return std::move(response_); }

void Transfer::Finish(absl::StatusOr<Response> result) {
  // Told under the lock: the waiter destroys this object as soon as it sees the result.
  std::lock_guard lock(mutex_);
  if (result_) return;
  result_ = std::move(result);
  finished_.notify_all();
}

absl::StatusOr<Response> Transfer::Wait() {
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [this] { return result_.has_value(); });
  return *std::move(result_);
}

}  // namespace oktasync::http
