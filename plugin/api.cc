#include "api.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "barrier.h"
#include "base/status.h"
#include "base/thread.h"
#include "buffers.h"
#include "config/config.h"
#include "config/keys.h"
#include "documents.h"
#include "host_binding.h"
#include "instance.h"
#include "join.h"
#include "preflight.h"

struct oktasync_instance {
  std::unique_ptr<oktasync::plugin::Instance> impl;
};

namespace oktasync::plugin {
namespace {

absl::Status CheckPointer(std::string_view name, const void* pointer) {
  if (pointer != nullptr) return absl::OkStatus();
  return MakeStatus(absl::StatusCode::kInvalidArgument,
                    std::string(name) + " is NULL: an error of the calling program");
}

absl::Status ProblemsStatus(const std::vector<config::Problem>& problems) {
  const std::string count =
      problems.size() == 1 ? "1 problem" : std::to_string(problems.size()) + " problems";
  return MakeStatus(absl::StatusCode::kInvalidArgument,
                    count + " in the configuration:\n" + config::Describe(problems));
}

void BufRelease(oktasync_buf* buf) {
  Guarded("buf_release", nullptr, [&]() -> CallResult {
    ReleaseBuf(buf);
    return absl::OkStatus();
  });
}

int32_t ConfigValidate(oktasync_str text, oktasync_buf* problems, oktasync_error* err) {
  return Guarded("config_validate", err, [&]() -> CallResult {
    if (problems != nullptr) *problems = oktasync_buf{};
    OKTASYNC_RETURN_IF_ERROR(CheckStr("config", text));
    const config::ParseResult parsed = config::Parse(View(text));
    if (problems != nullptr) *problems = MakeBuf(ProblemsDocument(parsed.problems));
    if (parsed.problems.empty()) return absl::OkStatus();
    return {ProblemsStatus(parsed.problems), OKTASYNC_ERROR_CONFIG};
  });
}

absl::Status CheckCreateOptions(const oktasync_create_options* options) {
  OKTASYNC_RETURN_IF_ERROR(CheckPointer("options", options));
  if (!OKTASYNC_HAS(oktasync_create_options, options, reserved)) {
    return MakeStatus(absl::StatusCode::kInvalidArgument,
                      "the create options have " + std::to_string(options->struct_size) +
                          " bytes, fewer than the first version had: struct_size was not set");
  }
  OKTASYNC_RETURN_IF_ERROR(CheckHost(options->host));
  if ((options->flags & ~OKTASYNC_CREATE_ON_REQUEST) != 0) {
    return MakeStatus(absl::StatusCode::kInvalidArgument,
                      "the create options have flags that this version does not know");
  }
  return CheckStr("config", options->config);
}

int32_t Create(const oktasync_create_options* options, oktasync_instance** instance, oktasync_error* err) {
  return Guarded("create", err, [&]() -> CallResult {
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("instance", instance));
    *instance = nullptr;
    OKTASYNC_RETURN_IF_ERROR(CheckCreateOptions(options));
    config::ParseResult parsed = config::Parse(View(options->config));
    if (!parsed.problems.empty()) return {ProblemsStatus(parsed.problems), OKTASYNC_ERROR_CONFIG};

    const SignalsBlocked blocked;  // what the libraries start inherits this thread's mask
    auto made = std::make_unique<oktasync_instance>();
    absl::StatusOr<std::unique_ptr<Instance>> impl =
        Instance::Create(std::move(parsed.config), Bind(*options->host, options->host_ctx),
                         options->sign_algorithm, (options->flags & OKTASYNC_CREATE_ON_REQUEST) != 0);
    if (!impl.ok()) {
      const bool config = impl.status().code() == absl::StatusCode::kInvalidArgument ||
                          impl.status().code() == absl::StatusCode::kFailedPrecondition;
      return {impl.status(), config ? OKTASYNC_ERROR_CONFIG : 0};
    }
    made->impl = *std::move(impl);
    *instance = made.release();
    return absl::OkStatus();
  });
}

int32_t Start(oktasync_instance* instance, oktasync_error* err) {
  return Guarded("start", err, [&]() -> CallResult {
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("instance", instance));
    const SignalsBlocked blocked;
    return instance->impl->Start();
  });
}

