#include "plugin_library.h"

#include <dlfcn.h>
#include <unistd.h>

#include <climits>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"

namespace oktasync::host {
namespace {

oktasync_str Borrow(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// Runs one call of the table with an error of its own.
template <typename Call>
PluginError Try(Call&& call) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  PluginError result;
  result.code = call(&err);
  if (result.ok()) return result;
  result.flags = err.flags;
  result.message.assign(err.message, strnlen(err.message, sizeof(err.message)));
  return result;
}

void Append(const oktasync_buf& buf, std::string* to) {
  if (buf.len != 0) to->append(reinterpret_cast<const char*>(buf.data), buf.len);
}

PluginError NotThere(const std::string& what) {
  return {OKTASYNC_UNIMPLEMENTED, 0, "this plugin is older than the program and cannot " + what};
}

std::string DirectoryOfProgram() {
  char path[PATH_MAX];
  const ssize_t n = ::readlink("/proc/self/exe", path, sizeof(path));
  if (n <= 0 || static_cast<size_t>(n) >= sizeof(path)) return ".";
  const std::string file(path, static_cast<size_t>(n));
  return file.substr(0, file.rfind('/'));
}

absl::Status Unusable(const std::string& file, const std::string& why) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "the plugin " + file + " cannot be used: " + why);
}

template <typename Function>
Function Lookup(void* library, const char* name) {
  // POSIX defines dlsym's result for functions too; C++ leaves the cast to us.
  return reinterpret_cast<Function>(::dlsym(library, name));
}

}  // namespace

absl::StatusOr<std::string> FindPlugin(const std::string& wanted) {
  // A name without a slash would send dlopen through the system's library path.
  if (!wanted.empty()) return wanted.find('/') == std::string::npos ? "./" + wanted : wanted;
  const std::string here = DirectoryOfProgram();
  const std::vector<std::string> places = {here + "/" + kPluginFile,
                                           here + "/" OKTASYNC_PLUGIN_FROM_PROGRAM "/" + kPluginFile};
  std::string looked;
  for (const std::string& place : places) {
    if (::access(place.c_str(), R_OK) == 0) return place;
    looked += (looked.empty() ? "" : ", ") + place;
  }
  return MakeStatus(absl::StatusCode::kNotFound,
                    "the plugin was not found; looked for " + looked + ". Name its file with --plugin");
}

absl::StatusOr<PluginLibrary> PluginLibrary::Load(const std::string& file, const oktasync_host& host) {
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = ::dlerror();
    return Unusable(file, why != nullptr ? why : "dlopen gave no reason");
  }
  const auto describe = Lookup<oktasync_plugin_describe_fn>(library, "oktasync_plugin_describe");
  const auto open = Lookup<oktasync_plugin_open_fn>(library, "oktasync_plugin_open");
  if (describe == nullptr || open == nullptr) {
    return Unusable(file,
                    "it lacks oktasync_plugin_describe or oktasync_plugin_open, so it is no oktasync plugin");
  }
  PluginLibrary loaded;
  loaded.descriptor_ = describe();
  if (loaded.descriptor_ == nullptr || loaded.descriptor_->magic != OKTASYNC_MAGIC) {
    return Unusable(file, "it does not describe itself as an oktasync plugin");
  }
  const PluginError opened =
      Try([&](oktasync_error* err) { return open(&host, OKTASYNC_ABI_MAJOR, &loaded.api_, err); });
  if (!opened.ok()) return Unusable(file, opened.message);
  if (!OKTASYNC_HAS(oktasync_api, loaded.api_, identity_changed)) {
    return Unusable(file, "its table is shorter than the first version's");
  }
  return loaded;
}

std::string PluginLibrary::version() const {
  const oktasync_str& text = descriptor_->version;
  return std::string(reinterpret_cast<const char*>(text.data), text.len);
}

PluginError PluginLibrary::Validate(const std::string& config, std::string* problems) const {
  oktasync_buf buf{};
  PluginError result =
      Try([&](oktasync_error* err) { return api_->config_validate(Borrow(config), &buf, err); });
  problems->clear();
  Append(buf, problems);
  api_->buf_release(&buf);
  return result;
}

PluginError PluginLibrary::Jwks(const std::string& config, std::string* json) const {
  if (!OKTASYNC_HAS_SLOT(oktasync_api, api_, jwks)) {
    return {OKTASYNC_UNIMPLEMENTED, 0,
            "this plugin cannot print its public keys: install the one of this program"};
  }
  oktasync_buf buf{};
  PluginError result = Try([&](oktasync_error* err) { return api_->jwks(Borrow(config), &buf, err); });
  json->clear();
  Append(buf, json);
  api_->buf_release(&buf);
  return result;
}

PluginError PluginLibrary::Join(const std::string& config, const JoinOrder& order, std::string* json) const {
  if (!OKTASYNC_HAS_SLOT(oktasync_api, api_, join)) {
    return {OKTASYNC_UNIMPLEMENTED, 0, "this plugin cannot join a cluster: install the one of this program"};
  }
  std::vector<oktasync_str> pins;
  for (const std::string& pin : order.ca_pins) pins.push_back(Borrow(pin));
  oktasync_join_options options{};
  options.struct_size = sizeof(options);
  options.flags = order.force ? OKTASYNC_JOIN_FORCE : 0;
  options.config = Borrow(config);
  options.token = Borrow(order.token.Reveal());
  options.ca_pins = pins.data();
  options.ca_pin_count = pins.size();
  options.proxy_ca_file = Borrow(order.proxy_ca_file);
  options.cancel_fd = order.cancel_fd;
  oktasync_buf buf{};
  PluginError result = Try([&](oktasync_error* err) { return api_->join(&options, &buf, err); });
  json->clear();
  Append(buf, json);
  api_->buf_release(&buf);
  return result;
}

