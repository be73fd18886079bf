#include "teleport/listing.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "base/status.h"
#include "teleport/errors.h"

namespace oktasync::teleport {
namespace {

constexpr int kMaxFurtherListings = 4;

// One pass over the list. `*page_size` shrinks when the server's answers are too large.
absl::Status Walk(int first_page_size, int* page_size, const ReadPage& read, const Wanted& wanted,
                  std::vector<Gap>* gaps) {
  absl::flat_hash_set<std::string> tokens;
  std::string token;
  std::string last;
  int size = first_page_size;
  while (true) {
    auto page = read(size, token, wanted);
    if (IsMessageTooLarge(page.status()) && size > 1) {
      size = *page_size = std::max(1, size / 2);
      continue;
    }
    if (!page.ok()) return page.status();
    size = *page_size;
    if (gaps != nullptr && !page->first.empty()) {
      if (!page->ascending || (!last.empty() && page->first <= last)) {
        return MakeStatus(
            absl::StatusCode::kDataLoss,
            "ListUsers: the names do not come in order, so on this version of the server, which loses "
            "users at page borders, the list cannot be shown to be whole; upgrade the auth server");
      }
      if (!gaps->empty() && gaps->back().open_end) {
        gaps->back().open_end = false;
        gaps->back().before = page->first;
      }
      last = page->last;
    }
    if (page->next_token.empty()) return absl::OkStatus();
    if (!tokens.insert(page->next_token).second) {
      return MakeStatus(absl::StatusCode::kDataLoss,
                        "ListUsers: the server gave the same page token twice; the list would have no end");
    }
    if (gaps != nullptr && (gaps->empty() || !gaps->back().open_end)) gaps->push_back({last, "", true});
    token = page->next_token;
  }
}

bool InAny(const std::vector<Gap>& gaps, std::string_view name) {
  const auto behind =
      std::partition_point(gaps.begin(), gaps.end(), [&](const Gap& gap) { return gap.after < name; });
  return behind != gaps.begin() && std::prev(behind)->Holds(name);
}

}  // namespace

std::vector<Gap> Intersect(const std::vector<Gap>& a, const std::vector<Gap>& b) {
  std::vector<Gap> out;
  auto left = a.begin();
  auto right = b.begin();
  while (left != a.end() && right != b.end()) {
    Gap both;
    both.after = std::max(left->after, right->after);
    both.open_end = left->open_end && right->open_end;
    const bool left_ends_first = right->open_end || (!left->open_end && left->before < right->before);
    if (!both.open_end) both.before = left_ends_first ? left->before : right->before;
    if (both.open_end || both.after < both.before) out.push_back(both);
    if (both.open_end) break;
    if (left_ends_first) {
      ++left;
    } else {
      ++right;
    }
  }
  return out;
}

int ShiftedFirstPage(int page_size, int again) {
  // Parts of a page, far from each other and from the page itself.
  constexpr int kEighths[kMaxFurtherListings] = {4, 2, 6, 1};
  return std::max(1, page_size * kEighths[again % kMaxFurtherListings] / 8);
}

bool LosesUsersAtBorders(std::string_view server_version) {
  if (server_version.substr(0, 1) == "v") server_version.remove_prefix(1);
  constexpr std::string_view kVersion = "18.0.0";
  if (server_version.substr(0, kVersion.size()) != kVersion) return false;
  server_version.remove_prefix(kVersion.size());
  return server_version.empty() || server_version.front() == '-' || server_version.front() == '+';
}

absl::Status ReadListing(int page_size, bool loses_at_borders, const ReadPage& read) {
  page_size = std::clamp(page_size, 1, 1000);  // the server makes 1000 of anything else
  if (!loses_at_borders) return Walk(page_size, &page_size, read, nullptr, nullptr);

  page_size = std::max(page_size, 8);  // smaller ones have no room for borders that are clearly apart
  std::vector<Gap> doubt;
  OKTASYNC_RETURN_IF_ERROR(Walk(page_size, &page_size, read, nullptr, &doubt));
  for (int again = 0; !doubt.empty(); ++again) {
    if (again == kMaxFurtherListings) {
      return MakeStatus(absl::StatusCode::kDataLoss,
                        "ListUsers: this version of the server loses a user at each page border, and after " +
                            std::to_string(1 + kMaxFurtherListings) +
                            " listings somebody may still be missing (around \"" + doubt.front().after +
                            "\"); the next run tries again, and an upgrade of the auth server cures it");
    }
    std::vector<Gap> gaps;
    const Wanted wanted = [&doubt](std::string_view name) { return InAny(doubt, name); };
    OKTASYNC_RETURN_IF_ERROR(Walk(ShiftedFirstPage(page_size, again), &page_size, read, wanted, &gaps));
    doubt = Intersect(doubt, gaps);
  }
  return absl::OkStatus();
}

}  // namespace oktasync::teleport
