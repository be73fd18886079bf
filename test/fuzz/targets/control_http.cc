// The control socket: bytes of whoever may connect, as one request. Answered as HTTP with JSON, or not at all.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "check.h"
#include "control_server.h"
#include "nlohmann/json.hpp"

namespace {

namespace host = oktasync::host;

// Answers everything, and is asked nothing that the plugin would have to refuse.
class Willing final : public host::Operations {
 public:
  host::PluginError Status(std::string* json) override {
    *json = R"({"state":"running","last_run":{"run_id":7}})";
    return {};
  }
  host::PluginError Request(bool, uint64_t* run_id) override {
    *run_id = 7;
    return {};
  }
  host::PluginError Approve(std::string_view digest, std::string_view plan, uint64_t* run_id) override {
    FUZZ_CHECK(!digest.empty() || !plan.empty());
    FUZZ_CHECK(oktasync::IsUtf8(digest));
    FUZZ_CHECK(plan.empty() || oktasync::ParseJson(plan).ok());
    *run_id = 8;
    return {};
  }
  host::PluginError Explain(std::string_view who, std::string* json) override {
    FUZZ_CHECK(!who.empty() && who.size() <= 1024 && oktasync::IsUtf8(who));
    *json = R"({"decision":"none"})";
    return {};
  }
  host::PluginError Report(uint64_t run_id, host::Document* document) override {
    FUZZ_CHECK(run_id != 0);
    *document = host::OwnedDocument(R"({"people":[],"counts":{}})");
    return {};
  }
};

struct Daemon {
  Daemon() {
    char folder[] = "/tmp/oktasync-fuzz-XXXXXX";
    FUZZ_CHECK(::mkdtemp(folder) != nullptr);
    path = std::string(folder) + "/s";
    auto socket = host::ControlSocket::Listen(path);
    FUZZ_CHECK(socket.ok());
    host::ServerOptions options;
    options.workers = 1;
    auto started = host::ControlServer::Start(
        *std::move(socket), operations, {1, "0.1.0", "/etc/oktasync.yaml", "0123456789abcdef"}, options);
    FUZZ_CHECK(started.ok());
    server = *std::move(started);
  }
  ~Daemon() {
    server.reset();
    ::unlink((path + ".lock").c_str());
    ::rmdir(path.substr(0, path.rfind('/')).c_str());
  }
  Willing operations;
  std::string path;
  std::unique_ptr<host::ControlServer> server;
};

std::string Ask(const std::string& path, std::string_view bytes) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  FUZZ_CHECK(fd >= 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  FUZZ_CHECK(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  // It may have heard enough before all is sent.
  [[maybe_unused]] const ssize_t sent =
      TEMP_FAILURE_RETRY(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  ::shutdown(fd, SHUT_WR);
  std::string answer;
  char buffer[4096];
  // libFuzzer's timer interrupts it now and then.
  for (ssize_t got; (got = TEMP_FAILURE_RETRY(::read(fd, buffer, sizeof(buffer)))) > 0;)
    answer.append(buffer, static_cast<size_t>(got));
  ::close(fd);
  return answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Daemon daemon;  // destroyed at the end, for its folder
  const std::string_view bytes = oktasync::fuzz::View(data, size);
  std::string answer = Ask(daemon.path, bytes);
  // To who asks whether to go on: yes, and then the answer.
  if (answer.rfind("HTTP/1.1 100", 0) == 0) answer.erase(0, answer.find("\r\n\r\n") + 4);
  if (answer.empty()) return 0;
  FUZZ_CHECK(answer.rfind("HTTP/1.", 0) == 0);
  const int status = std::atoi(answer.substr(answer.find(' ') + 1, 3).c_str());
  FUZZ_CHECK(status == 200 || status >= 400);
  const size_t body = answer.find("\r\n\r\n");
  FUZZ_CHECK(body != std::string::npos);
  // HEAD is answered without a body; the server takes the method from behind blanks, too. And who asks for it gets the
  // body compressed.
  const std::string_view method = oktasync::Trim(bytes.substr(0, bytes.find('\n')));
  if (method.starts_with("HEAD") || answer.find("Content-Encoding:") < body) return 0;
  const auto json = oktasync::ParseJson(answer.substr(body + 4));
  FUZZ_CHECK(json.ok() && json->is_object());
  FUZZ_CHECK(json->contains("error") == (status != 200));
  return 0;
}
