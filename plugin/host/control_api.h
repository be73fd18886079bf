// What is asked through a control socket, and the answers: HTTP/1.1 with JSON, one request on a connection.
//
//   GET  /v1/status               the instance's status (plugin.h, `status`) and "daemon": {"pid", "version",
//                                 "config_file", "config_digest", "runs": [ids whose reports may be had]}
//   POST /v1/sync                 {"run_id": 4}: a sync was asked for; /v1/report has it once it is done
//   POST /v1/plan                 {"run_id": 5}
//   POST /v1/approve              body {"digest": "0123456789abcdef"}, or {"plan": {…a saved plan…}} with or
//                                 without "digest"; {"run_id": 6}: the sync that carries it out
//   GET  /v1/explain?who=WHO      why one person is as he is (plugin.h, `explain`)
//   GET  /v1/report?run_id=4      the whole report; without run_id that of the last finished sync
//
// An error is {"error": {"code": "NOT_FOUND", "message": "…", "retryable": false}} under an HTTP status of 400
// and up; "code" is one of gRPC's names. A report that is not finished is 503, UNAVAILABLE and retryable. A body
// is application/json of at most 32 MiB with its Content-Length; of a plan only "org", "app_id", "ended" and
// "held" are looked at, so the rest may be left out.
//
// Thread-safe. It knows no sockets: control_server.h brings requests here.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "operations.h"

namespace oktasync::host {

inline constexpr size_t kMaxControlBody = size_t{32} << 20;

struct ControlRequest {
  std::string method;
  std::string path;
  std::map<std::string, std::string> query;
  std::string body;
};

struct ControlAnswer {
  int http = 200;
  std::string body;   // JSON
  Document document;  // instead of `body`, when it has an owner
};

// {"error": …} under the HTTP status that belongs to its code.
ControlAnswer ErrorAnswer(const PluginError& error);

// What a daemon tells about itself.
struct DaemonFacts {
  uint64_t pid = 0;
  std::string version;
  std::string config_file;
  std::string config_digest;
};

class ControlApi {
 public:
  // `operations` outlives it.
  ControlApi(Operations& operations, DaemonFacts facts) : operations_(operations), facts_(std::move(facts)) {}

  ControlAnswer Answer(const ControlRequest& request);

 private:
  ControlAnswer Status();
  ControlAnswer Run(bool plan);
  ControlAnswer Approve(const std::string& body);
  ControlAnswer Explain(const ControlRequest& request);
  ControlAnswer Report(const ControlRequest& request);
  ControlAnswer Asked(const PluginError& error, uint64_t run_id);
  std::vector<uint64_t> Runs(uint64_t last_run);

  Operations& operations_;
  const DaemonFacts facts_;
  // Each explain reads both sides, each report may be rendered anew: so many at a time.
  std::shared_ptr<std::atomic<int>> explaining_ = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::atomic<int>> reporting_ = std::make_shared<std::atomic<int>>(0);
  std::mutex mutex_;
  std::deque<uint64_t> asked_for_;  // the newest first
};

}  // namespace oktasync::host