PluginError PluginLibrary::Preflight(const oktasync_host& host, uint64_t host_ctx, const std::string& config,
                                     int cancel_fd, std::string* json) const {
  if (!OKTASYNC_HAS_SLOT(oktasync_api, api_, preflight)) return NotThere("make these checks");
  oktasync_create_options options{};
  options.struct_size = sizeof(options);
  options.host = &host;
  options.host_ctx = host_ctx;
  options.config = Borrow(config);
  options.sign_algorithm = OKTASYNC_SIGN_NONE;
  oktasync_buf buf{};
  PluginError result =
      Try([&](oktasync_error* err) { return api_->preflight(&options, cancel_fd, &buf, err); });
  json->clear();
  Append(buf, json);
  api_->buf_release(&buf);
  return result;
}

Instance::~Instance() {
  if (instance_ == nullptr) return;
  // An instance that does not stop is left behind: the process is about to end.
  if (!stopped_ && !Stop(uint64_t{5} * 1000 * 1000 * 1000).ok()) return;
  api_.destroy(instance_, nullptr);
}

PluginError Instance::Create(const oktasync_host& host, uint64_t host_ctx, const std::string& config,
                             bool on_request) {
  oktasync_create_options options{};
  options.struct_size = sizeof(options);
  options.flags = on_request ? OKTASYNC_CREATE_ON_REQUEST : 0;
  options.host = &host;
  options.host_ctx = host_ctx;
  options.config = Borrow(config);
  options.sign_algorithm = OKTASYNC_SIGN_NONE;
  return Try([&](oktasync_error* err) { return api_.create(&options, &instance_, err); });
}

PluginError Instance::Start() {
  PluginError result = Try([&](oktasync_error* err) { return api_.start(instance_, err); });
  if (result.ok()) stopped_ = false;
  return result;
}

PluginError Instance::Stop(uint64_t timeout_ns) {
  PluginError result = Try([&](oktasync_error* err) { return api_.stop(instance_, timeout_ns, err); });
  if (result.ok()) stopped_ = true;
  return result;
}

PluginError Instance::Request(bool plan, uint64_t* run_id) {
  const auto slot = plan ? api_.plan : api_.sync_now;
  return Try([&](oktasync_error* err) { return slot(instance_, run_id, err); });
}

PluginError Instance::Status(std::string* json) {
  oktasync_buf buf{};
  PluginError result = Try([&](oktasync_error* err) { return api_.status(instance_, &buf, err); });
  json->clear();
  Append(buf, json);
  api_.buf_release(&buf);
  return result;
}

PluginError Instance::Approve(std::string_view digest, std::string_view plan, uint64_t* run_id) {
  if (!OKTASYNC_HAS_SLOT(oktasync_api, &api_, approve)) return NotThere("approve held sets");
  return Try([&](oktasync_error* err) {
    return api_.approve(instance_, Borrow(digest), Borrow(plan), run_id, err);
  });
}

PluginError Instance::Explain(std::string_view who, std::string* json) {
  if (!OKTASYNC_HAS_SLOT(oktasync_api, &api_, explain)) return NotThere("explain a person");
  oktasync_buf buf{};
  PluginError result =
      Try([&](oktasync_error* err) { return api_.explain(instance_, Borrow(who), &buf, err); });
  json->clear();
  Append(buf, json);
  api_.buf_release(&buf);
  return result;
}

PluginError Instance::Report(uint64_t run_id, Document* document) {
  *document = {};
  auto piece = std::make_unique<oktasync_buf>();
  uint64_t total = 0;
  // The whole at once: the plugin hands out what it has rendered, without a copy.
  PluginError result = Try([&](oktasync_error* err) {
    return api_.report(instance_, run_id, 0, UINT64_MAX, piece.get(), &total, err);
  });
  if (!result.ok()) return result;
  const std::string_view text(reinterpret_cast<const char*>(piece->data), piece->len);
  const auto release = api_.buf_release;
  const std::shared_ptr<const void> owner(piece.release(), [release](oktasync_buf* buf) {
    release(buf);
    delete buf;
  });
  if (text.size() == total) {
    *document = {owner, text};
    return result;
  }
  std::string whole(text);
  while (whole.size() < total) {
    oktasync_buf more{};
    result = Try([&](oktasync_error* err) {
      return api_.report(instance_, run_id, whole.size(), UINT64_MAX, &more, &total, err);
    });
    if (!result.ok()) return result;
    const bool empty = more.len == 0;
    Append(more, &whole);
    api_.buf_release(&more);
    if (empty && whole.size() < total) {
      return {OKTASYNC_DATA_LOSS, 0, "the plugin's report ended before its end"};
    }
  }
  *document = OwnedDocument(std::move(whole));
  return result;
}

PluginError Instance::IdentityChanged() {
  return Try([&](oktasync_error* err) { return api_.identity_changed(instance_, err); });
}

}  // namespace oktasync::host
