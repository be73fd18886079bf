#include "enroll/preflight.h"

#include <string>
#include <utility>

#include "base/status.h"
#include "enroll/okta_checks.h"
#include "enroll/teleport_checks.h"

namespace oktasync::enroll {
namespace {

class AsDebugging final : public LogSink {
 public:
  explicit AsDebugging(LogSink& inner) : inner_(inner) {}
  void Write(LogLevel, std::string_view room, std::string_view message,
             std::initializer_list<LogField> fields) override {
    inner_.Write(LogLevel::kDebug, room, message, fields);
  }

 private:
  LogSink& inner_;
};

}  // namespace

absl::StatusOr<std::vector<Check>> Preflight(const Inputs& inputs, const Clock& clock, LogSink& log,
                                             Cancel& cancel) {
  AsDebugging quiet(log);
  CorrectedClock corrected(clock);
  Sheet sheet;
  OktaInputs okta_inputs = inputs.okta;
  if (inputs.teleport.connector.type == "saml") {
    okta_inputs.connector = [&](const okta::Org& org, Cancel& stop) {
      return LookAtConnector(inputs.teleport, org, inputs.step, corrected, quiet, stop);
    };
  }
  const OktaFacts okta = LookAtOkta(okta_inputs, inputs.step, corrected, quiet, cancel);
  OKTASYNC_RETURN_IF_ERROR(cancel.Check("checking Okta's side"));
  JudgeOkta(inputs.okta, okta, sheet);
  const okta::Org* org = okta.org.has_value() && okta.org->ok() ? &**okta.org : nullptr;
  // A configured one names the lease also when Okta could not be asked.
  const std::string& app_id = okta.app_id.empty() ? inputs.okta.client.app_id : okta.app_id;
  const TeleportFacts teleport =
      LookAtTeleport(inputs.teleport, org, app_id, inputs.step, corrected, quiet, cancel);
  OKTASYNC_RETURN_IF_ERROR(cancel.Check("checking Teleport's side"));
  JudgeTeleport(inputs.teleport, teleport, sheet);
  sheet.NotKnown(kSyncLastWalk, "only a running instance knows it: see its status");
  return std::move(sheet).Take();
}

}  // namespace oktasync::enroll
