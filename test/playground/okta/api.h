// Okta's HTTP interface over the org: routes, tokens, rate windows, faults, the record. No sockets here.
//
// Handle may be called by many threads at once. Everything it refers to outlives it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "kill_switch.h"
#include "okta/faults.h"
#include "okta/message.h"
#include "okta/org.h"
#include "okta/rate.h"
#include "okta/tokens.h"
#include "record.h"

namespace playground::okta {

class OktaApi {
 public:
  OktaApi(Org& org, Tokens& tokens, RateLimits& rates, Faults& faults, OktaClock& clock, Record& record,
          KillSwitch& kill);

  Reply Handle(const Request& request);

  // Ends the waits of hanging answers, now and later.
  void Stop();

 private:
  struct Call;    // one request on its way (api_call.h)
  struct Paging;  // what it asks of a list

  Reply Answer(Call& call);
  Reply Route(Call& call);
  Reply ListApps(Call& call);
  Reply ListAppUsers(Call& call);
  Reply OneAppUser(Call& call, const std::string& user_id);
  Reply OneUser(Call& call, const std::string& id_or_login);
  Reply Groups(Call& call);
  Reply SearchGroups(Call& call);
  Reply GroupMembers(Call& call, const std::string& id);
  Reply OrgDocument() const;
  std::optional<Reply> Refuse(Call& call, const std::string& scope);
  void AddRateHeaders(Reply& reply, Call& call) const;
  // An answer when Okta would not take `limit` or `after`.
  std::optional<Reply> ReadPaging(Call& call, size_t usual, size_t most, Paging& paging) const;
  // `more` is what the next link carries besides its cursor and limit.
  void AddLinks(Reply& reply, Call& call, const RowPage& page, const Paging& paging, const std::string& list,
                const std::string& more) const;
  std::string Cursor(uint64_t position) const;
  std::optional<uint64_t> ReadCursor(std::string_view text) const;
  void Wait(double seconds);

  Org& org_;
  Tokens& tokens_;
  RateLimits& rates_;
  Faults& faults_;
  OktaClock& clock_;
  Record& record_;
  KillSwitch& kill_;
  const std::string cursor_key_;
  std::mutex mutex_;
  std::condition_variable stopped_changed_;
  bool stopped_ = false;
};

}  // namespace playground::okta
