#include "history/world.h"

namespace history {
namespace {

Promises PromisesOf(const Settings& settings) {
  Promises promises;
  promises.adopt = settings.adopt;
  promises.lock_suspended = settings.lock_suspended;
  promises.guard_least = settings.guard_least;
  promises.roles = {kDefaultRole, kEngineerRole};
  return promises;
}

}  // namespace

World::World(const Settings& settings_in) : settings(settings_in), invariants(PromisesOf(settings_in)) {
  for (const char* role : {kDefaultRole, kEngineerRole, "night-shift"}) teleport.roles[role] = {role};
}

void World::Note(Entry entry) {
  entry.seq = ++seq_;
  entry.at = ServerNow();
  entry.boot = clock.SinceBoot();
  invariants.See(entry);
  if (settings.keep_entries) entries.push_back(std::move(entry));
}

void World::NotePerson(const std::string& id) {
  Entry entry;
  entry.what = Entry::What::kPerson;
  entry.id = id;
  entry.person = std::make_shared<const Person>(okta.people.at(id));
  Note(std::move(entry));
}

void World::NoteApp() {
  Entry entry;
  entry.what = Entry::What::kApp;
  entry.good = okta.app.status == "ACTIVE" && !okta.app.implicit_assignment;
  Note(std::move(entry));
}

void World::PutForeignUser(oktasync::UserRecord user) {
  Entry entry;
  entry.what = Entry::What::kForeign;
  entry.name = user.name;
  teleport.PutUser(std::move(user), ServerNow());
  entry.user_after = teleport.users.Find(entry.name);
  Note(std::move(entry));
}

void World::EraseForeignUser(const std::string& name) {
  teleport.EraseUser(name, ServerNow());
  Entry entry;
  entry.what = Entry::What::kForeign;
  entry.name = name;
  Note(std::move(entry));
}

void World::PutForeignLock(oktasync::LockRecord lock) {
  const std::string name = lock.name;
  teleport.PutLock(std::move(lock), ServerNow());
  Entry entry;
  entry.what = Entry::What::kForeign;
  entry.lock_after = teleport.locks.Find(name);
  Note(std::move(entry));
}

void World::ShowAllRows() {
  for (auto& [id, person] : okta.people) {
    if (!person.hidden || person.deleted) continue;
    okta.SetHidden(id, false);
    NotePerson(id);
  }
}

void World::ComeToRest() {
  ShowAllRows();
  okta.hidden_attributes.clear();
  for (const char* role : {kDefaultRole, kEngineerRole}) teleport.roles[role] = {role};
  teleport.lag = absl::ZeroDuration();
  // To somebody whose clock seems to be behind, by up to a term, a lease is given for that much longer.
  clock.Advance(2 * settings.lease_term + absl::Minutes(1));
}

oktasync::reconcile::Options OptionsFor(const Settings& settings) {
  oktasync::reconcile::Options options;
  options.app_id = "0oaapp";
  options.traits.default_role = kDefaultRole;
  options.traits.role_rules.push_back({{kEngineerRole}, "department", "Eng", ""});
  options.guard.least = settings.guard_least;
  options.lease.term = settings.lease_term;
  options.adopt = settings.adopt;
  options.lock_suspended = settings.lock_suspended;
  options.writers = 0;  // each change on the run's own thread, so that a history can be played again
  return options;
}

}  // namespace history
