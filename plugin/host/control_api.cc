#include "control_api.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "nlohmann/json.hpp"

namespace oktasync::host {
namespace {

using nlohmann::json;

constexpr int kExplainsAtOnce = 2;
constexpr int kReportsAtOnce = 2;
constexpr size_t kRunsTold = 16;
constexpr size_t kMaxWho = 1024;
constexpr JsonLimits kBodyLimits{kMaxControlBody, 16};
constexpr JsonLimits kStatusLimits{size_t{64} << 20, 16};

int HttpStatus(int32_t code) {
  switch (code) {
    case OKTASYNC_INVALID_ARGUMENT:
    case OKTASYNC_OUT_OF_RANGE:
      return 400;
    case OKTASYNC_UNAUTHENTICATED:
      return 401;
    case OKTASYNC_PERMISSION_DENIED:
      return 403;
    case OKTASYNC_NOT_FOUND:
      return 404;
    case OKTASYNC_FAILED_PRECONDITION:
    case OKTASYNC_ALREADY_EXISTS:
    case OKTASYNC_ABORTED:
      return 409;
    case OKTASYNC_RESOURCE_EXHAUSTED:
      return 429;
    case OKTASYNC_UNIMPLEMENTED:
      return 501;
    case OKTASYNC_CANCELLED:
    case OKTASYNC_UNAVAILABLE:
      return 503;
    case OKTASYNC_DEADLINE_EXCEEDED:
      return 504;
    default:
      return 500;
  }
}

PluginError Bad(const std::string& message) { return {OKTASYNC_INVALID_ARGUMENT, 0, message}; }

ControlAnswer Good(const json& body) { return {200, DumpJson(body), {}}; }

// One of a bounded number of places; null when all are taken. Given back by the last copy.
std::shared_ptr<const void> TakePlace(const std::shared_ptr<std::atomic<int>>& taken, int most) {
  if (taken->fetch_add(1) >= most) {
    taken->fetch_sub(1);
    return nullptr;
  }
  return {static_cast<const void*>(taken.get()), [taken](const void*) { taken->fetch_sub(1); }};
}

PluginError Busy(const std::string& what) {
  return {OKTASYNC_RESOURCE_EXHAUSTED, OKTASYNC_ERROR_RETRYABLE,
          "as many " + what + " as go at once are under way already; ask again in a moment"};
}

const std::string* Query(const ControlRequest& request, const std::string& key) {
  const auto it = request.query.find(key);
  return it == request.query.end() ? nullptr : &it->second;
}

// 0 when `status` tells of no finished sync.
uint64_t LastRun(const json& status) {
  const auto run = status.find("last_run");
  if (run == status.end() || !run->is_object()) return 0;
  const auto id = run->find("run_id");
  return id != run->end() && id->is_number_unsigned() ? id->get<uint64_t>() : 0;
}

}  // namespace

ControlAnswer ErrorAnswer(const PluginError& error) {
  const bool retryable = (error.flags & OKTASYNC_ERROR_RETRYABLE) != 0;
  return {
      HttpStatus(error.code),
      DumpJson({{"error",
                 {{"code", CodeName(error.code)}, {"message", error.message}, {"retryable", retryable}}}}),
      {}};
}

ControlAnswer ControlApi::Answer(const ControlRequest& request) {
  struct Route {
    const char* method;
    const char* path;
    ControlAnswer (*answer)(ControlApi&, const ControlRequest&);
  };
  static constexpr Route kRoutes[] = {
      {"GET", "/v1/status", [](ControlApi& api, const ControlRequest&) { return api.Status(); }},
      {"POST", "/v1/sync", [](ControlApi& api, const ControlRequest&) { return api.Run(false); }},
      {"POST", "/v1/plan", [](ControlApi& api, const ControlRequest&) { return api.Run(true); }},
      {"POST", "/v1/approve", [](ControlApi& api, const ControlRequest& r) { return api.Approve(r.body); }},
      {"GET", "/v1/explain", [](ControlApi& api, const ControlRequest& r) { return api.Explain(r); }},
      {"GET", "/v1/report", [](ControlApi& api, const ControlRequest& r) { return api.Report(r); }},
  };
  for (const Route& route : kRoutes) {
    if (request.path != route.path) continue;
    if (request.method == route.method) return route.answer(*this, request);
    ControlAnswer refused = ErrorAnswer(Bad(request.path + " is for " + route.method));
    refused.http = 405;
    return refused;
  }
  std::string known;
  for (const Route& route : kRoutes) {
    known += (known.empty() ? "" : ", ") + std::string(route.method) + " " + route.path;
  }
  return ErrorAnswer({OKTASYNC_NOT_FOUND, 0, "there is no such request; there are " + known});
}

std::vector<uint64_t> ControlApi::Runs(uint64_t last_run) {
  std::lock_guard lock(mutex_);
  std::vector<uint64_t> runs(asked_for_.begin(), asked_for_.end());
  if (last_run != 0 && std::find(runs.begin(), runs.end(), last_run) == runs.end()) runs.push_back(last_run);
  std::sort(runs.rbegin(), runs.rend());
  return runs;
}

ControlAnswer ControlApi::Status() {
  std::string text;
  if (const PluginError error = operations_.Status(&text); !error.ok()) return ErrorAnswer(error);
  absl::StatusOr<json> status = ParseJson(text, kStatusLimits);
  if (!status.ok() || !status->is_object()) {
    return ErrorAnswer({OKTASYNC_INTERNAL, 0, "the plugin's status cannot be read"});
  }
  (*status)["daemon"] = {{"pid", facts_.pid},
                         {"version", facts_.version},
                         {"config_file", facts_.config_file},
                         {"config_digest", facts_.config_digest},
                         {"runs", Runs(LastRun(*status))}};
  return Good(*status);
}

ControlAnswer ControlApi::Asked(const PluginError& error, uint64_t run_id) {
  if (!error.ok()) return ErrorAnswer(error);
  {
    std::lock_guard lock(mutex_);
    if (std::find(asked_for_.begin(), asked_for_.end(), run_id) == asked_for_.end()) {
      asked_for_.push_front(run_id);
    }
    if (asked_for_.size() > kRunsTold) asked_for_.pop_back();
  }
  return Good({{"run_id", run_id}});
}

ControlAnswer ControlApi::Run(bool plan) {
  uint64_t run_id = 0;
  const PluginError error = operations_.Request(plan, &run_id);
  return Asked(error, run_id);
}

ControlAnswer ControlApi::Approve(const std::string& body) {
  absl::StatusOr<json> asked = ParseJson(body, kBodyLimits);
  if (!asked.ok()) return ErrorAnswer(Bad("the body is " + Message(asked.status())));
  if (!asked->is_object()) {
    return ErrorAnswer(Bad("expected an object with \"digest\", or \"plan\", or both"));
  }
  std::string digest;
  std::string plan;
  for (auto& [key, value] : asked->items()) {
    if (key == "digest" && value.is_string()) {
      digest = value.get<std::string>();
    } else if (key == "plan" && value.is_object()) {
      plan = DumpJson(value);
    } else {
      return ErrorAnswer(
          Bad("expected \"digest\" (a text), or \"plan\" (an object), or both; found " + Escape(key, 64)));
    }
  }
  if (digest.empty() && plan.empty()) {
    return ErrorAnswer(Bad("expected \"digest\", or \"plan\", or both: what is to be approved"));
  }
  uint64_t run_id = 0;
  const PluginError error = operations_.Approve(digest, plan, &run_id);
  return Asked(error, run_id);
}

ControlAnswer ControlApi::Explain(const ControlRequest& request) {
  const std::string* who = Query(request, "who");
  if (who == nullptr || who->empty() || who->size() > kMaxWho || !IsUtf8(*who)) {
    return ErrorAnswer(Bad("expected ?who= with an Okta user id, or the name of a Teleport user"));
  }
  const std::shared_ptr<const void> place = TakePlace(explaining_, kExplainsAtOnce);
  if (place == nullptr) return ErrorAnswer(Busy("explanations"));
  std::string text;
  if (const PluginError error = operations_.Explain(*who, &text); !error.ok()) return ErrorAnswer(error);
  return {200, std::move(text), {}};
}

ControlAnswer ControlApi::Report(const ControlRequest& request) {
  uint64_t run_id = 0;
  if (const std::string* text = Query(request, "run_id")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), run_id);
    if (error != std::errc() || end != text->data() + text->size() || run_id == 0) {
      return ErrorAnswer(Bad("run_id is a number from 1"));
    }
  } else {
    std::string status;
    if (const PluginError error = operations_.Status(&status); !error.ok()) return ErrorAnswer(error);
    const absl::StatusOr<json> read = ParseJson(status, kStatusLimits);
    run_id = read.ok() && read->is_object() ? LastRun(*read) : 0;
    if (run_id == 0) return ErrorAnswer({OKTASYNC_NOT_FOUND, 0, "no sync has finished yet"});
  }
  const std::shared_ptr<const void> place = TakePlace(reporting_, kReportsAtOnce);
  if (place == nullptr) return ErrorAnswer(Busy("reports"));
  // The place is taken for as long as the report is being sent.
  struct Sent {
    Document report;
    std::shared_ptr<const void> place;
  };
  const auto sent = std::make_shared<Sent>(Sent{{}, place});
  if (const PluginError error = operations_.Report(run_id, &sent->report); !error.ok()) {
    return ErrorAnswer(error);
  }
  return {200, {}, {sent, sent->report.text}};
}

}  // namespace oktasync::host