int32_t Stop(oktasync_instance* instance, uint64_t timeout_ns, oktasync_error* err) {
  return Guarded("stop", err, [&]() -> CallResult {
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("instance", instance));
    return instance->impl->Stop(timeout_ns);
  });
}

int32_t Destroy(oktasync_instance* instance, oktasync_error* err) {
  return Guarded("destroy", err, [&]() -> CallResult {
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("instance", instance));
    if (!instance->impl->MayDestroy()) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition,
                        "the instance is running: destroy it after stop has returned OK");
    }
    delete instance;
    return absl::OkStatus();
  });
}

int32_t Request(std::string_view name, reconcile::RunKind kind, oktasync_instance* instance, uint64_t* run_id,
                oktasync_error* err) {
  return Guarded(name, err, [&]() -> CallResult {
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("instance", instance));
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("run_id", run_id));
    const absl::StatusOr<uint64_t> id = instance->impl->Request(kind);
    if (id.ok()) *run_id = *id;
    return id.status();
  });
}

int32_t SyncNow(oktasync_instance* instance, uint64_t* run_id, oktasync_error* err) {
  return Request("sync_now", reconcile::RunKind::kSync, instance, run_id, err);
}

int32_t Plan(oktasync_instance* instance, uint64_t* run_id, oktasync_error* err) {
  return Request("plan", reconcile::RunKind::kPlan, instance, run_id, err);
}

int32_t Status(oktasync_instance* instance, oktasync_buf* json, oktasync_error* err) {
  return Guarded("status", err, [&]() -> CallResult {
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("instance", instance));
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("json", json));
    *json = MakeBuf(instance->impl->Status());
    return absl::OkStatus();
  });
}

int32_t Report(oktasync_instance* instance, uint64_t run_id, uint64_t offset, uint64_t max_bytes,
               oktasync_buf* piece, uint64_t* total, oktasync_error* err) {
  return Guarded("report", err, [&]() -> CallResult {
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("instance", instance));
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("piece", piece));
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("total", total));
    absl::StatusOr<Instance::Piece> found = instance->impl->Report(run_id, offset, max_bytes);
    if (!found.ok()) return found.status();
    const uint64_t size = found->document->size();
    *piece = MakeBuf(std::move(found->document), found->text);
    *total = size;
    return absl::OkStatus();
  });
}

int32_t IdentityChanged(oktasync_instance* instance, oktasync_error* err) {
  return Guarded("identity_changed", err, [&]() -> CallResult {
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("instance", instance));
    const SignalsBlocked blocked;
    return instance->impl->IdentityChanged();
  });
}

int32_t Approve(oktasync_instance* instance, oktasync_str digest, oktasync_str plan, uint64_t* run_id,
                oktasync_error* err) {
  return Guarded("approve", err, [&]() -> CallResult {
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("instance", instance));
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("run_id", run_id));
    OKTASYNC_RETURN_IF_ERROR(CheckStr("digest", digest));
    OKTASYNC_RETURN_IF_ERROR(CheckStr("plan", plan));
    const absl::StatusOr<uint64_t> id = instance->impl->Approve(View(digest), View(plan));
    if (id.ok()) *run_id = *id;
    return id.status();
  });
}

int32_t Explain(oktasync_instance* instance, oktasync_str who, oktasync_buf* json, oktasync_error* err) {
  return Guarded("explain", err, [&]() -> CallResult {
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("instance", instance));
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("json", json));
    OKTASYNC_RETURN_IF_ERROR(CheckStr("who", who));
    const SignalsBlocked blocked;
    absl::StatusOr<std::string> text = instance->impl->Explain(View(who));
    if (text.ok()) *json = MakeBuf(*std::move(text));
    return text.status();
  });
}

