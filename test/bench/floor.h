// The floor of a full run: curl fetching the same pages and doing nothing with them.
#pragma once

#include <string>

#include "harness/process.h"
#include "playground/client.h"

namespace bench {

struct Floor {
  harness::Finished curl;
  size_t pages = 0;
  double megabytes = 0;
};

// Finds the address of every page of the app's users, then lets one curl process fetch them all, over one
// connection, accepting gzip or not as we do. Throws std::runtime_error with what went wrong.
Floor FetchWithCurl(const playground::Client& world);

}  // namespace bench
