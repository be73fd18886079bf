// The Okta org's state: its people, who is assigned to the app, and what happens to them.
//
// Used by the API (reading) and by the control commands (events). Thread-safe: readers share a lock, events
// take it alone. Event functions throw std::invalid_argument with a sentence when Okta would refuse them.
// Life of a user: help.okta.com "End user states"; deactivation takes every assignment away, and deleting
// somebody who is not deactivated only deactivates him (management API, DELETE /api/v1/users/{id}).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "nlohmann/json.hpp"
#include "okta/clock.h"
#include "okta/people.h"
#include "okta/person_state.h"
#include "okta/profile.h"
#include "okta/render.h"

namespace playground::okta {

struct PageFault {
  RowFault row;
  bool all_rows = false;       // `row` for each row, else for the one in the middle
  bool duplicate_row = false;  // the first row stands at the end once more
  bool listed_active = false;  // the list says ACTIVE of every user, whatever single reads say
};

struct RowPage {
  std::string json;   // an array
  uint64_t next = 0;  // where the next page begins
  bool more = false;
};

struct OrgGroup {
  std::string name;
  std::string type;  // OKTA_GROUP, APP_GROUP, BUILT_IN
  int64_t created = 0;
  int64_t changed = 0;
  int64_t members_changed = 0;
  std::set<uint64_t> members;  // people's numbers
};

struct OrgApp {
  std::string id;
  std::string name;
  std::string label;
  std::string status = "ACTIVE";
  std::string acs_url;
  bool implicit_assignment = false;
};

struct Hire {
  std::string login;  // "": as People says
  std::string user_name;
  std::string status;  // "": ACTIVE
  std::string assignment_status;
  bool by_group = false;
  bool assign = true;
  nlohmann::ordered_json profile = nlohmann::ordered_json::object();
  nlohmann::ordered_json app_profile = nlohmann::ordered_json::object();
};

class Org {
 public:
  // The first `count` people are all assigned; nearly all are ACTIVE, some staged, locked out and so on, none
  // suspended or gone.
  Org(uint64_t seed, uint64_t count, OktaClock& clock);

  const std::string& id() const { return id_; }
  const std::string& app_id() const { return app_id_; }
  const std::string& client_id() const { return client_id_; }
  const std::string& url() const { return url_; }
  // What a SAML connector of Teleport says of the app.
  std::string saml_issuer() const;
  std::string saml_sso_url() const;
  std::string saml_acs_url() const;
  void SetUrl(std::string url) { url_ = std::move(url); }  // once, before the first request

  // Reading. nullopt: Okta says 404.
  std::optional<std::string> AppJson() const;
  RowPage ListApps(const std::optional<std::string>& name, uint64_t from, size_t limit) const;
  RowPage ListAppUsers(uint64_t from, size_t limit, bool expand, const PageFault& fault) const;
  std::optional<std::string> AppUserJson(std::string_view user_id, bool expand, const RowFault& fault) const;
  std::optional<std::string> UserJson(std::string_view id_or_login) const;
  std::optional<std::string> GroupJson(const std::string& id) const;
  RowPage ListGroups(const std::optional<std::string>& name, uint64_t from, size_t limit) const;
  std::optional<RowPage> ListGroupMembers(const std::string& id, uint64_t from, size_t limit,
                                          const PageFault& fault) const;

  // Events.
  std::string HireOne(const Hire& hire);  // gives the id
  void Assign(const std::string& id, bool by_group);
  void Unassign(const std::string& id);
  void Deactivate(const std::string& id);
  void Activate(const std::string& id);
  void Suspend(const std::string& id);
  void Unsuspend(const std::string& id);
  void Delete(const std::string& id);
  void Edit(const std::string& id, const nlohmann::ordered_json& profile,
            const nlohmann::ordered_json& app_profile);
  void Rename(const std::string& id, const std::string& user_name);
  void SetStatus(const std::string& id, const std::optional<std::string>& user_status,
                 const std::optional<std::string>& assignment_status);
  void SetHidden(const std::string& id, bool hidden);
  std::string AddApp(OrgApp app);  // that is only listed; gives the id
  void SetApp(const std::optional<std::string>& status, const std::optional<bool>& implicit_assignment);
  std::string AddGroup(const std::string& name, const std::string& type);  // gives the id
  void RenameGroup(const std::string& id, const std::string& name);
  void DeleteGroup(const std::string& id);
  void SetMember(const std::string& group_id, const std::string& user_id, bool member);
  // `shown` false: the attribute vanishes from everybody's answers, as with a narrowed admin role.
  void ShowAttribute(const std::string& name, bool in_user, bool in_app, bool shown);
  // Keeps people, groups and the app as they are under a name; brings them back.
  void Save(const std::string& name);
  void Restore(const std::string& name);

  // For the control port.
  nlohmann::json Summary(const std::string& id) const;  // {id, login, user_name, status, assignment_status}
  nlohmann::json Summaries(uint64_t offset, uint64_t limit) const;
  std::vector<std::string> Assigned(uint64_t count) const;  // ids of the first `count` assigned people
  nlohmann::json GroupSummaries() const;                    // [{id, name, type, members: [id, …]}, …]

 private:
  RenderContext Context() const { return {people_, words_, url_, app_id_, dropped_user_, dropped_app_}; }
  const PersonState* Find(std::string_view id, uint64_t& index) const;
  PersonState& Change(const std::string& id, uint64_t& index);
  PersonState& Change(const std::string& id);
  bool LoginTaken(std::string_view login) const;
  nlohmann::json Summarise(uint64_t index) const;
  OrgGroup& GroupOf(const std::string& id);
  void AppendGroup(std::string& out, const std::string& id, const OrgGroup& group) const;
  static Edits& EditsOf(PersonState& state);

  OrgApp Own() const;
  std::string AppDocument(const OrgApp& app) const;

  // What can be saved.
  struct Holdings {
    Words words;
    std::vector<PersonState> states;
    std::map<std::string, OrgGroup> groups;
    uint64_t groups_made = 0;
    Names explicit_logins;
    Names dropped_user;
    Names dropped_app;
    std::string app_status;
    bool implicit_assignment = false;
  };
  Holdings Now() const;

  OktaClock& clock_;
  const People people_;
  const std::string id_;
  const std::string app_id_;
  const std::string client_id_;
  std::string url_;

  mutable std::shared_mutex mutex_;
  Words words_;
  std::vector<PersonState> states_;         // by the person's number
  std::map<std::string, OrgGroup> groups_;  // by id
  uint64_t groups_made_ = 0;
  Names explicit_logins_;  // given by a hire or an edit
  Names dropped_user_;
  Names dropped_app_;
  std::string app_status_ = "ACTIVE";
  std::vector<OrgApp> other_apps_;
  bool implicit_assignment_ = false;
  std::map<std::string, Holdings> saved_;
};

}  // namespace playground::okta
