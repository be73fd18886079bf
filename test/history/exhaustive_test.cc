// Every history of three people and three names, to a depth: join, leave, return, rename, reuse of a name,
// suspension and its end, edit, run, approval. The invariants are asked after every step, invariant 8 wherever
// runs have come to rest.
//
// Histories that lead to the same state (Okta, Teleport, what the process remembers, what the invariants
// remember) go on in the same way, so each state is tried once, breadth first, and stands for all histories that
// lead to it. How many those are is counted on the graph of states.
//
// OKTASYNC_HISTORY_DEPTH: how deep. OKTASYNC_HISTORY_SECONDS instead: as deep as that time of one core allows,
// for each of the two policies (an optimised build gets one deeper than one with sanitizers).
#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <unordered_map>

#include "base/text.h"
#include "history/compare.h"
#include "history/outcome.h"
#include "model/labels.h"

namespace history {
namespace {

constexpr int kPeople = 3;
constexpr int kNames = 3;
constexpr int kDefaultDepth = 6;
constexpr uint32_t kSettleEvery = 64;  // so often it is tried whether a state comes to rest, and the like

enum class Move : uint8_t { kJoin, kLeave, kRename, kSuspend, kUnsuspend, kEdit, kRun, kApprove };
struct Event {
  Move move = Move::kRun;
  int who = 0;
  int name = 0;
};

std::string Words(const Event& event) {
  constexpr const char* kWords[] = {"join",      "leave", "rename", "suspend",
                                    "unsuspend", "edit",  "run",    "approve"};
  std::string words = kWords[static_cast<int>(event.move)];
  if (event.move == Move::kRun || event.move == Move::kApprove) return words;
  words += "(" + std::to_string(event.who);
  if (event.move == Move::kJoin || event.move == Move::kRename) words += ", " + std::to_string(event.name);
  return words + ")";
}

std::string IdOf(int who) { return "00u" + std::to_string(who); }
std::string NameOf(int name) { return std::string(1, static_cast<char>('a' + name)) + "@example.com"; }

struct Node {
  World world;
  Runner::Memory memory;
};

// All that decides what comes later.
std::string KeyOf(const Node& node) {
  std::string key;
  for (const auto& [id, person] : node.world.okta.people) key += id + Words(person) + "\n";
  for (const auto& [name, user] : node.world.teleport.users.Fresh()) {
    key += name;
    for (const std::string& role : user->roles) key += "," + role;
    for (const auto& [label, value] : user->labels) key += "," + label + "=" + value;
    for (const auto& [trait, values] : user->traits) key += "," + trait + "=" + values.front();
    key += "\n";
  }
  for (const auto& [name, lock] : node.world.teleport.locks.Fresh()) {
    key += name + lock->user + absl::FormatTime(lock->expires);
    for (const auto& [label, value] : lock->labels) key += "," + label + "=" + value;
    key += "\n";
  }
  key += node.world.invariants.StateKey();
  key += "|";
  for (const auto& approval : node.memory.approvals) key += approval.digest + ",";
  key += "|";
  for (const auto& set : node.memory.shown) key += set.digest + ",";
  return oktasync::Sha256(key).substr(0, 16);
}

class Search {
 public:
  explicit Search(bool lock_suspended) : scratch_(SettingsOf(lock_suspended)), runner_(scratch_, 1) {
    runner_.Sync();  // takes the lease, which the process then keeps
    auto root = std::make_unique<Node>(Node{scratch_, runner_.memory()});
    seen_[KeyOf(*root)] = 0;
    edges_.emplace_back();
    cause_.push_back({0, {}});
    frontier_.emplace_back(0, std::move(root));
  }

  // One step more for every state on the frontier. Without `keep` there is no step after it.
  void Deepen(bool keep) {
    ++depth_;
    std::vector<std::pair<uint32_t, std::unique_ptr<Node>>> next;
    for (auto& [index, node] : frontier_) {
      for (const Event& event : EventsOf(*node)) {
        if (Try(index, *node, event, keep, &next); !broken_.empty()) return;
      }
      node = nullptr;
    }
    frontier_ = std::move(next);
  }

  // How many histories have this length, or fewer.
  double Histories() const {
    // Paths of exactly 1, 2, … steps; every state that was reached before the last step has all of its edges.
    std::vector<double> paths(edges_.size(), 0.0);
    paths[0] = 1.0;
    double all = 0;
    for (int step = 0; step < depth_; ++step) {
      std::vector<double> next(edges_.size(), 0.0);
      for (size_t i = 0; i < edges_.size(); ++i) {
        if (paths[i] == 0.0) continue;
        for (uint32_t child : edges_[i]) next[child] += paths[i];
      }
      paths = std::move(next);
      for (double count : paths) all += count;
    }
    return all;
  }

