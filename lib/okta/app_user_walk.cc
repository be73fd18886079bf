#include "okta/app_user_walk.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "base/thread.h"
#include "okta/app_user_decoder.h"
#include "okta/ids.h"
#include "okta/page_cursor.h"

namespace oktasync::okta {
namespace {

class Walk final : public AppUserWalk {
 public:
  Walk(WalkOptions options, Caller& caller, Cancel& cancel)
      : app_id_(options.app_id),
        path_("/api/v1/apps/" + options.app_id + "/users"),
        caller_(caller),
        cursor_(options.org_url + path_ + "?limit=" + std::to_string(std::clamp(options.page_size, 1, 500)) +
                    "&expand=user",
                options.max_pages),
        chain_(cancel, [this] { cancel_.Request(); }) {}

  ~Walk() override {
    cancel_.Request();
    {
      std::lock_guard lock(mutex_);
      dropped_ = true;
    }
    changed_.notify_all();
    fetcher_.Join();
  }

  absl::StatusOr<std::unique_ptr<AppUserPage>> Next() override {
    OKTASYNC_RETURN_IF_ERROR(cancel_.Check("reading the app's users"));
    OKTASYNC_RETURN_IF_ERROR(Begin());
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ahead_ != nullptr || ended_; });
    if (ahead_ == nullptr) {
      if (!end_.ok()) return end_;
      return std::unique_ptr<AppUserPage>();
    }
    std::unique_ptr<AppUserPage> page = std::move(ahead_);
    changed_.notify_all();
    return page;
  }

 private:
  absl::Status Begin() {
    if (begun_) return absl::OkStatus();
    if (!IsOktaId(app_id_)) {
      return MakeStatus(absl::StatusCode::kInvalidArgument,
                        "'" + Escape(app_id_, 64) + "' is no Okta id: check the app id of the configuration");
    }
    absl::StatusOr<Thread> fetcher = Thread::Start(
        "okta-walk", [this] { End(FetchAll()); },
        [this](const std::string& what) {
          End(MakeStatus(absl::StatusCode::kResourceExhausted, "reading the app's users failed: " + what));
        });
    if (!fetcher.ok()) return fetcher.status();
    fetcher_ = *std::move(fetcher);
    begun_ = true;
    return absl::OkStatus();
  }

  // On the fetcher thread from here on.
  absl::Status FetchAll() {
    AppUserDecoder decoder;
    while (!cursor_.url().empty()) {
      OKTASYNC_ASSIGN_OR_RETURN(std::unique_ptr<AppUserPage> page, FetchPage(decoder));
      std::unique_lock lock(mutex_);
      ahead_ = std::move(page);
      changed_.notify_all();
      // The next page is fetched when this one is taken: one is handed out, one is ahead, never more.
      changed_.wait(lock, [this] { return ahead_ == nullptr || dropped_; });
      if (dropped_) return MakeStatus(absl::StatusCode::kCancelled, "the walk was dropped");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<AppUserPage>> FetchPage(AppUserDecoder& decoder) {
    const uint64_t number = cursor_.page();
    Call call;
    call.url = cursor_.url();
    call.path = path_;
    call.bucket = "/api/v1/apps";
    call.after_timeout = HalvePageSize;
    absl::StatusOr<Answer> answer = caller_.Get(call, cancel_);
    if (!answer.ok()) return Annotate(answer.status(), "page " + std::to_string(number));
    const auto blame = [&](const absl::Status& status, const std::string& context) {
      const std::string id = answer->request_id.empty() ? "" : " (request id " + answer->request_id + ")";
      return Annotate(status, "GET " + path_ + id + context);
    };
    // The link is judged before the page is handed out: a page with a bad link may be no page of the list.
    if (const absl::Status status = cursor_.Advance(answer->response, answer->url); !status.ok()) {
      return blame(status, ": page " + std::to_string(number));
    }
    absl::StatusOr<std::unique_ptr<AppUserPage>> page =
        decoder.DecodePage(std::move(answer->response.body), number);
    if (!page.ok()) return blame(page.status(), "");
    return page;
  }

  void End(absl::Status status) {
    std::lock_guard lock(mutex_);
    end_ = std::move(status);
    ended_ = true;
    changed_.notify_all();
  }

  const std::string app_id_;
  const std::string path_;
  Caller& caller_;
  Cancel cancel_;      // our own, chained to the caller's
  PageCursor cursor_;  // the fetcher's alone once it runs
  bool begun_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<AppUserPage> ahead_;
  bool dropped_ = false;
  bool ended_ = false;
  absl::Status end_;

  Thread fetcher_;
  Cancel::Registration chain_;  // dropped first, so that nothing calls into a walk that is half gone
};

}  // namespace

std::unique_ptr<AppUserWalk> MakeAppUserWalk(WalkOptions options, Caller& caller, Cancel& cancel) {
  return std::make_unique<Walk>(std::move(options), caller, cancel);
}

}  // namespace oktasync::okta