int32_t JwkSet(oktasync_str config, oktasync_buf* json, oktasync_error* err) {
  return Guarded("jwks", err, [&]() -> CallResult {
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("json", json));
    *json = oktasync_buf{};
    OKTASYNC_RETURN_IF_ERROR(CheckStr("config", config));
    const config::ParseResult parsed = config::Parse(View(config));
    if (!parsed.problems.empty()) return {ProblemsStatus(parsed.problems), OKTASYNC_ERROR_CONFIG};
    absl::StatusOr<std::string> set = config::PublicKeys(parsed.config);
    if (!set.ok()) return {set.status(), OKTASYNC_ERROR_CONFIG};
    *json = MakeBuf(*std::move(set));
    return absl::OkStatus();
  });
}

int32_t RunPreflight(const oktasync_create_options* options, int32_t cancel_fd, oktasync_buf* json,
                     oktasync_error* err) {
  return Guarded("preflight", err, [&]() -> CallResult {
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("json", json));
    *json = oktasync_buf{};
    OKTASYNC_RETURN_IF_ERROR(CheckCreateOptions(options));
    const config::ParseResult parsed = config::Parse(View(options->config));
    if (!parsed.problems.empty()) return {ProblemsStatus(parsed.problems), OKTASYNC_ERROR_CONFIG};
    const SignalsBlocked blocked;  // what the libraries start inherits this thread's mask
    absl::StatusOr<std::string> text =
        Preflight(parsed.config, Bind(*options->host, options->host_ctx), options->sign_algorithm, cancel_fd);
    if (text.ok()) *json = MakeBuf(*std::move(text));
    return text.status();
  });
}

int32_t Join(const oktasync_join_options* options, oktasync_buf* json, oktasync_error* err) {
  return Guarded("join", err, [&]() -> CallResult {
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("json", json));
    *json = oktasync_buf{};
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("options", options));
    OKTASYNC_RETURN_IF_ERROR(CheckJoinOptions(*options));
    const config::ParseResult parsed = config::Parse(View(options->config));
    if (!parsed.problems.empty()) return {ProblemsStatus(parsed.problems), OKTASYNC_ERROR_CONFIG};
    const SignalsBlocked blocked;  // what the libraries start inherits this thread's mask
    absl::StatusOr<std::string> text = JoinCluster(parsed.config, *options);
    if (text.ok()) *json = MakeBuf(*std::move(text));
    return text.status();
  });
}

constexpr oktasync_api kApi = {
    sizeof(oktasync_api),
    OKTASYNC_ABI_MINOR,
    &BufRelease,
    &ConfigValidate,
    &Create,
    &Start,
    &Stop,
    &Destroy,
    &SyncNow,
    &Plan,
    &Status,
    &Report,
    &IdentityChanged,
    &Approve,
    &Explain,
    &RunPreflight,
    nullptr,  // scim_request
    &JwkSet,
    nullptr,  // metrics
    &Join,
};

}  // namespace

const oktasync_api* Api() noexcept { return &kApi; }

int32_t Open(const oktasync_host* host, uint32_t want_major, const oktasync_api** api,
             oktasync_error* err) noexcept {
  return Guarded("oktasync_plugin_open", err, [&]() -> CallResult {
    OKTASYNC_RETURN_IF_ERROR(CheckPointer("api", api));
    *api = nullptr;
    if (want_major != OKTASYNC_ABI_MAJOR) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition,
                        "the host wants version " + std::to_string(want_major) +
                            " of the interface, this plugin has version " +
                            std::to_string(OKTASYNC_ABI_MAJOR) +
                            ": install the plugin that belongs to the host");
    }
    OKTASYNC_RETURN_IF_ERROR(CheckHost(host));
    *api = Api();
    return absl::OkStatus();
  });
}

}  // namespace oktasync::plugin