  size_t states() const { return edges_.size(); }
  size_t frontier() const { return frontier_.size(); }
  uint64_t steps() const { return steps_; }
  uint64_t at_rest() const { return at_rest_; }
  uint64_t settled() const { return settled_; }
  int depth() const { return depth_; }
  const std::string& broken() const { return broken_; }

 private:
  static Settings SettingsOf(bool lock_suspended) {
    Settings settings;
    settings.people = kPeople;
    settings.lock_suspended = lock_suspended;
    settings.guard_least =
        lock_suspended ? 1 : 10;  // where the guard holds, and where only a list that shrinks
    settings.tick = absl::ZeroDuration();
    settings.frozen = true;
    settings.keep_entries = false;
    return settings;
  }

  static std::vector<Event> EventsOf(const Node& node) {
    std::vector<Event> events;
    for (int who = 0; who < kPeople; ++who) {
      const Person* person = node.world.okta.Find(IdOf(who));
      const bool assigned =
          person != nullptr && !person->assignment.empty() && person->assignment != "INACTIVE";
      if (!assigned) {
        for (int name = 0; name < kNames; ++name) events.push_back({Move::kJoin, who, name});
        continue;
      }
      events.push_back({Move::kLeave, who, 0});
      for (int name = 0; name < kNames; ++name) {
        if (person->user_name != NameOf(name)) events.push_back({Move::kRename, who, name});
      }
      events.push_back({person->status == "SUSPENDED" ? Move::kUnsuspend : Move::kSuspend, who, 0});
      events.push_back({Move::kEdit, who, 0});
    }
    events.push_back({Move::kRun, 0, 0});
    if (!node.memory.shown.empty()) events.push_back({Move::kApprove, 0, 0});
    return events;
  }

  // Everybody leaves in a way of his own.
  static void Leave(OktaModel& okta, int who) {
    if (who == 0) okta.Unassign(IdOf(who));
    if (who == 1) okta.Deactivate(IdOf(who));
    if (who == 2) okta.SetAssignment(IdOf(who), "INACTIVE");
  }

  static void HappensInOkta(World& world, const Event& event) {
    OktaModel& okta = world.okta;
    const std::string id = IdOf(event.who);
    switch (event.move) {
      case Move::kJoin:
        if (!okta.Hire(id, NameOf(event.name), "Eng")) {
          okta.Activate(id);
          okta.Assign(id, NameOf(event.name));
        }
        break;
      case Move::kLeave:
        Leave(okta, event.who);
        break;
      case Move::kRename:
        okta.Rename(id, NameOf(event.name));
        break;
      case Move::kSuspend:
        okta.Suspend(id);
        break;
      case Move::kUnsuspend:
        okta.Unsuspend(id);
        break;
      default:
        okta.Edit(id, "department", okta.people.at(id).profile["department"] == "Eng" ? "Sales" : "Eng");
        break;
    }
    world.NotePerson(id);
  }

  void Try(uint32_t parent, const Node& node, const Event& event, bool keep,
           std::vector<std::pair<uint32_t, std::unique_ptr<Node>>>* next) {
    ++steps_;
    std::unique_ptr<Node> child;
    if (event.move == Move::kRun || event.move == Move::kApprove) {
      scratch_ = node.world;
      runner_.set_memory(node.memory);
      if (event.move == Move::kRun) {
        runner_.Sync();
      } else {
        runner_.ApproveShown();
      }
      child = std::make_unique<Node>(Node{scratch_, runner_.memory()});
    } else {
      child = std::make_unique<Node>(Node{node.world, node.memory});
      HappensInOkta(child->world, event);
    }
    const std::string key = KeyOf(*child);
    const auto [it, fresh] = seen_.emplace(key, static_cast<uint32_t>(edges_.size()));
    edges_[parent].push_back(it->second);
    if (!child->world.invariants.broken().empty()) {
      return Break(parent, event, child->world.invariants.broken().front());
    }
    // A run that changes nothing, and nothing waits for an approval: all is as it should be.
    if (event.move == Move::kRun && it->second == parent && child->memory.shown.empty()) {
      ++at_rest_;
      for (const std::string& sentence : NotAsItShould(child->world))
        return Break(parent, event, "8: " + sentence);
    }
    if (!fresh) return;
    cause_.push_back({parent, event});
    edges_.emplace_back();
    if (it->second % kSettleEvery == 0) Settle(it->second, *child);
    if (keep && broken_.empty()) next->emplace_back(it->second, std::move(child));
  }

