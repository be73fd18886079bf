#include "http/stage.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/cord.h"
#include "base/status.h"

namespace oktasync::http {
namespace {

constexpr std::string_view kMark = "oktasync/http-stage";

}  // namespace

Stage StageOf(const absl::Status& failure) {
  const absl::optional<absl::Cord> mark = failure.GetPayload(Sv(kMark));
  if (!mark.has_value()) return Stage::kConversation;
  const std::string name(*mark);
  if (name == "name") return Stage::kName;
  if (name == "connection") return Stage::kConnection;
  if (name == "tls") return Stage::kTls;
  return Stage::kConversation;
}

absl::Status AtStage(Stage stage, absl::Status failure) {
  const char* name = "conversation";
  if (stage == Stage::kName) name = "name";
  if (stage == Stage::kConnection) name = "connection";
  if (stage == Stage::kTls) name = "tls";
  failure.SetPayload(Sv(kMark), absl::Cord(name));
  return failure;
}

}  // namespace oktasync::http
