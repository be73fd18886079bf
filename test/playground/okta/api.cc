#include "okta/api.h"

#include <chrono>
#include <exception>

#include "okta/api_call.h"
#include "okta/crypto.h"
#include "okta/text.h"

namespace playground::okta {
namespace {

constexpr size_t kCursorTag = 8;

std::vector<std::string> Segments(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty() && path.front() == '/') {
    path.remove_prefix(1);
    const size_t end = path.find('/');
    segments.emplace_back(path.substr(0, end));
    path = end == std::string_view::npos ? std::string_view() : path.substr(end);
  }
  return segments;
}

// Secrets have no place in a query, but a client may be wrong, and the record is shown.
std::string ForRecord(std::string target) {
  for (const char* name : {"access_token=", "client_assertion=", "client_secret="}) {
    const size_t at = target.find(name);
    if (at == std::string::npos) continue;
    const size_t value = at + std::string_view(name).size();
    target.replace(value, target.find('&', value) - value, "***");
  }
  return target;
}

}  // namespace

OktaApi::OktaApi(Org& org, Tokens& tokens, RateLimits& rates, Faults& faults, OktaClock& clock,
                 Record& record, KillSwitch& kill)
    : org_(org),
      tokens_(tokens),
      rates_(rates),
      faults_(faults),
      clock_(clock),
      record_(record),
      kill_(kill),
      cursor_key_(RandomBytes(32)) {}

void OktaApi::Stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  stopped_changed_.notify_all();
}

void OktaApi::Wait(double seconds) {
  std::unique_lock lock(mutex_);
  stopped_changed_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return stopped_; });
}

Reply OktaApi::Handle(const Request& request) {
  const double began =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const std::string request_id = Base64UrlEncode(RandomBytes(18));
  Call call{request, org_.url(), Segments(request.path), std::nullopt, "", "", {}};
  const std::string_view host = request.Header("Host");
  if (!host.empty()) call.origin = "https://" + std::string(host);

  Reply reply;
  const std::string what = request.method + " " + request.path;
  const KillSwitch::Ticket ticket = kill_.Arrive(what);
  if (ticket.drop) {
    reply.status = 0;
    reply.ending = Ending::kReset;
    return reply;
  }
  try {
    reply = Answer(call);
  } catch (const std::exception& e) {
    reply = OktaError(500, "E0000009", "Internal Server Error: " + std::string(e.what()));
  }
  if (!call.Plays("no_date")) reply.Set("Date", HttpDate(clock_.NowSeconds()));
  reply.Set("X-Okta-Request-Id", request_id);
  reply.Set("Server", "nginx");
  const std::string nonce = tokens_.NonceFor(request, reply.status);
  if (!nonce.empty()) reply.Set("dpop-nonce", nonce);
  if (!call.Plays("no_rate_headers")) AddRateHeaders(reply, call);
  tokens_.entrusted().See(request, reply);

  nlohmann::json entry = {
      {"side", "okta"},           {"kind", "request"},
      {"method", request.method}, {"path", ForRecord(request.target)},
      {"status", reply.status},   {"request_id", request_id},
      {"began", began},           {"user_agent", std::string(request.Header("User-Agent"))}};
  if (!call.client.empty()) entry["client"] = call.client;
  // How it was authorized, never with what.
  const std::string_view authorization = request.Header("Authorization");
  if (!authorization.empty()) entry["scheme"] = authorization.substr(0, authorization.find(' '));
  if (!request.Header("DPoP").empty()) entry["proof"] = true;
  if (!nonce.empty()) entry["nonce_given"] = true;
  if (call.fault) entry["fault"] = call.fault->kind;
  if (call.last_page) entry["last_page"] = true;
  record_.Add(std::move(entry));
  kill_.Done(what, ticket);
  return reply;
}