  // With all approvals, runs come to rest, and then all is as it should be. And what is asked on copies: a plan
  // names what a run does, in whatever order the rows come, and a run that is killed comes to the same end.
  void Settle(uint32_t index, const Node& node) {
    ++settled_;
    int processes = 1;
    const Standing standing{node.world, node.memory, processes};
    const End whole = EndOf(standing, {});
    const auto calls = static_cast<uint32_t>(std::max(whole.calls, 1));
    const uint32_t at = index / kSettleEvery;
    const Fault fault{at % 2 == 0 ? Fault::Kind::kKilledBefore : Fault::Kind::kKilledAfter,
                      static_cast<int>(1 + at / 2 % calls)};
    std::vector<std::string> wrong = ComparePlan(standing);
    const auto add = [&](const std::vector<std::string>& more) {
      wrong.insert(wrong.end(), more.begin(), more.end());
    };
    if (IsContested(node.world)) {
      add(whole.broken);
    } else {
      add(CompareOrders(standing, at + 1));
      add(CompareEnds(whole, EndOf(standing, fault), fault));
    }
    if (!wrong.empty()) Break(index, {Move::kRun, 0, 0}, wrong.front());
  }

  void Break(uint32_t parent, const Event& event, const std::string& sentence) {
    std::string words = Words(event);
    for (uint32_t at = parent; at != 0; at = cause_[at].first)
      words = Words(cause_[at].second) + ", " + words;
    broken_ = sentence + "\n  " + words;
  }

  World scratch_;
  Runner runner_;
  int depth_ = 0;
  std::unordered_map<std::string, uint32_t> seen_;
  std::vector<std::vector<uint32_t>> edges_;
  std::vector<std::pair<uint32_t, Event>> cause_;  // the first way to a state: from where, by what
  std::vector<std::pair<uint32_t, std::unique_ptr<Node>>> frontier_;
  uint64_t steps_ = 0;
  uint64_t at_rest_ = 0;
  uint64_t settled_ = 0;
  std::string broken_;
};

// Of one core: others may be at work on the machine.
double SecondsUsed() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

int FromEnvironment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? 0 : std::atoi(text);
}

void SearchAll(bool lock_suspended) {
  const int seconds = FromEnvironment("OKTASYNC_HISTORY_SECONDS");
  const int given = FromEnvironment("OKTASYNC_HISTORY_DEPTH");
  const int deepest = given > 0 ? given : seconds > 0 ? 1000 : kDefaultDepth;
  const double began = SecondsUsed();
  Search search(lock_suspended);
  double growth = 8;
  for (bool last = false; !last;) {
    const double per_state =
        search.steps() == 0
            ? 0.0
            : (SecondsUsed() - began) / static_cast<double>(search.states() - search.frontier() + 1);
    const double this_level = per_state * static_cast<double>(search.frontier());
    // The level after this one would take too long: what this one finds need not be kept.
    last = search.depth() + 1 == deepest ||
           (given == 0 && seconds > 0 && (SecondsUsed() - began) + this_level * (1 + growth) > seconds);
    const auto before = static_cast<double>(search.frontier());
    search.Deepen(!last);
    if (!search.broken().empty()) FAIL(search.broken());
    if (!last) growth = static_cast<double>(search.frontier()) / before;
  }
  std::cout << "every history of " << kPeople << " people and " << kNames << " names, suspended are "
            << (lock_suspended ? "locked, one may go a day" : "left alone, ten may go a day") << ": depth "
            << search.depth() << ", " << static_cast<uint64_t>(search.Histories()) << " histories, "
            << search.states() << " states, " << search.steps() << " steps tried, " << search.at_rest()
            << " states at rest, " << search.settled() << " settled, planned, shuffled and cut, "
            << (SecondsUsed() - began) << " s of one core\n";
  CHECK(search.at_rest() > 0);
  CHECK(search.settled() > 0);
}

TEST_CASE("every short history keeps the invariants, the suspended left alone and the guard wide",
          "[exhaustive]") {
  SearchAll(false);
}

TEST_CASE("every short history keeps the invariants, the suspended locked and the guard narrow",
          "[exhaustive]") {
  SearchAll(true);
}

}  // namespace
}  // namespace history
