#include "http/stage.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/cord.h"
#include "base/status.h"

namespace oktasync::http {
namespace {

constexpr std::string_view kMark = "oktasync/http-stage";

constexpr std::pair<Stage, std::string_view> kNames[] = {
    {Stage::kName, "name"},
    {Stage::kProxy, "proxy"},
    {Stage::kConnection, "connection"},
    {Stage::kTls, "tls"},
    {Stage::kConversation, "conversation"},
};

}  // namespace

Stage StageOf(const absl::Status& failure) {
  const absl::optional<absl::Cord> mark = failure.GetPayload(Sv(kMark));
  if (!mark.has_value()) return Stage::kUnknown;
  const std::string name(*mark);
  for (const auto& [stage, known] : kNames) {
    if (name == known) return stage;
  }
  return Stage::kUnknown;
}

absl::Status AtStage(Stage stage, absl::Status failure) {
  for (const auto& [known, name] : kNames) {
    if (stage == known) failure.SetPayload(Sv(kMark), absl::Cord(Sv(name)));
  }
  return failure;
}

}  // namespace oktasync::http
