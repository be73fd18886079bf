// reconcile/run_context.h: which error is one person's, and which ends the run (R21).
#include "reconcile/run_context.h"

#include <catch2/catch.hpp>

#include <atomic>

#include "base/status.h"
#include "reconcile/world.h"

namespace oktasync::reconcile {
namespace {

struct Context {
  World world;
  std::atomic<uint64_t> written{0};
  RunContext ctx{world.options, world.okta, world.corrected, NullLog(), world.cancel, written};
  void Fails(absl::StatusCode code, const std::string& why = "why") {
    ctx.PersonFailed("00u1", "ada@example.com", "updating", MakeStatus(code, why));
  }
};

TEST_CASE("R21: a refused identity, a refused permission and a lost lease end the run") {
  for (const auto code : {absl::StatusCode::kUnauthenticated, absl::StatusCode::kPermissionDenied,
                          absl::StatusCode::kAborted}) {
    Context here;
    here.Fails(code);
    CHECK(here.ctx.failure().code() == code);
    CHECK(Message(here.ctx.failure()).find("updating ada@example.com") != std::string::npos);
    CHECK(here.world.cancel.requested());
  }
}

TEST_CASE("R21: a permission refused for one record, and an odd answer, are that person's line") {
  Context here;
  here.Fails(absl::StatusCode::kPermissionDenied, "Okta service may only update users of its own");
  here.Fails(absl::StatusCode::kInternal);
  CHECK(here.ctx.failure().ok());
  CHECK_FALSE(here.world.cancel.requested());
  CHECK(here.ctx.report.CountOf(Outcome::kFailed) == 2);
}

TEST_CASE("R21: Teleport is out of reach when it fails eight in a row, not eight in all") {
  Context here;
  for (int i = 0; i < 3; ++i) {
    for (int n = 0; n < 7; ++n) here.Fails(absl::StatusCode::kUnavailable);
    here.ctx.Reached();
  }
  CHECK(here.ctx.failure().ok());
  for (int n = 0; n < 8; ++n) here.Fails(absl::StatusCode::kDeadlineExceeded);
  CHECK(Message(here.ctx.failure()).find("Teleport is out of reach") != std::string::npos);
}

}  // namespace
}  // namespace oktasync::reconcile
