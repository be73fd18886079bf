// The fault of a run as orders to the playground, given before it and ended after it.
#include "history/processes/play.h"

namespace history {
namespace {

using nlohmann::json;
using FaultKind = Fault::Kind;

constexpr const char* kReads[] = {"ListUsers", "GetLocks", "GetUser"};
constexpr const char* kWrites[] = {"CreateUser", "UpdateUser", "UpsertLock", "DeleteUser"};
constexpr char kList[] = "/apps/[^/]+/users\\?";

}  // namespace

ProcessPlay::Ordered ProcessPlay::Order(const Step& step) {
  Ordered ordered;
  const auto okta = [&](json fault) {
    ordered.none = false;
    stage_.Okta("fault", fault);
  };
  const auto auth = [&](json fault) {
    ordered.none = false;
    stage_.Auth("fault", fault);
  };
  const auto blow = [&](Stage::Blow::Kind kind) {
    ordered.none = false;
    ordered.blow = {kind, static_cast<uint64_t>(step.n) + 1};
  };
  const char* read = kReads[step.n % 3];
  const char* write = kWrites[step.n % 4];
  const std::string id = IdOf(step.n);
  switch (static_cast<FaultKind>(step.what % kFaultKinds)) {
    case FaultKind::kNone:
      break;
    case FaultKind::kPageFails:  // in a way that is not tried again
      okta({{"path", kList}, {"kind", "html"}, {"after", step.n}});
      break;
    case FaultKind::kEmptyList:
      okta({{"path", kList}, {"kind", "empty_list"}, {"times", -1}});
      break;
    case FaultKind::kRowMissing:
      if (!id.empty() && stage_.Try("okta", "hide", {{"id", id}})) {
        ordered.hidden = id;
        ordered.none = false;
      }
      break;
    case FaultKind::kRowTwice:
      okta({{"path", kList}, {"kind", "duplicate_row"}, {"after", step.n % 3}});
      break;
    case FaultKind::kReadFails:
      if (!id.empty()) okta({{"path", "/users/" + id}, {"kind", "html"}, {"times", -1}});
      break;
    case FaultKind::kReadForbidden:
      if (!id.empty()) okta({{"path", "/users/" + id}, {"kind", "status"}, {"status", 403}, {"times", -1}});
      break;
    case FaultKind::kAppInactive:
    case FaultKind::kAppImplicit: {
      const bool inactive = static_cast<FaultKind>(step.what % kFaultKinds) == FaultKind::kAppInactive;
      const json change = inactive ? json{{"status", "INACTIVE"}} : json{{"implicit_assignment", true}};
      if (step.n == 0) {
        ordered.none = false;
        ordered.happened = true;
        stage_.Okta("app", change);
      } else {
        auth({{"call", "GetLocks"},
              {"kind", "control"},
              {"command", "okta/app"},
              {"args", change},
              {"after", step.n - 1}});
      }
      break;
    }
    case FaultKind::kAppForbidden:
      okta(
          {{"path", "/apps/[^/?]+$"}, {"kind", "status"}, {"status", 403}, {"after", step.n}, {"times", -1}});
      break;
    case FaultKind::kTeleportRead:
      auth({{"call", read}, {"kind", "code"}, {"code", "UNAVAILABLE"}});
      break;
    case FaultKind::kWriteFails:
      auth({{"call", write}, {"kind", "code"}, {"code", "UNAVAILABLE"}});
      break;
    case FaultKind::kWriteRefused:
      auth({{"call", write}, {"kind", "code"}, {"code", "RESOURCE_EXHAUSTED"}});
      break;
    case FaultKind::kAnswerLost:
      auth({{"call", write}, {"kind", "do_then_code"}, {"code", "UNAVAILABLE"}});
      break;
    case FaultKind::kLoginBetween: {
      const json person = PersonOf(step.n);
      if (!person.is_object()) break;
      const json user = stage_.Auth("user", {{"name", person["user_name"]}})["user"];
      if (user.is_null()) break;
      json stored = harness::AsStored(user);
      stored["traits"]["team"] = {"login"};
      auth({{"call", "UpdateUser"},
            {"name", user["name"]},
            {"kind", "control"},
            {"command", "put_user"},
            {"args", stored}});
      break;
    }
    case FaultKind::kDudLock:
      auth({{"call", "UpsertLock"}, {"kind", "lock_not_in_force"}, {"after", step.n}});
      break;
    case FaultKind::kSlow:
      auth({{"kind", "hang"}, {"seconds", 0.3}, {"after", step.n}});
      break;
    case FaultKind::kStop:
      blow(Stage::Blow::Kind::kStop);
      break;
    case FaultKind::kKilledBefore:
      blow(Stage::Blow::Kind::kKillBefore);
      break;
    case FaultKind::kKilledAfter:
      blow(Stage::Blow::Kind::kKillAfter);
      break;
    case FaultKind::kMeanwhile:
    case FaultKind::kSlowMeanwhile:
      OrderMeanwhile(step, &ordered);
      break;
  }
  return ordered;
}

// At the n-th call to Teleport: somebody leaves, is renamed, comes; or another process runs all the while.
void ProcessPlay::OrderMeanwhile(const Step& step, Ordered* ordered) {
  if (step.then == Kind::kSync) {
    ordered->two = true;
    ordered->none = false;
    return;
  }
  const std::string id = IdOf(step.whom);
  if (id.empty()) return;
  json args = {{"id", id}};
  std::string command;
  switch (step.then) {
    case Kind::kUnassign:
      command = "unassign";
      break;
    case Kind::kDeactivate:
      command = "deactivate";
      break;
    case Kind::kInactive:
      command = "set_status";
      args["assignment_status"] = "INACTIVE";
      break;
    case Kind::kRename:
    case Kind::kSwap:
      command = "rename";
      args["user_name"] = NameOf(step.into);
      break;
    case Kind::kSuspend:
      command = "suspend";
      break;
    case Kind::kUnsuspend:
      command = "unsuspend";
      break;
    case Kind::kJoin:
      command = "assign";
      break;
    case Kind::kEdit:
      command = "edit";
      args["profile"] = {{"department", step.into % 2 == 0 ? "Eng" : "Sales"}};
      break;
    default:
      return;
  }
  stage_.Auth("fault",
              {{"kind", "control"}, {"command", "okta/" + command}, {"args", args}, {"after", step.n}});
  ordered->none = false;
}

bool ProcessPlay::EndFaults(const Ordered& ordered) {
  bool struck = stage_.Okta("faults").at("struck").get<int64_t>() > 0;
  const json faults = stage_.Auth("faults");
  for (const json& fault : faults.at("faults")) struck = struck || fault["struck"].get<int64_t>() > 0;
  stage_.Okta("clear_faults");
  stage_.Auth("clear_faults");
  stage_.Okta("app", {{"status", "ACTIVE"}, {"implicit_assignment", false}});
  if (!ordered.hidden.empty()) stage_.Try("okta", "unhide", {{"id", ordered.hidden}});
  return struck;
}

}  // namespace history
