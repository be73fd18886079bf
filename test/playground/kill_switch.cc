#include "kill_switch.h"

#include <signal.h>
#include <time.h>

#include <fstream>
#include <stdexcept>

namespace playground {
namespace {

constexpr int kPatienceMs = 10'000;

// Gone, or a zombie that its parent has not fetched yet.
bool Dead(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  if (!std::getline(file, text)) return true;
  const size_t name_end = text.rfind(')');
  return name_end == std::string::npos || name_end + 2 >= text.size() || text[name_end + 2] == 'Z' ||
         text[name_end + 2] == 'X';
}

}  // namespace

nlohmann::json KillSwitch::Arm(const nlohmann::json& args) {
  const std::string moment = args.value("moment", "before");
  if (moment != "before" && moment != "after") throw std::invalid_argument("moment is before or after");
  const auto pid = args.value("pid", pid_t{0});
  if (pid != 0 && pid <= 1) throw std::invalid_argument("pid is not that of a process to kill");
  std::lock_guard lock(mutex_);
  ++armed_;
  pid_ = pid;
  at_ = pid == 0 ? 0 : args.value("at", uint64_t{0});
  before_ = moment == "before";
  requests_ = 0;
  struck_.clear();
  return nlohmann::json::object();
}

nlohmann::json KillSwitch::Show() const {
  std::lock_guard lock(mutex_);
  return {{"requests", requests_}, {"struck", !struck_.empty()}, {"call", struck_}};
}

KillSwitch::Ticket KillSwitch::Arrive(const std::string& call) {
  Ticket ticket;
  pid_t pid = 0;
  {
    std::lock_guard lock(mutex_);
    ticket.armed = armed_;
    ticket.number = ++requests_;
    if (ticket.number != at_ || !before_) return ticket;
    ticket.drop = true;
    pid = pid_;
    struck_ = call;
  }
  Strike(pid, call, "before", ticket.number);
  return ticket;
}

void KillSwitch::Done(const std::string& call, const Ticket& ticket) {
  pid_t pid = 0;
  {
    std::lock_guard lock(mutex_);
    if (ticket.armed != armed_ || ticket.number != at_ || before_) return;
    pid = pid_;
    struck_ = call;
  }
  Strike(pid, call, "after", ticket.number);
}

void KillSwitch::Strike(pid_t pid, const std::string& call, const char* moment, uint64_t number) {
  ::kill(pid, SIGKILL);
  for (int i = 0; i < kPatienceMs && !Dead(pid); ++i) {
    const timespec a_moment{0, 1'000'000};
    ::nanosleep(&a_moment, nullptr);
  }
  record_.Add({{"side", "control"},
               {"kind", "kill"},
               {"call", call},
               {"moment", moment},
               {"number", number},
               {"dead", Dead(pid)}});
}

}  // namespace playground