Reply OktaApi::Answer(Call& call) {
  call.bucket = RateLimits::BucketOf(call.request.path);
  call.fault = faults_.Hit(call.request.target);
  const bool token_endpoint = call.request.path == "/oauth2/v1/token";
  if (call.fault) {
    const std::string& kind = call.fault->kind;
    if (kind == "hang") Wait(call.fault->seconds);
    if (kind == "reset") {
      Reply reply;
      reply.status = 0;
      reply.ending = Ending::kReset;
      return reply;
    }
    if (kind == "rate_429" || kind == "concurrency_429") {
      call.window = rates_.Look(call.bucket);
      call.window.remaining = 0;
      if (kind == "concurrency_429") call.window.limit = 0;
      call.window.reset = clock_.NowSeconds() + static_cast<int64_t>(call.fault->seconds);
      return OktaError(429, "E0000047");
    }
    if (kind == "status" || kind == "html" || kind == "body" || kind == "bad_json" || kind == "redirect") {
      call.window = rates_.Count(call.bucket);
      return PlayedError(*call.fault, token_endpoint);
    }
  }
  call.window = rates_.Count(call.bucket);
  if (call.window.refused) return OktaError(429, "E0000047");
  Reply reply = Route(call);
  if (call.Plays("echo")) return Echoed(*call.fault, call.request, token_endpoint, reply);
  if (call.Plays("truncate")) reply.ending = Ending::kTruncate;
  if (call.Plays("chunked_cut")) reply.ending = Ending::kChunkedCut;
  if (call.Plays("tls_cut")) reply.ending = Ending::kTlsCut;
  if (call.Plays("short_length")) reply.ending = Ending::kShort;
  if (call.Plays("drip")) {
    reply.ending = Ending::kDrip;
    reply.drip_seconds = call.fault->seconds;
  }
  return reply;
}

Reply OktaApi::Route(Call& call) {
  const Request& request = call.request;
  const auto& s = call.segments;
  const bool get = request.method == "GET";
  if (request.path == "/.well-known/okta-organization")
    return get ? OrgDocument() : OktaError(405, "E0000022");
  if (request.path == "/oauth2/v1/token") {
    return request.method == "POST" ? tokens_.Issue(request, call.origin) : OktaError(405, "E0000022");
  }
  const bool groups = s.size() >= 3 && s[0] == "api" && s[1] == "v1" && s[2] == "groups" && s.size() <= 5 &&
                      (s.size() < 4 || !s[3].empty()) && (s.size() < 5 || s[4] == "users");
  if (groups) return get ? Groups(call) : OktaError(405, "E0000022");
  if (request.path == "/api/v1/apps") {
    if (!get) return OktaError(405, "E0000022");
    if (auto refusal = Refuse(call, "okta.apps.read")) return std::move(*refusal);
    return ListApps(call);
  }
  const bool api = s.size() >= 4 && s[0] == "api" && s[1] == "v1" && !s[3].empty();
  const bool app_users = api && s[2] == "apps" && s.size() == 5 && s[4] == "users";
  const bool app_user = api && s[2] == "apps" && s.size() == 6 && s[4] == "users";
  const bool app = api && s[2] == "apps" && s.size() == 4;
  const bool user = api && s[2] == "users" && s.size() == 4;
  if (!app_users && !app_user && !app && !user) return OktaError(404, "E0000008");
  if (!get) return OktaError(405, "E0000022");
  if (auto refusal = Refuse(call, user ? "okta.users.read" : "okta.apps.read")) return std::move(*refusal);
  if (user) return OneUser(call, s[3]);

  const auto app_json = s[3] == org_.app_id() ? org_.AppJson() : std::nullopt;
  if (!app_json)
    return OktaError(404, "E0000007", "Not found: Resource not found: " + s[3] + " (AppInstance)");
  if (app_users) return ListAppUsers(call);
  if (app_user) return OneAppUser(call, s[5]);
  Reply reply;
  reply.body = *app_json;
  return reply;
}

