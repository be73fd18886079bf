#include "okta/faults.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace playground::okta {
namespace {

constexpr const char* kKinds[] = {
    // instead of an answer
    "status", "html", "body", "echo", "bad_json", "reset", "redirect", "rate_429", "concurrency_429",
    // the answer comes late, or in part
    "hang", "drip", "truncate", "chunked_cut", "tls_cut", "short_length",
    // the answer is spoilt
    "empty_list", "drop_embedded", "null_embedded", "missing_id", "duplicate_row", "next_same",
    "next_earlier", "next_elsewhere", "next_http", "next_keeps_expand", "one_link_header", "no_rate_headers",
    "rate_headers", "no_date", "rows_shifted_on", "rows_shifted_back", "listed_active"};

}  // namespace

void Faults::Add(const nlohmann::json& args) {
  Armed armed;
  Fault& fault = armed.fault;
  fault.path = args.value("path", ".");
  fault.kind = args.at("kind").get<std::string>();
  if (std::none_of(std::begin(kKinds), std::end(kKinds),
                   [&](const char* kind) { return fault.kind == kind; })) {
    std::string known;
    for (const char* kind : kKinds) known += std::string(known.empty() ? "" : ", ") + kind;
    throw std::invalid_argument("no fault of kind " + fault.kind + "; there are " + known);
  }
  fault.after = args.value("after", fault.after);
  fault.times = args.value("times", fault.times);
  fault.status = args.value("status", fault.status);
  fault.seconds = args.value("seconds", fault.seconds);
  fault.code = args.value("code", fault.code);
  fault.error = args.value("error", fault.error);
  fault.text = args.value("text", fault.text);
  fault.body = args.value("body", fault.body);
  if (args.contains("body_base64url")) {
    auto bytes = Base64UrlDecode(args["body_base64url"].get<std::string>());
    if (!bytes) throw std::invalid_argument("body_base64url is not base64url");
    fault.body = std::move(*bytes);
  }
  fault.repeat = args.value("repeat", fault.repeat);
  if (fault.repeat < 1) throw std::invalid_argument("repeat must be at least 1");
  fault.content_type = args.value("content_type", "application/json");
  fault.all_rows = args.value("rows", "one") == "all";
  fault.headers = args.value("headers", nlohmann::json::object());
  if (fault.status < 200 || fault.status > 599) throw std::invalid_argument("status must be from 200 to 599");
  if (fault.times == 0) throw std::invalid_argument("times 0 would never hit; -1 is for ever");
  try {
    armed.expression = std::regex(fault.path, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error& e) {
    throw std::invalid_argument("path is not a regular expression: " + std::string(e.what()));
  }
  std::lock_guard lock(mutex_);
  armed_.push_back(std::move(armed));
}

void Faults::Clear() {
  std::lock_guard lock(mutex_);
  armed_.clear();
  struck_ = 0;
}

int64_t Faults::struck() const {
  std::lock_guard lock(mutex_);
  return struck_;
}

std::optional<Fault> Faults::Hit(const std::string& target) {
  std::lock_guard lock(mutex_);
  std::optional<Fault> hit;
  for (auto armed = armed_.begin(); armed != armed_.end();) {
    if (!std::regex_search(target, armed->expression)) {
      ++armed;
      continue;
    }
    // A fault that still lets requests pass counts them, whether or not another one acts.
    if (armed->seen < armed->fault.after) {
      ++armed->seen;
    } else if (!hit) {
      hit = armed->fault;
      ++struck_;
      ++armed->seen;
      if (armed->fault.times > 0 && armed->seen >= armed->fault.after + armed->fault.times) {
        armed = armed_.erase(armed);
        continue;
      }
    }
    ++armed;
  }
  return hit;
}

Reply Echoed(const Fault& fault, const Request& request, bool token_endpoint, const Reply& without) {
  std::string said = request.method + " " + request.target + "\n";
  for (const auto& [name, value] : request.headers) said.append(name).append(": ").append(value).append("\n");
  said += "\n" + request.body;
  // What the client would have been given: an access token, at the token endpoint.
  if (token_endpoint) said += "\n" + without.body;
  Reply reply;
  if (fault.text == "html") {
    reply.status = fault.status;
    reply.content_type = "text/html";
    reply.body = "<html><body><pre>" + said + "</pre></body></html>";
    return reply;
  }
  if (fault.text == "header") {
    reply = OktaError(fault.status, "E0000011");
    std::string line = said;
    for (char& c : line) c = c == '\n' || c == '"' ? ' ' : c;
    reply.Set("WWW-Authenticate", "Bearer error=\"" + line + "\", error_description=\"" + line + "\"");
    reply.Set("Link", "<" + line + ">; rel=\"next");
    reply.Set("Location", "https://elsewhere.example.net/?" + line);
    return reply;
  }
  if (fault.text == "cut") {
    reply.body = nlohmann::json(said).dump().substr(1, 900);
    return reply;
  }
  return token_endpoint ? OAuthError(fault.status, fault.error.empty() ? "invalid_client" : fault.error, said)
                        : OktaError(fault.status, fault.code.empty() ? "E0000001" : fault.code, said, {said});
}

Reply PlayedError(const Fault& fault, bool token_endpoint) {
  Reply reply;
  if (fault.kind == "html") {
    reply.content_type = "text/html;charset=UTF-8";
    reply.body =
        "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>";
    return reply;
  }
  if (fault.kind == "body") {
    reply.status = fault.status == 500 ? 200 : fault.status;
    reply.content_type = fault.content_type;
    for (int64_t i = 0; i < fault.repeat; ++i) reply.body += fault.body;
    for (const auto& [name, value] : fault.headers.items()) reply.Set(name, value.get<std::string>());
    return reply;
  }
  if (fault.kind == "bad_json") {
    reply.body = R"([{"id":"00u1", "status":)";
    return reply;
  }
  if (fault.kind == "redirect") {
    reply.status = fault.status == 500 ? 302 : fault.status;
    reply.Set("Location", fault.text.empty() ? "https://elsewhere.example.net/login" : fault.text);
    return reply;
  }
  if (token_endpoint && fault.status != 429) {
    return OAuthError(
        fault.status, fault.error.empty() ? "server_error" : fault.error,
        fault.text.empty() ? "The authorization server encountered an internal error." : fault.text);
  }
  std::string code = fault.code;
  if (code.empty()) {
    switch (fault.status) {
      case 400:
        code = "E0000001";
        break;
      case 401:
        code = "E0000011";
        break;
      case 403:
        code = "E0000006";
        break;
      case 404:
        code = "E0000007";
        break;
      case 429:
        code = "E0000047";
        break;
      case 503:
        code = "E0000010";
        break;
      default:
        code = "E0000009";
    }
  }
  return OktaError(fault.status, code, fault.text);
}

}  // namespace playground::okta
