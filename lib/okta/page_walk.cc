#include "okta/page_walk.h"

#include <utility>

#include "base/status.h"
#include "okta/page_cursor.h"

namespace oktasync::okta {

absl::Status Blame(const absl::Status& status, const Call& call, const Answer& answer) {
  const std::string id = answer.request_id.empty() ? "" : " (request id " + answer.request_id + ")";
  return Annotate(status, "Okta's answer to GET " + call.path + id);
}

absl::Status WalkPages(Caller& caller, Call call, uint64_t max_pages, Cancel& cancel,
                       const std::function<absl::Status(std::string body, uint64_t page)>& read) {
  PageCursor cursor(call.url, max_pages);
  call.after_timeout = HalvePageSize;
  while (!cursor.url().empty()) {
    const uint64_t number = cursor.page();
    call.url = cursor.url();
    absl::StatusOr<Answer> answer = caller.Get(call, cancel);
    if (!answer.ok()) return Annotate(answer.status(), "page " + std::to_string(number));
    if (const absl::Status status = cursor.Advance(answer->response, answer->url); !status.ok()) {
      return Blame(Annotate(status, "page " + std::to_string(number)), call, *answer);
    }
    if (const absl::Status status = read(std::move(answer->response.body), number); !status.ok()) {
      return status.code() == absl::StatusCode::kDataLoss ? Blame(status, call, *answer) : status;
    }
  }
  return absl::OkStatus();
}

}  // namespace oktasync::okta
