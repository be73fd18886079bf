#include "okta/org.h"

#include <mutex>
#include <stdexcept>

#include "okta/text.h"

namespace playground::okta {

uint8_t Words::Number(std::string_view word) {
  for (size_t i = 0; i < words_.size(); ++i) {
    if (words_[i] == word) return static_cast<uint8_t>(i);
  }
  if (words_.size() > 255) throw std::length_error("more than 255 different status words");
  words_.emplace_back(word);
  return static_cast<uint8_t>(words_.size() - 1);
}

Org::Org(uint64_t seed, uint64_t count, OktaClock& clock)
    : clock_(clock),
      people_(seed),
      id_(people_.MakeId("00o", 1)),
      app_id_(people_.MakeId("0oa", 2)),
      client_id_(people_.MakeId("0oa", 3)) {
  static constexpr const char* kRare[] = {"STAGED", "PROVISIONED", "RECOVERY", "PASSWORD_EXPIRED",
                                          "LOCKED_OUT"};
  states_.resize(count);
  for (uint64_t i = 0; i < count; ++i) {
    Draw draw = people_.DrawFor(i, 4);
    states_[i].assignment = kActive;
    states_[i].by_group = draw.Percent(30);
    if (draw.Percent(6)) states_[i].status = words_.Number(kRare[draw.Below(std::size(kRare))]);
  }
}

const PersonState* Org::Find(std::string_view id, uint64_t& index) const {
  const auto found = people_.IndexOf(id);
  if (!found || *found >= states_.size() || states_[*found].deleted) return nullptr;
  index = *found;
  return &states_[index];
}

RowPage Org::ListAppUsers(uint64_t from, size_t limit, bool expand, const PageFault& fault) const {
  std::shared_lock lock(mutex_);
  const RenderContext context = Context();
  RowPage page;
  std::vector<uint64_t> rows;
  rows.reserve(limit);
  uint64_t i = from;
  for (; i < states_.size(); ++i) {
    const PersonState& state = states_[i];
    if (state.assignment == kNoWord || state.hidden || state.deleted) continue;
    if (rows.size() == limit) {
      page.more = true;
      break;
    }
    rows.push_back(i);
  }
  page.next = i;
  page.json.reserve(rows.size() * 3800 + 2);
  page.json += '[';
  for (size_t r = 0; r < rows.size(); ++r) {
    if (r > 0) page.json += ',';
    const bool spoilt = fault.all_rows || r == rows.size() / 2;
    RowFault row = spoilt ? fault.row : RowFault();
    row.listed_active = fault.listed_active;
    AppendAppUser(page.json, context, rows[r], states_[rows[r]], expand, row);
  }
  if (fault.duplicate_row && !rows.empty()) {
    page.json += ',';
    AppendAppUser(page.json, context, rows[0], states_[rows[0]], expand, RowFault());
  }
  page.json += ']';
  return page;
}

std::optional<std::string> Org::AppUserJson(std::string_view user_id, bool expand,
                                            const RowFault& fault) const {
  std::shared_lock lock(mutex_);
  uint64_t index = 0;
  const PersonState* state = Find(user_id, index);
  if (state == nullptr || state->assignment == kNoWord) return std::nullopt;
  std::string out;
  AppendAppUser(out, Context(), index, *state, expand, fault);
  return out;
}

std::optional<std::string> Org::UserJson(std::string_view id_or_login) const {
  std::shared_lock lock(mutex_);
  uint64_t index = 0;
  const PersonState* state = Find(id_or_login, index);
  if (state == nullptr) {
    // By login: rare, so a walk over everybody does. A short login is the part before the @.
    for (uint64_t i = 0; i < states_.size() && state == nullptr; ++i) {
      if (states_[i].deleted) continue;
      const std::string login = LoginOf(people_, i, states_[i]);
      if (login == id_or_login || login.substr(0, login.find('@')) == id_or_login) {
        index = i;
        state = &states_[i];
      }
    }
  }
  if (state == nullptr) return std::nullopt;
  std::string out;
  AppendUser(out, Context(), index, *state);
  return out;
}

nlohmann::json Org::Summarise(uint64_t index) const {
  const PersonState& state = states_[index];
  const std::string status = state.deleted ? "DELETED" : words_.Text(state.status);
  nlohmann::json out = {{"id", people_.IdOf(index)},
                        {"login", LoginOf(people_, index, state)},
                        {"user_name", UserNameOf(people_, index, state)},
                        {"status", status},
                        {"assignment_status", nullptr},
                        {"scope", nullptr}};
  if (state.assignment != kNoWord) {
    out["assignment_status"] = words_.Text(state.assignment);
    out["scope"] = state.by_group ? "GROUP" : "USER";
  }
  return out;
}

nlohmann::json Org::Summary(const std::string& id) const {
  std::shared_lock lock(mutex_);
  const auto index = people_.IndexOf(id);
  if (!index || *index >= states_.size()) throw std::invalid_argument("nobody here ever had the id " + id);
  return Summarise(*index);
}

nlohmann::json Org::Summaries(uint64_t offset, uint64_t limit) const {
  std::shared_lock lock(mutex_);
  nlohmann::json out = nlohmann::json::array();
  for (uint64_t i = offset; i < states_.size() && out.size() < limit; ++i) out.push_back(Summarise(i));
  return out;
}

std::vector<std::string> Org::Assigned(uint64_t count) const {
  std::shared_lock lock(mutex_);
  std::vector<std::string> ids;
  for (uint64_t i = 0; i < states_.size() && ids.size() < count; ++i) {
    if (states_[i].assignment != kNoWord && !states_[i].deleted) ids.push_back(people_.IdOf(i));
  }
  return ids;
}

}  // namespace playground::okta