std::optional<Reply> OktaApi::Refuse(Call& call, const std::string& scope) {
  Tokens::Access access = tokens_.Check(call.request, scope, call.origin);
  call.client = access.client_id;
  return std::move(access.refusal);
}

std::optional<Reply> OktaApi::ReadPaging(Call& call, size_t usual, size_t most, Paging& paging) const {
  paging.limit = usual;
  if (const std::string* text = call.request.Query("limit")) {
    const bool digits =
        !text->empty() && text->size() <= 9 && text->find_first_not_of("0123456789") == std::string::npos;
    paging.limit = digits ? std::stoul(*text) : 0;
    if (paging.limit < 1 || paging.limit > most) {
      return OktaError(400, "E0000001", "Api validation failed: limit",
                       {"limit: The limit must be an integer from 1 to " + std::to_string(most) + "."});
    }
  }
  if (const std::string* text = call.request.Query("after")) {
    const auto position = ReadCursor(*text);
    if (!position) return OktaError(400, "E0000029");
    paging.from = *position;
  }
  return std::nullopt;
}

Reply OktaApi::ListAppUsers(Call& call) {
  Paging paging;
  if (auto refusal = ReadPaging(call, 50, 500, paging)) return std::move(*refusal);
  bool expand = false;
  if (const std::string* text = call.request.Query("expand")) {
    if (*text != "user") {
      return OktaError(400, "E0000001", "Api validation failed: expand",
                       {"expand: Only 'user' can be expanded."});
    }
    expand = true;
  }
  const std::string list = "/api/v1/apps/" + org_.app_id() + "/users";
  // `expand` is lost in next, as it is at Okta (okta-sdk-nodejs #439).
  const std::string more = expand && call.Plays("next_keeps_expand") ? "&expand=user" : "";
  Reply reply;
  if (call.Plays("empty_list")) {
    reply.body = "[]";
    AddLinks(reply, call, {}, paging, list, more);
    return reply;
  }
  PageFault fault;
  fault.row.drop_embedded = call.Plays("drop_embedded");
  fault.row.null_embedded = call.Plays("null_embedded");
  fault.row.missing_id = call.Plays("missing_id");
  fault.all_rows = call.fault && call.fault->all_rows;
  fault.duplicate_row = call.Plays("duplicate_row");
  fault.listed_active = call.Plays("listed_active");
  // As when a change during the walk moves the rows: the first one is lost, or the one before comes again.
  if (call.Plays("rows_shifted_on")) ++paging.from;
  if (call.Plays("rows_shifted_back") && paging.from > 0) --paging.from;
  RowPage page = org_.ListAppUsers(paging.from, paging.limit, expand, fault);
  AddLinks(reply, call, page, paging, list, more);
  reply.body = std::move(page.json);
  return reply;
}

void OktaApi::AddLinks(Reply& reply, Call& call, const RowPage& page, const Paging& paging,
                       const std::string& list, const std::string& more) const {
  const std::string self = "<" + org_.url() + call.request.target + ">; rel=\"self\"";
  uint64_t position = page.next;
  bool goes_on = page.more;
  if (call.Plays("next_same")) position = paging.from, goes_on = true;
  if (call.Plays("next_earlier")) {
    position = paging.from > paging.limit ? paging.from - paging.limit : 0, goes_on = true;
  }
  if (!goes_on) {
    call.last_page = true;
    reply.Set("Link", self);
    return;
  }
  std::string origin = org_.url();
  if (call.Plays("next_elsewhere")) origin = "https://elsewhere.example.net";
  if (call.Plays("next_http")) origin = "http" + origin.substr(5);
  const std::string next = "<" + origin + list + "?after=" + Cursor(position) +
                           "&limit=" + std::to_string(paging.limit) + more + ">; rel=\"next\"";
  if (call.Plays("one_link_header")) {
    reply.Set("Link", self + ", " + next);
  } else {
    reply.Set("Link", self);
    reply.Set("Link", next);
  }
}

