// What a process reads from a world's Okta (adapters.h).
#include <algorithm>

#include "base/status.h"
#include "history/adapters.h"

namespace history {

namespace okta = oktasync::okta;
using oktasync::Cancel;
using oktasync::MakeStatus;

namespace {

// The row borrows its texts from the storage, as a page of the wire does.
oktasync::AppUser RowOf(const std::pair<std::string, Person>& stored) {
  const Person& person = stored.second;
  oktasync::AppUser row;
  row.id = stored.first;
  row.user_name = person.user_name;
  row.assignment_text = person.assignment;
  row.assignment = oktasync::ParseAssignmentStatus(person.assignment);
  row.status_text = person.status;
  row.status = oktasync::ParseUserStatus(person.status);
  for (const auto& [key, value] : person.profile) {
    row.user_profile.attributes.push_back({key, static_cast<uint32_t>(row.user_profile.values.size()), 1, 0});
    row.user_profile.values.emplace_back(std::string_view(value));
  }
  return row;
}

}  // namespace

class Runner::Walk final : public okta::AppUserWalk {
 public:
  Walk(Gate& gate, Cancel& cancel) : gate_(gate), cancel_(cancel) {}

  absl::StatusOr<std::unique_ptr<okta::AppUserPage>> Next() override {
    using Answer = absl::StatusOr<std::unique_ptr<okta::AppUserPage>>;
    Entry entry = gate_.BeginRead(Entry::What::kPage);
    return gate_.Pass<Answer>(cancel_, Gate::Call::kOkta, [&]() -> Answer {
      if (gate_.Strikes(Fault::Kind::kPageFails, page_)) {
        return MakeStatus(absl::StatusCode::kUnavailable, "the page failed");
      }
      Rows all = gate_.world().okta.Listing();
      Spoil(all);
      const size_t size = gate_.world().settings.page_size;
      // As Okta's cursor: by position, so rows shift when somebody joins or leaves during the walk.
      const size_t begin = std::min(all.size(), static_cast<size_t>(page_) * size);
      const size_t end = std::min(all.size(), begin + size);
      ++page_;
      if (begin == end) {
        gate_.world().Note(gate_.BeginRead(Entry::What::kWalkEnd));
        return nullptr;
      }
      auto rows = std::make_shared<Rows>(all.begin() + static_cast<ptrdiff_t>(begin),
                                         all.begin() + static_cast<ptrdiff_t>(end));
      if (gate_.Is(Fault::Kind::kRowTwice)) {
        gate_.Strike();
        rows->push_back(rows->front());
      }
      auto page = std::make_unique<okta::AppUserPage>();
      for (const auto& stored : *rows) page->users.push_back(RowOf(stored));
      page->storage = rows;
      entry.rows = rows;
      gate_.world().Note(std::move(entry));
      return page;
    });
  }

 private:
  void Spoil(Rows& all) {
    if (all.empty()) return;
    if (gate_.Is(Fault::Kind::kEmptyList)) {
      gate_.Strike();
      all.clear();
    } else if (gate_.Is(Fault::Kind::kRowMissing)) {
      gate_.Strike();
      all.erase(all.begin() + gate_.n() % static_cast<int>(all.size()));
    }
  }

