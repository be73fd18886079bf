// The thread that drives libcurl's multi handle.
//
// Callers make their Transfer, put it on the queue and wait on it. The thread alone touches the multi handle
// and the transfers in it; curl_multi_wakeup is the only call made from elsewhere.
#include <curl/curl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/exception.h"
#include "base/status.h"
#include "base/text.h"
#include "base/thread.h"
#include "http/client.h"
#include "http/curl_error.h"
#include "http/transfer.h"

namespace oktasync::http {
namespace {

constexpr long kMaxConnectionsPerHost = 16;
constexpr absl::Duration kLongestPoll = absl::Seconds(1);
constexpr absl::Duration kIdlePoll = absl::Minutes(1);  // whoever has work wakes us

absl::Status InitCurl() {
  // Never undone: other code of the host may use libcurl too, and there is nothing of ours in it.
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code == CURLE_OK) return absl::OkStatus();
  return MakeStatus(absl::StatusCode::kResourceExhausted,
                    std::string("libcurl cannot be initialised: ") + curl_easy_strerror(code));
}

// So that a wrong path is told when the plugin is made and not at the first request.
absl::Status CheckCaFile(const std::string& path) {
  const auto refuse = [&](const std::string& why) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "the CA file " + Escape(path) + " " + why + "; check okta.ca_file");
  };
  // A pipe would be waited for, in a place that nothing wakes.
  struct stat facts = {};
  if (stat(path.c_str(), &facts) == 0 && !S_ISREG(facts.st_mode)) return refuse("is not a regular file");
  BIO* file = BIO_new_file(path.c_str(), "r");
  if (file == nullptr) {
    const int error = errno;
    ERR_clear_error();
    return refuse("cannot be opened: " + std::generic_category().message(error));
  }
  int count = 0;
  while (X509* certificate = PEM_read_bio_X509_AUX(file, nullptr, nullptr, nullptr)) {
    X509_free(certificate);
    ++count;
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  BIO_free(file);
  ERR_clear_error();
  if (count == 0) return refuse("holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  if (!at_end) return refuse("is damaged after " + std::to_string(count) + " certificates");
  return absl::OkStatus();
}

class CurlClient final : public Client {
 public:
  CurlClient(ClientOptions options, CURLM* multi) : options_(std::move(options)), multi_(multi) {}

  ~CurlClient() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_);
    thread_.Join();
    curl_multi_cleanup(multi_);
  }

  absl::Status Start() {
    OKTASYNC_ASSIGN_OR_RETURN(thread_, Thread::Start(
                                           "oktasync-http", [this] { Run(); },
                                           [this](const std::string& what) {
                                             EndAll(absl::StatusCode::kInternal,
                                                    "the HTTP client's thread failed: " + what);
                                           }));
    return absl::OkStatus();
  }

  absl::StatusOr<Response> Send(const Request& request, Cancel& cancel) override {
    std::unique_ptr<Transfer> transfer;
    try {
      absl::StatusOr<std::unique_ptr<Transfer>> made = Transfer::Make(request, options_);
      if (!made.ok()) return made.status();
      transfer = *std::move(made);
      const std::string origin = transfer->url().Origin();
      OKTASYNC_RETURN_IF_ERROR(cancel.Check("asking " + origin));
      // Ends before the transfer does: its destructor waits for a callback that is running.
      const Cancel::Registration registration(cancel, [this, &transfer] {
        transfer->Cancel();
        curl_multi_wakeup(multi_);
      });
      if (!Post(transfer.get())) {
        return MakeStatus(absl::StatusCode::kInternal,
                          origin + ": the HTTP client's thread has ended; create the instance anew");
      }
      return transfer->Wait();
    } catch (const std::bad_alloc&) {
      return MakeStatus(absl::StatusCode::kResourceExhausted, "no memory is left for an HTTP request");
    }
  }

 private:
  bool Post(Transfer* transfer) {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return false;
      posted_.push_back(transfer);
    }
    curl_multi_wakeup(multi_);
    return true;
  }

  void Run() {
    std::string why = "the HTTP client is being closed";
    absl::StatusCode code = absl::StatusCode::kCancelled;
    try {
      while (TakePosted()) {
        int running = 0;
        if (const CURLMcode result = curl_multi_perform(multi_, &running); result != CURLM_OK) {
          why = std::string("libcurl failed: ") + curl_multi_strerror(result);
          code = absl::StatusCode::kUnavailable;
          break;
        }
        FinishDone();
        const absl::Duration pause = FinishOverdue();
        curl_multi_poll(multi_, nullptr, 0, static_cast<int>(absl::ToInt64Milliseconds(pause)), nullptr);
      }
    } catch (...) {
      why = "the HTTP client's thread failed: " + CurrentException();
      code = absl::StatusCode::kUnavailable;
    }
    EndAll(code, why);
  }

  // Whoever waits is told, whatever ended the loop; also when there is no memory left.
  void EndAll(absl::StatusCode code, const std::string& why) {
    std::vector<Transfer*> posted;
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      posted.swap(posted_);
    }
    for (Transfer* transfer : active_) {
      curl_multi_remove_handle(multi_, transfer->handle());
      Abandon(transfer, code, why);
    }
    active_.clear();
    for (Transfer* transfer : posted) Abandon(transfer, code, why);
  }

  static void Abandon(Transfer* transfer, absl::StatusCode code, const std::string& why) {
    absl::Status status(code, "");  // needs no memory
    try {
      status = MakeStatus(code, transfer->url().Origin() + ": " + why);
    } catch (const std::bad_alloc&) {
    }
    transfer->Finish(std::move(status));
  }

  // False when the client is to end.
  bool TakePosted() {
    std::vector<Transfer*> posted;
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return false;
      active_.reserve(active_.size() + posted_.size());
      posted.swap(posted_);
    }
    for (Transfer* transfer : posted) {
      if (const CURLMcode result = curl_multi_add_handle(multi_, transfer->handle()); result == CURLM_OK) {
        active_.push_back(transfer);
      } else {
        transfer->Finish(MakeStatus(absl::StatusCode::kResourceExhausted,
                                    transfer->url().Origin() + ": " + curl_multi_strerror(result)));
      }
    }
    return true;
  }

  // After this the transfer belongs to its caller again and must not be touched.
  void Release(Transfer* transfer, absl::StatusOr<Response> result) {
    curl_multi_remove_handle(multi_, transfer->handle());
    active_.erase(std::find(active_.begin(), active_.end(), transfer));
    transfer->Finish(std::move(result));
  }

  void FinishDone() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      void* owner = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
      auto* transfer = static_cast<Transfer*>(owner);
      if (code != CURLE_OK) {
        Release(transfer, ExplainFailure(code, *transfer, options_));
      } else if (!transfer->has_whole_head()) {
        Release(transfer, ExplainCutHead(*transfer));
      } else {
        Release(transfer, transfer->TakeResponse());
      }
    }
  }

  // Ends what was cancelled or has been silent for too long; tells how long the next wait may be.
  absl::Duration FinishOverdue() {
    const absl::Duration now = SystemClock().SinceBoot();
    absl::Duration pause = active_.empty() ? kIdlePoll : kLongestPoll;
    const std::vector<Transfer*> active = active_;
    for (Transfer* transfer : active) {
      if (transfer->Cancelled()) {
        Release(transfer,
                MakeStatus(absl::StatusCode::kCancelled, "stopped while asking " + transfer->url().Origin()));
        continue;
      }
      const absl::Duration left = transfer->quiet_since() + options_.idle_timeout - now;
      if (left <= absl::ZeroDuration()) {
        Release(transfer, ExplainSilence(*transfer, options_));
      } else {
        // A millisecond more, as curl_multi_poll rounds down: not to spin through the last one.
        pause = std::min(pause, left + absl::Milliseconds(1));
      }
    }
    return pause;
  }

  const ClientOptions options_;
  CURLM* const multi_;
  Thread thread_;

  std::mutex mutex_;
  bool stopping_ = false;
  std::vector<Transfer*> posted_;

  std::vector<Transfer*> active_;  // the thread's own
};

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> MakeCurlClient(ClientOptions options) {
  OKTASYNC_RETURN_IF_ERROR(InitCurl());
  if (!options.ca_file.empty()) OKTASYNC_RETURN_IF_ERROR(CheckCaFile(options.ca_file));
  std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi(curl_multi_init(), &curl_multi_cleanup);
  // Without its socket pair libcurl goes on and says nothing, but nobody could wake the thread: neither a new
  // request nor the end would be noticed for a minute.
  if (multi == nullptr || curl_multi_wakeup(multi.get()) != CURLM_OK) {
    return MakeStatus(
        absl::StatusCode::kResourceExhausted,
        "libcurl cannot make its handle: no memory, or too many open files; raise the limit on open "
        "files of this process (ulimit -n, LimitNOFILE)");
  }
  curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, long{CURLPIPE_MULTIPLEX});
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, kMaxConnectionsPerHost);
  auto client = std::make_unique<CurlClient>(std::move(options), multi.get());
  multi.release();  // the client's
  OKTASYNC_RETURN_IF_ERROR(client->Start());
  return client;
}

}  // namespace oktasync::http
