#include "daemon.h"

#include <sys/socket.h>

#include "base/json.h"
#include "base/text.h"
#include "control_api.h"
#include "httplib.h"
#include "interruptible.h"
#include "nlohmann/json.hpp"

namespace oktasync::host {
namespace {

using nlohmann::json;

// An answer begins within so long; the daemon itself waits for nobody in these.
constexpr absl::Duration kQuick = absl::Seconds(20);
// Reads both sides, listings among them; and rendering the report of a million people takes a while.
constexpr absl::Duration kLong = absl::Minutes(15);
constexpr size_t kMaxError = 1 << 20;

PluginError Broken(const std::string& path, const std::string& why) {
  return {OKTASYNC_UNAVAILABLE, 0, "the daemon at " + Escape(path) + " " + why};
}

PluginError ErrorOf(const std::string& path, const httplib::Response& response) {
  const absl::StatusOr<json> body = ParseJson(response.body, {kMaxError, 8});
  const auto error = body.ok() ? body->find("error") : json::const_iterator();
  if (!body.ok() || error == body->end() || !error->is_object()) {
    return Broken(path, "answered with HTTP status " + std::to_string(response.status) + " and no reason");
  }
  const auto retryable = error->find("retryable");
  const bool again = retryable != error->end() && retryable->is_boolean() && retryable->get<bool>();
  int32_t code = CodeOfName(JsonString(*error, "code"));
  if (code == OKTASYNC_OK) code = OKTASYNC_UNKNOWN;
  // CANCELLED is for signals that this process got.
  if (code == OKTASYNC_CANCELLED) code = OKTASYNC_ABORTED;
  return {code, again ? OKTASYNC_ERROR_RETRYABLE : 0, JsonString(*error, "message")};
}

}  // namespace

PluginError Daemon::Call(const char* method, const std::string& target, const std::string& body,
                         absl::Duration timeout, std::string* answer) {
  httplib::Client client(path_, 80);  // the port is for the Host header alone
  client.set_address_family(AF_UNIX);
  client.set_connection_timeout(absl::ToInt64Seconds(kQuick));
  client.set_write_timeout(absl::ToInt64Seconds(kQuick));
  client.set_read_timeout(absl::ToInt64Seconds(timeout));
  client.set_decompress(false);
  const httplib::Headers headers = {{"Host", "localhost"}};
  httplib::Result result(nullptr, httplib::Error::Unknown);
  const bool whole = RunInterruptibly(
      signals_,
      [&] {
        result = std::string_view(method) == "GET"
                     ? client.Get(target, headers)
                     : client.Post(target, headers, body, body.empty() ? "" : "application/json");
      },
      [&] { client.stop(); });
  if (!whole) return {OKTASYNC_CANCELLED, 0, "interrupted"};
  if (!result) {
    return Broken(path_, "does not answer (" + httplib::to_string(result.error()) +
                             "): it has ended, or is overloaded");
  }
  if (result->status != 200) return ErrorOf(path_, *result);
  *answer = std::move(result->body);
  return {};
}

PluginError Daemon::CallForRun(const std::string& target, const std::string& body, uint64_t* run_id) {
  std::string answer;
  if (PluginError error = Call("POST", target, body, kQuick, &answer); !error.ok()) return error;
  const absl::StatusOr<json> read = ParseJson(answer);
  const auto id = read.ok() ? read->find("run_id") : json::const_iterator();
  if (!read.ok() || id == read->end() || !id->is_number_unsigned()) {
    return Broken(path_, "gave no number of a run");
  }
  *run_id = id->get<uint64_t>();
  return {};
}

PluginError Daemon::Status(std::string* json_text) {
  return Call("GET", "/v1/status", {}, kQuick, json_text);
}

PluginError Daemon::Request(bool plan, uint64_t* run_id) {
  return CallForRun(plan ? "/v1/plan" : "/v1/sync", {}, run_id);
}

PluginError Daemon::Approve(std::string_view digest, std::string_view plan, uint64_t* run_id) {
  // Built by hand around the plan, which is JSON already and may be large.
  std::string body = "{";
  if (!digest.empty()) body += "\"digest\":" + DumpJson(std::string(digest));
  if (!plan.empty()) body += std::string(digest.empty() ? "" : ",") + "\"plan\":" + std::string(plan);
  body += "}";
  if (body.size() > kMaxControlBody) {
    return {OKTASYNC_INVALID_ARGUMENT, 0,
            "the held sets of this plan are larger than the control socket takes (32 MiB); ask the daemon "
            "for a plan with `oktasync plan` and approve its digest"};
  }
  return CallForRun("/v1/approve", body, run_id);
}

PluginError Daemon::Explain(std::string_view who, std::string* json_text) {
  std::string query;
  for (unsigned char c : who) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    query += '%';
    query += kDigits[c >> 4];
    query += kDigits[c & 15];
  }
  return Call("GET", "/v1/explain?who=" + query, {}, kLong, json_text);
}

PluginError Daemon::Report(uint64_t run_id, Document* document) {
  std::string text;
  PluginError error = Call("GET", "/v1/report?run_id=" + std::to_string(run_id), {}, kLong, &text);
  if (error.ok()) *document = OwnedDocument(std::move(text));
  return error;
}

}  // namespace oktasync::host
