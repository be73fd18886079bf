#include "playground/client.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "httplib.h"

namespace playground {
namespace {

constexpr std::chrono::seconds kStartTime(60);
constexpr int kStopSeconds = 10;

nlohmann::json Answer(const httplib::Result& result, const std::string& path) {
  if (!result) {
    throw PlaygroundError("the playground does not answer " + path + ": " +
                          httplib::to_string(result.error()));
  }
  auto body = nlohmann::json::parse(result->body, nullptr, false);
  if (body.is_discarded()) throw PlaygroundError("the playground's answer to " + path + " is not JSON");
  if (result->status != 200) {
    throw PlaygroundError(path + ": " +
                          (body.is_object() ? body.value("error", result->body) : result->body));
  }
  return body;
}

httplib::Client Connect(const std::string& url) {
  httplib::Client client(url);
  client.set_read_timeout(120);
  client.set_tcp_nodelay(true);
  return client;
}

}  // namespace

Client::Client(const std::string& program, const std::vector<std::string>& args) {
  int pipe_fds[2];
  if (::pipe2(pipe_fds, O_CLOEXEC) != 0) throw PlaygroundError(std::string("pipe: ") + std::strerror(errno));
  try {
    Launch(program, args, pipe_fds[1]);
    ::close(pipe_fds[1]);
    WaitUntilReady(pipe_fds[0]);
  } catch (...) {
    ::close(pipe_fds[0]);
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      WaitForEnd(kStopSeconds);
    }
    throw;
  }
  ::close(pipe_fds[0]);
  const auto names_dir = [](const std::string& arg) { return arg == "--dir" || arg.rfind("--dir=", 0) == 0; };
  if (std::none_of(args.begin(), args.end(), names_dir)) {
    made_dir_ = std::filesystem::path(Info("config_file")).parent_path().string();
  }
}

Client::~Client() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    WaitForEnd(kStopSeconds);
  }
  std::error_code ignored;
  if (!made_dir_.empty()) std::filesystem::remove_all(made_dir_, ignored);
}

void Client::Launch(const std::string& program, const std::vector<std::string>& args, int out) {
  std::vector<std::string> words = {program, "serve"};
  words.insert(words.end(), args.begin(), args.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw PlaygroundError(std::string("fork: ") + std::strerror(errno));
  if (pid_ == 0) {
    // Only what is safe after a fork of a process with threads.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(out, STDOUT_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
}

void Client::WaitUntilReady(int in) {
  const auto deadline = std::chrono::steady_clock::now() + kStartTime;
  std::string text;
  while (text.find("\nready\n") == std::string::npos) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wait{in, POLLIN, 0};
    const int polled = left.count() <= 0 ? 0 : ::poll(&wait, 1, static_cast<int>(left.count()));
    if (polled < 0 && errno == EINTR) continue;
    if (polled <= 0) throw PlaygroundError("the playground is not ready after a minute; it said: " + text);
    char buffer[4096];
    const ssize_t size = ::read(in, buffer, sizeof(buffer));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) throw PlaygroundError("the playground ended before it was ready; it said: " + text);
    text.append(buffer, static_cast<size_t>(size));
  }
  static constexpr const char* kKey = "\ncontrol_url: ";
  const size_t at = text.find(kKey);
  if (at == std::string::npos) throw PlaygroundError("the playground did not print its control_url: " + text);
  const size_t begin = at + std::strlen(kKey);
  control_url_ = text.substr(begin, text.find('\n', begin) - begin);
  info_ = Get("/info");
}

nlohmann::json Client::Post(const std::string& path, const nlohmann::json& args) const {
  return Answer(Connect(control_url_).Post(path, args.dump(), "application/json"), path);
}

nlohmann::json Client::Get(const std::string& path) const {
  return Answer(Connect(control_url_).Get(path), path);
}

nlohmann::json Client::Record(uint64_t after) const { return Get("/record?after=" + std::to_string(after)); }

uint64_t Client::RecordEnd() const { return Get("/record/end").at("seq").get<uint64_t>(); }

int Client::WaitForEnd(int seconds) {
  if (pid_ <= 0) return 0;
  // pidfd_open (Linux 5.3) gives something to wait on with a limit.
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (fd >= 0) {
    pollfd wait{fd, POLLIN, 0};
    const int polled = ::poll(&wait, 1, seconds * 1000);
    ::close(fd);
    if (polled == 0) ::kill(pid_, SIGKILL);
  }
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int Client::Stop() {
  if (pid_ <= 0) return 0;
  ::kill(pid_, SIGTERM);
  return WaitForEnd(kStopSeconds);
}

}  // namespace playground
