// What is known of the versions of Teleport's auth server that matters to a sync. Pure.
//
// Source: Teleport's code and changelogs of 15.1.9 to 18.9, and an 18.0.0 server that was tried.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace oktasync::enroll {

struct VersionVerdict {
  bool readable = false;           // it is major.minor.patch
  bool usable = false;             // a sync works against it
  bool tried = false;              // not of a major version after all that we know
  std::vector<std::string> known;  // each known bug or lack, and what it means for us
};

VersionVerdict JudgeVersion(std::string_view version);

}  // namespace oktasync::enroll
