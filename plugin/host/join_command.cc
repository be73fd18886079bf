// `oktasync join`: a token and the configuration in, an identity file out.
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/fd.h"
#include "base/file.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/status.h"
#include "base/text.h"
#include "commands.h"
#include "interruptible.h"
#include "nlohmann/json.hpp"
#include "session.h"
#include "tell.h"

namespace oktasync::host {
namespace {

constexpr char kVariable[] = "OKTASYNC_JOIN_TOKEN";
constexpr size_t kMaxTokenFile = 4096;
constexpr JsonLimits kAnswerLimits{size_t{1} << 16, 4};

absl::Status Unusable(std::string_view what) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition, what);
}

// Whatever comes until its end; a signal ends it too.
absl::StatusOr<Secret> ReadAll(int fd, const std::string& name, Signals& signals) {
  std::string text(kMaxTokenFile, '\0');  // in its final place, so that no copy is left behind
  size_t got = 0;
  for (;;) {
    pollfd ready{fd, POLLIN, 0};
    while (::poll(&ready, 1, 0) == 0) {
      if (AsksToStop(signals.Wait(absl::Seconds(1), fd))) {
        return MakeStatus(absl::StatusCode::kCancelled, "stopped while reading the join token");
      }
    }
    const ssize_t n = ::read(fd, text.data() + got, text.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Unusable(name + " cannot be read: " + ErrnoText(errno));
    if (n == 0) break;
    got += static_cast<size_t>(n);
    if (got == text.size())
      return Unusable(name + " is longer than any join token; it should hold the token alone");
  }
  text.resize(got);
  return Secret(std::move(text));
}

absl::StatusOr<Secret> ReadToken(const Options& options, Signals& signals) {
  if (options.token_file == "-") return ReadAll(STDIN_FILENO, "standard input", signals);
  if (options.token_file.empty()) {
    const char* value = std::getenv(kVariable);
    if (value != nullptr && *value != '\0') return Secret(value);
    return Unusable(
        std::string("there is no join token: give --token-file FILE (- for standard input), or set ") +
        kVariable + "; `tctl tokens add --type=okta` makes one");
  }
  const std::string name = "the token file " + Escape(options.token_file, 256);
  const UniqueFd fd(::open(options.token_file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd.valid()) {
    const int error = errno;
    // Not repeated: it may well be the token.
    if (error == ENOENT && options.token_file.find('/') == std::string::npos) {
      return Unusable(
          "there is no file of the name that --token-file gives, in this folder. Is it the join token "
          "itself? Write "
          "that into a file of mode 0600, or give --token-file - and the token on standard input");
    }
    return Unusable(name + " cannot be opened: " + ErrnoText(error));
  }
  struct stat facts = {};
  if (::fstat(fd.get(), &facts) != 0) return Unusable(name + " cannot be examined: " + ErrnoText(errno));
  if (S_ISREG(facts.st_mode)) {  // a pipe of the shell's may come as it is
    const std::string others = UsableByOthers(facts, options.token_file);
    if (!others.empty()) return Unusable(name + " " + others);
  }
  return ReadAll(fd.get(), name, signals);
}

void Show(const Desk& desk, const nlohmann::json& joined) {
  if (desk.options.json) {
    desk.screen.Out(DumpJson(joined) + "\n");
    return;
  }
  const auto text = [&](const char* key) { return Escape(JsonString(joined, key), 512); };
  desk.screen.Out("Joined the cluster " + text("cluster") + " as host " + text("host_id") + ", role " +
                  text("role") + ", valid until " + text("valid_until") + ".\n" + "The identity is in " +
                  text("file") + "; every run renews it in time.\n" + "Next: oktasync plan --config " +
                  Escape(desk.options.config_file, 512) + "\n");
}

}  // namespace

int Join(const Desk& desk) {
  Session session(desk.options, desk.screen, desk.log);
  if (const int code = session.Prepare(); code >= 0) return code;
  absl::StatusOr<Secret> token = ReadToken(desk.options, desk.signals);
  if (!token.ok()) {
    Tell(desk.screen, Message(token.status()));
    return token.status().code() == absl::StatusCode::kCancelled ? kExitInterrupted : kExitUsage;
  }
  const int stop = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  PluginError error;
  std::string text;
  const JoinOrder order{*std::move(token), desk.options.ca_pins, desk.options.proxy_ca_file,
                        desk.options.force, stop};
  const bool whole = RunInterruptibly(
      desk.signals, [&] { error = session.library().Join(session.config().json, order, &text); },
      [&] {
        const uint64_t one = 1;
        [[maybe_unused]] const ssize_t n = ::write(stop, &one, sizeof(one));
      });
  if (stop >= 0) ::close(stop);
  if (!error.ok()) {
    Tell(desk.screen, "the cluster was not joined", error);
    if (!whole || error.code == OKTASYNC_CANCELLED) return kExitInterrupted;
    return error.config() || error.code == OKTASYNC_ALREADY_EXISTS || error.code == OKTASYNC_INVALID_ARGUMENT
               ? kExitUsage
               : kExitFailed;
  }
  const absl::StatusOr<nlohmann::json> joined = ParseJson(text, kAnswerLimits);
  if (!joined.ok() || !joined->is_object()) {
    Tell(desk.screen, "the plugin does not say whom it joined as");
    return kExitFailed;
  }
  Show(desk, *joined);
  return kExitDone;
}

}  // namespace oktasync::host
