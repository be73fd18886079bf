// The control port: plain HTTP on 127.0.0.1, by which tests and the demo play events and read the record.
//
//   POST /okta/<command>, POST /auth/<command>   a JSON object of arguments; answers the command's JSON
//   GET  /record?after=N                         entries with seq > N, as an array
//   GET  /record/end                             {seq} of the last entry
//   GET  /info                                   what playground.json holds
//   POST /kill, GET /kill                        kill_switch.h
//   POST /stop                                   the program ends
//
// A refused command is 400 {"error": "<sentence>"}. The commands of one side run one after another, so a
// command and its entry in the record are not torn apart by another one.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "kill_switch.h"
#include "nlohmann/json.hpp"
#include "okta/http_server.h"
#include "record.h"

namespace playground::control {

using Command = std::function<nlohmann::json(const std::string& command, const nlohmann::json& args)>;

struct Options {
  int port = 0;
  Command okta;
  Command auth;
  KillSwitch* kill = nullptr;
  std::function<void()> stop;  // called on a server thread; must not wait for the server
};

class ControlServer {
 public:
  ControlServer(Options options, const Record& record);
  ~ControlServer() { Stop(); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  void Start(nlohmann::ordered_json info);
  void Stop() { server_.Stop(); }

 private:
  okta::Reply Handle(const okta::Request& request);
  okta::Reply Run(std::mutex& mutex, const Command& command, const std::string& name,
                  const std::string& body);

  Options options_;
  const Record& record_;
  nlohmann::ordered_json info_;
  std::mutex okta_mutex_;
  std::mutex auth_mutex_;
  okta::HttpServer server_;
};

}  // namespace playground::control
