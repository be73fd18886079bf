// One exchange: a curl easy handle, what it has received so far, and who waits for it.
//
// Made by the caller of Client::Send, then handed to the client's thread, which alone touches it until
// Finish; only `Cancelled`, `Finish` and `Wait` may be used from several threads. The request must outlive
// Wait. Source: libcurl 7.88 manual (curl_easy_setopt); RFC 9110.
#pragma once

#include <curl/curl.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "http/client.h"
#include "http/response_head.h"
#include "http/url.h"

namespace oktasync::http {

// How an exchange ended other than well, when curl's own code does not say it.
enum class Fault {
  kNone,
  kBodyTooLarge,
  kHeadersTooLarge,
  kBrokenHeader,
  kOutOfMemory,
  kOutOfFiles,
};

class Transfer {
 public:
  // kInvalidArgument: the URL is not https, or a header could break out of its line.
  static absl::StatusOr<std::unique_ptr<Transfer>> Make(const Request& request, const ClientOptions& options);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* handle() const { return easy_.get(); }
  const Url& url() const { return url_; }
  size_t max_body_bytes() const { return request_.max_body_bytes; }

  // --- On the client's thread ---
  // By Clock::SinceBoot(), when something arrived last; InfiniteDuration as long as there is no connection.
  absl::Duration quiet_since() const { return quiet_since_; }
  bool connected() const { return connected_; }
  Fault fault() const { return fault_; }
  std::string_view error_text() const { return error_text_.data(); }
  // Why the certificate was refused in OpenSSL's words, "" when it was not. To be asked as soon as the
  // exchange has failed, on the thread that drives it.
  std::string_view certificate_error() const;
  bool has_whole_head() const { return head_.whole(); }
  Response TakeResponse();

  // --- On any thread ---
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool Cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  void Finish(absl::StatusOr<Response> result);  // the first one counts
  absl::StatusOr<Response> Wait();

 private:
  struct FreeEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };

  Transfer(const Request& request, Url url) : request_(request), url_(std::move(url)) {}
  absl::Status SetOptions(const ClientOptions& options);
  bool AddHeader(std::string_view name, std::string_view value);
  void Touch();

  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static int OnProgress(void* self, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now);
  static int OnConnected(void* self, char* ip, char* local_ip, int port, int local_port);
  static curl_socket_t OnSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static CURLcode OnTlsContext(CURL* easy, void* context, void* self);

  const Request& request_;
  const Url url_;
  std::unique_ptr<CURL, FreeEasy> easy_;
  curl_slist* header_lines_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> error_text_{};

  Response response_;
  ResponseHead head_{response_};
  bool connected_ = false;
  const void* tls_context_ = nullptr;  // only compared: libcurl frees it when it likes
  Fault fault_ = Fault::kNone;
  curl_off_t received_ = 0;
  absl::Duration quiet_since_ = absl::InfiniteDuration();

  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  std::condition_variable finished_;
  std::optional<absl::StatusOr<Response>> result_;
};

}  // namespace oktasync::http