  Gate& gate_;
  Cancel& cancel_;
  int page_ = 0;
};

absl::StatusOr<okta::Org> Runner::Source::ReadOrg(Cancel& cancel) {
  return gate_.Pass<absl::StatusOr<okta::Org>>(cancel, Gate::Call::kOkta,
                                               [&] { return gate_.world().okta.org; });
}

absl::StatusOr<okta::App> Runner::Source::ReadApp(Cancel& cancel) {
  Entry entry = gate_.BeginRead(Entry::What::kAppRead);
  return gate_.Pass<absl::StatusOr<okta::App>>(cancel, Gate::Call::kOkta, [&]() -> absl::StatusOr<okta::App> {
    okta::App app = gate_.world().okta.app;
    const bool now = ++gate_.app_reads >= gate_.n();
    if (now && gate_.Is(Fault::Kind::kAppInactive)) app.status = "INACTIVE", gate_.Strike();
    if (now && gate_.Is(Fault::Kind::kAppImplicit)) app.implicit_assignment = true, gate_.Strike();
    entry.good = app.status == "ACTIVE" && !app.implicit_assignment;
    const bool forbidden = now && gate_.Is(Fault::Kind::kAppForbidden);
    if (forbidden) entry.good = false, gate_.Strike();
    gate_.world().Note(std::move(entry));
    if (forbidden) return MakeStatus(absl::StatusCode::kPermissionDenied, "403 E0000006");
    return app;
  });
}

std::unique_ptr<okta::AppUserWalk> Runner::Source::WalkAppUsers(Cancel& cancel) {
  return std::make_unique<Walk>(gate_, cancel);
}

absl::Status Runner::Source::FaultOf(const std::string& id) {
  const bool hit = id.size() > 3 && id[3] - '0' == gate_.n() % gate_.world().settings.people;
  if (hit && gate_.Is(Fault::Kind::kReadFails)) {
    gate_.Strike();
    return MakeStatus(absl::StatusCode::kUnavailable, "503");
  }
  if (hit && gate_.Is(Fault::Kind::kReadForbidden)) {
    gate_.Strike();
    return MakeStatus(absl::StatusCode::kPermissionDenied, "403 E0000006");
  }
  return absl::OkStatus();
}

absl::StatusOr<okta::UserRead> Runner::Source::ReadUser(const std::string& id, Cancel& cancel) {
  Entry entry = gate_.BeginRead(Entry::What::kUserRead, id);
  gate_.about = id;
  return gate_.Pass<absl::StatusOr<okta::UserRead>>(
      cancel, Gate::Call::kOkta, [&]() -> absl::StatusOr<okta::UserRead> {
        OKTASYNC_RETURN_IF_ERROR(FaultOf(id));
        okta::UserRead read;
        read.citation = {"req", entry.began_boot};
        if (const Person* person = gate_.world().okta.Find(id)) {
          read.exists = true;
          read.status_text = person->status;
          read.status = oktasync::ParseUserStatus(person->status);
          entry.person = std::make_shared<const Person>(gate_.world().okta.Shown(*person));
        }
        gate_.world().Note(std::move(entry));
        return read;
      });
}

absl::StatusOr<okta::AssignmentRead> Runner::Source::ReadAssignment(const std::string& id, Cancel& cancel) {
  Entry entry = gate_.BeginRead(Entry::What::kAssignmentRead, id);
  gate_.about = id;
  return gate_.Pass<absl::StatusOr<okta::AssignmentRead>>(
      cancel, Gate::Call::kOkta, [&]() -> absl::StatusOr<okta::AssignmentRead> {
        OKTASYNC_RETURN_IF_ERROR(FaultOf(id));
        okta::AssignmentRead read;
        read.citation = {"req", entry.began_boot};
        const Person* person = gate_.world().okta.Find(id);
        if (person != nullptr && !person->assignment.empty()) {
          auto storage =
              std::make_shared<const std::pair<std::string, Person>>(id, gate_.world().okta.Shown(*person));
          read.exists = true;
          read.user = RowOf(*storage);
          read.storage = storage;
          entry.person = std::make_shared<const Person>(storage->second);
        }
        gate_.world().Note(std::move(entry));
        return read;
      });
}

absl::StatusOr<okta::Group> Runner::Source::FindGroup(const std::string& name_or_id, Cancel&) {
  return MakeStatus(absl::StatusCode::kNotFound, "there is no group called " + name_or_id);
}

absl::Status Runner::Source::ListGroupMembers(const std::string& group_id,
                                              const std::function<absl::Status(std::string_view)>&, Cancel&) {
  return MakeStatus(absl::StatusCode::kNotFound, "there is no group " + group_id);
}

}  // namespace history
