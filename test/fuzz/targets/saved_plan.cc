// A plan from a file or the control socket, of which a set is approved: it is the set that its digest names.
#include <string>

#include "base/json.h"
#include "check.h"
#include "nlohmann/json.hpp"
#include "reconcile/held.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace reconcile = oktasync::reconcile;
  std::string_view text = oktasync::fuzz::View(data, size);
  const std::string_view digest = oktasync::fuzz::TakeUntil(text, '\n');
  const auto approval = reconcile::ApprovalFromPlan(text, digest);
  oktasync::fuzz::CheckWords(approval.status());
  if (!approval.ok()) return 0;
  FUZZ_CHECK(digest.empty() || approval->digest == digest);
  FUZZ_CHECK(reconcile::HeldDigest(approval->source, approval->kind, approval->items) == approval->digest);
  for (const auto& item : approval->items) FUZZ_CHECK(approval->Covers(item));
  oktasync::fuzz::CheckWords(reconcile::CheckAge(*approval, absl::FromUnixSeconds(1'800'000'000)));
  return 0;
}
