#include "control/control_server.h"

#include <charconv>
#include <exception>

namespace playground::control {
namespace {

using nlohmann::json;
using okta::Reply;
using okta::Request;

template <typename Json>
Reply JsonReply(int status, const Json& body) {
  Reply reply;
  reply.status = status;
  // Names of users may come from anywhere; a byte that is not UTF-8 must not break the answer.
  reply.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return reply;
}

Reply Refused(int status, const std::string& why) { return JsonReply(status, json{{"error", why}}); }

}  // namespace

ControlServer::ControlServer(Options options, const Record& record)
    : options_(std::move(options)),
      record_(record),
      server_(options_.port, nullptr, [this](const Request& request) { return Handle(request); }) {}

void ControlServer::Start(nlohmann::ordered_json info) {
  info_ = std::move(info);
  server_.Start();
}

Reply ControlServer::Run(std::mutex& mutex, const Command& command, const std::string& name,
                         const std::string& body) {
  try {
    const json args = body.empty() ? json::object() : json::parse(body);
    std::lock_guard lock(mutex);
    const json answer = command(name, args);
    return JsonReply(answer.is_object() && answer.contains("error") ? 400 : 200, answer);
  } catch (const std::exception& e) {
    return Refused(400, e.what());
  }
}

Reply ControlServer::Handle(const Request& request) {
  const bool post = request.method == "POST";
  if (post && request.path.rfind("/okta/", 0) == 0) {
    return Run(okta_mutex_, options_.okta, request.path.substr(6), request.body);
  }
  if (post && request.path.rfind("/auth/", 0) == 0) {
    return Run(auth_mutex_, options_.auth, request.path.substr(6), request.body);
  }
  if (request.path == "/kill") {
    if (!post) return JsonReply(200, options_.kill->Show());
    // With no other command under way, so that what it is to count has not begun.
    return Run(
        okta_mutex_, [this](const std::string&, const json& args) { return options_.kill->Arm(args); }, "",
        request.body);
  }
  if (post && request.path == "/stop") {
    options_.stop();
    return JsonReply(200, json::object());
  }
  if (request.method == "GET" && request.path == "/info") return JsonReply(200, info_);
  if (request.method == "GET" && request.path == "/record/end")
    return JsonReply(200, json{{"seq", record_.last()}});
  if (request.method == "GET" && request.path == "/record") {
    uint64_t after = 0;
    if (const std::string* text = request.Query("after")) {
      const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), after);
      if (error != std::errc() || end != text->data() + text->size())
        return Refused(400, "after is a number");
    }
    return JsonReply(200, record_.Since(after));
  }
  return Refused(404, "no " + request.method + " " + request.path +
                          "; there are POST /okta/<command>, /auth/<command>, /kill, /stop and GET /kill, "
                          "/record, /record/end, /info");
}

}  // namespace playground::control
