#include "auth/faults.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace playground {
namespace {

const char* const kKinds[] = {"code",   "do_then_code",      "hang",   "do_then_hang", "cut", "do_then_cut",
                              "refuse", "lock_not_in_force", "control"};

// In the order of gRPC's numbers.
const char* const kCodes[] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

int ParseCode(const nlohmann::json& json) {
  int code = -1;
  if (json.is_number_integer()) {
    code = json.get<int>();
  } else {
    const auto at = std::find(std::begin(kCodes), std::end(kCodes), json.get<std::string>());
    if (at != std::end(kCodes)) code = static_cast<int>(at - std::begin(kCodes));
  }
  if (code < 1 || code > 16) throw std::invalid_argument("no gRPC error code: " + json.dump());
  return code;
}

}  // namespace

const char* CodeName(int code) { return code >= 0 && code <= 16 ? kCodes[code] : "UNKNOWN"; }

void Faults::Add(const nlohmann::json& json) {
  Fault fault;
  for (const auto& [key, value] : json.items()) {
    if (key == "call") {
      fault.call = value.get<std::string>();
    } else if (key == "name") {
      fault.name = value.get<std::string>();
    } else if (key == "kind") {
      fault.kind = value.get<std::string>();
    } else if (key == "code") {
      fault.code = ParseCode(value);
    } else if (key == "message") {
      fault.message = value.get<std::string>();
    } else if (key == "seconds") {
      fault.seconds = value.get<double>();
    } else if (key == "command") {
      fault.command = value.get<std::string>();
    } else if (key == "args") {
      fault.args = value;
    } else if (key == "after") {
      fault.after = value.get<int64_t>();
    } else if (key == "times") {
      fault.times = value.get<int64_t>();
    } else {
      throw std::invalid_argument("unknown key \"" + key + "\" in a fault");
    }
  }
  if (std::find(std::begin(kKinds), std::end(kKinds), fault.kind) == std::end(kKinds)) {
    throw std::invalid_argument("unknown kind of fault \"" + fault.kind + "\"");
  }
  if (fault.message.empty()) fault.message = "fault ordered by the playground";
  std::lock_guard lock(mutex_);
  armed_.push_back({std::move(fault), 0});
}

void Faults::Clear() {
  std::lock_guard lock(mutex_);
  armed_.clear();
}

std::optional<Fault> Faults::Next(const std::string& call, const std::string& name) {
  std::lock_guard lock(mutex_);
  std::optional<Fault> strikes;
  for (Armed& armed : armed_) {
    Fault& fault = armed.fault;
    if (fault.call != "*" && fault.call != call) continue;
    if (!fault.name.empty() && fault.name != name) continue;
    if (fault.after > 0) {
      --fault.after;
      continue;
    }
    if (fault.times == 0 || strikes) continue;
    if (fault.times > 0) --fault.times;
    ++armed.struck;
    strikes = fault;
  }
  return strikes;
}

nlohmann::json Faults::Show() const {
  std::lock_guard lock(mutex_);
  nlohmann::json out = nlohmann::json::array();
  for (const Armed& armed : armed_) {
    out.push_back({{"call", armed.fault.call},
                   {"name", armed.fault.name},
                   {"kind", armed.fault.kind},
                   {"after", armed.fault.after},
                   {"left", armed.fault.times},
                   {"struck", armed.struck}});
  }
  return out;
}

}  // namespace playground
