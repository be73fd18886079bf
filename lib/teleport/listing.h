// Reads a list page by page, and knows how to read it whole from a server that loses users at page borders.
//
// Teleport 18.0.0 makes the token of a page from the first user of the next page, and then begins after that
// user: one is lost at each border. Here the border after a page is remembered as a gap: the open interval of
// names between its last user and the next page's first one. Whoever is lost is in a gap. The list is then
// read again with a first page of another size, so that the borders fall elsewhere, and who turns up in a gap
// is taken; what is a gap in all listings is what is still in doubt. Two listings leave no doubt as long as
// the list did not change much in between; if there is one, it is read again.
//
// (Two page sizes alone are no proof: with pages of 500 and 497 the borders meet at user 83,166, for each
// border comes one user later than the page size says, and 501 and 498 have a common factor.)
//
// Used by users.cc. Pure: the pages come from a function.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace oktasync::teleport {

struct ListedPage {
  std::string first;  // names; "" for an empty page
  std::string last;
  bool ascending = true;  // each name is greater than the one before
  std::string next_token;
};

// Which users to visit; null for all.
using Wanted = std::function<bool(std::string_view name)>;
// Fetches one page and visits its users that are wanted. Too large an answer: errors.h, IsMessageTooLarge.
using ReadPage =
    std::function<absl::StatusOr<ListedPage>(int page_size, const std::string& token, const Wanted& wanted)>;

// kDataLoss for a page token that comes twice, and when a listing that loses users cannot be shown to be
// whole.
absl::Status ReadListing(int page_size, bool loses_at_borders, const ReadPage& read);

// "18.0.0" and its pre-releases. Fixed in the next release.
bool LosesUsersAtBorders(std::string_view server_version);

// Names greater than `after` and smaller than `before`; without an end when `open_end`.
struct Gap {
  std::string after;
  std::string before;
  bool open_end = false;

  bool Holds(std::string_view name) const { return name > after && (open_end || name < before); }
};

// What is in a gap of both; both are in order.
std::vector<Gap> Intersect(const std::vector<Gap>& a, const std::vector<Gap>& b);

// Size of the first page of the `again`th further listing (from 0).
int ShiftedFirstPage(int page_size, int again);

}  // namespace oktasync::teleport