Reply OktaApi::OneAppUser(Call& call, const std::string& user_id) {
  const std::string* expand = call.request.Query("expand");
  if (expand != nullptr && *expand != "user") {
    return OktaError(400, "E0000001", "Api validation failed: expand",
                     {"expand: Only 'user' can be expanded."});
  }
  RowFault fault;
  fault.drop_embedded = call.Plays("drop_embedded");
  fault.null_embedded = call.Plays("null_embedded");
  fault.missing_id = call.Plays("missing_id");
  auto json = org_.AppUserJson(user_id, expand != nullptr, fault);
  if (!json) return OktaError(404, "E0000007", "Not found: Resource not found: " + user_id + " (AppUser)");
  Reply reply;
  reply.body = std::move(*json);
  return reply;
}

Reply OktaApi::OneUser(Call& call, const std::string& id_or_login) {
  if (call.segments[3] == "me") return OktaError(404, "E0000007", "Not found: Resource not found: me (User)");
  auto json = org_.UserJson(id_or_login);
  if (!json) return OktaError(404, "E0000007", "Not found: Resource not found: " + id_or_login + " (User)");
  Reply reply;
  reply.body = std::move(*json);
  return reply;
}

Reply OktaApi::OrgDocument() const {
  const nlohmann::ordered_json body = {
      {"id", org_.id()}, {"pipeline", "idx"}, {"_links", {{"organization", {{"href", org_.url()}}}}}};
  Reply reply;
  reply.body = body.dump();
  return reply;
}

void OktaApi::AddRateHeaders(Reply& reply, Call& call) const {
  if (!call.Plays("rate_headers")) {
    reply.Set("X-Rate-Limit-Limit", std::to_string(call.window.limit));
    reply.Set("X-Rate-Limit-Remaining", std::to_string(call.window.remaining));
    reply.Set("X-Rate-Limit-Reset", std::to_string(call.window.reset));
    return;
  }
  // As the fault says: each header once, several times, or not at all.
  static constexpr std::pair<const char*, const char*> kHeaders[] = {{"limit", "X-Rate-Limit-Limit"},
                                                                     {"remaining", "X-Rate-Limit-Remaining"},
                                                                     {"reset", "X-Rate-Limit-Reset"}};
  for (const auto& [key, header] : kHeaders) {
    const auto value = call.fault->headers.find(key);
    if (value == call.fault->headers.end()) continue;
    if (value->is_array()) {
      for (const auto& item : *value)
        reply.Set(header, item.is_string() ? item.get<std::string>() : item.dump());
    } else {
      reply.Set(header, value->is_string() ? value->get<std::string>() : value->dump());
    }
  }
}

std::string OktaApi::Cursor(uint64_t position) const {
  // The position in the clear would invite clients to make their own; a tag under a key of ours refuses that,
  // and the pad hides it.
  std::string digits = Base62(position, 11);
  const std::string tag = HmacSha256(cursor_key_, digits).substr(0, kCursorTag);
  const std::string pad = HmacSha256(cursor_key_, "pad" + tag);
  for (size_t i = 0; i < digits.size(); ++i) digits[i] = static_cast<char>(digits[i] ^ pad[i]);
  return Base64UrlEncode(tag + digits);
}

std::optional<uint64_t> OktaApi::ReadCursor(std::string_view text) const {
  const auto bytes = Base64UrlDecode(text);
  if (!bytes || bytes->size() != kCursorTag + 11) return std::nullopt;
  const std::string tag = bytes->substr(0, kCursorTag);
  const std::string pad = HmacSha256(cursor_key_, "pad" + tag);
  std::string digits = bytes->substr(kCursorTag);
  for (size_t i = 0; i < digits.size(); ++i) digits[i] = static_cast<char>(digits[i] ^ pad[i]);
  if (HmacSha256(cursor_key_, digits).substr(0, kCursorTag) != tag) return std::nullopt;
  return ParseBase62(digits);
}

}  // namespace playground::okta
