// The control commands of the Okta side: events, settings and faults, by name with JSON arguments.
//
// Used by the control port. Thread-safe. What a command did to a person goes into the record, one entry per
// person. Throws std::invalid_argument (or a nlohmann exception for arguments of the wrong type) with a
// sentence for the caller. The commands are listed in control.cc, each with its arguments.
#pragma once

#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "okta/api.h"

namespace playground::okta {

class Control {
 public:
  // `dir`: where add_key leaves a new private key.
  Control(Org& org, Tokens& tokens, RateLimits& rates, Faults& faults, OktaClock& clock, Record& record,
          std::string dir)
      : org_(org),
        tokens_(tokens),
        rates_(rates),
        faults_(faults),
        clock_(clock),
        record_(record),
        dir_(dir) {}

  nlohmann::json Run(const std::string& command, const nlohmann::json& args);

 private:
  using Json = nlohmann::json;

  Json HirePeople(const Json& args);
  Json Each(const std::string& event, const Json& args);
  Json AddGroup(const Json& args);
  Json RenameGroup(const Json& args);
  Json DeleteGroup(const Json& args);
  Json SetMembers(const Json& args, bool members);
  std::vector<std::string> Ids(const Json& args, bool count_allowed) const;
  Json EditPerson(const Json& args);
  Json RenamePerson(const Json& args);
  Json SetStatus(const Json& args);
  Json SetApp(const Json& args);
  Json People(const Json& args) const;
  Json WholePerson(const Json& args) const;
  Json ShowAttribute(const Json& args, bool shown);
  Json SetRate(const Json& args);
  Json AddKey(const Json& args);
  Json SetDpop(const Json& args);
  void RecordEvent(const std::string& event, const std::string& id, Json details = Json::object());

  Org& org_;
  Tokens& tokens_;
  RateLimits& rates_;
  Faults& faults_;
  OktaClock& clock_;
  Record& record_;
  const std::string dir_;
};

}  // namespace playground::okta
