#include "teleport/resolve.h"

#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>

#include "base/status.h"
#include "base/text.h"
#include "base/thread.h"

namespace oktasync::teleport {
namespace {

constexpr size_t kMaxHanging = 8;

// Shared by the waiting caller and the lookup's thread, whichever lives longer.
struct Lookup {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  bool stopped = false;
  int error = 0;
  int system_error = 0;
  std::vector<SocketAddress> addresses;
};

// Lookups that nobody waits for any more. Never destroyed: one may still hang when the process ends.
struct Hanging {
  std::mutex mutex;
  std::vector<std::pair<std::shared_ptr<Lookup>, Thread>> lookups;

  // Joins what has ended; how many are left.
  size_t Sweep() {
    std::lock_guard lock(mutex);
    std::erase_if(lookups, [](const auto& item) {
      std::lock_guard item_lock(item.first->mutex);
      return item.first->done;  // its thread has nothing left to do, so joining is quick
    });
    return lookups.size();
  }
};

Hanging& TheHanging() {
  static Hanging& hanging = *new Hanging;
  return hanging;
}

void Run(Lookup& state, const std::string& host, const std::string& port, const LookupFunction& lookup) {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = lookup(host.c_str(), port.c_str(), &hints, &list);
  const int system_error = errno;
  std::vector<SocketAddress> addresses;
  for (const addrinfo* item = error == 0 ? list : nullptr; item != nullptr; item = item->ai_next) {
    if (item->ai_addrlen > sizeof(sockaddr_storage)) continue;
    SocketAddress& address = addresses.emplace_back();
    std::memcpy(&address.storage, item->ai_addr, item->ai_addrlen);
    address.size = item->ai_addrlen;
  }
  if (error == 0 && list != nullptr) freeaddrinfo(list);
  std::lock_guard lock(state.mutex);
  state.error = error;
  state.system_error = system_error;
  state.addresses = std::move(addresses);
  state.done = true;
  state.changed.notify_all();
}

}  // namespace

std::string SocketAddress::Text() const {
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  const auto* address = reinterpret_cast<const sockaddr*>(&storage);
  if (getnameinfo(address, size, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) !=
      0) {
    return "?";
  }
  return family() == AF_INET6 ? "[" + std::string(host) + "]:" + port : std::string(host) + ":" + port;
}

absl::StatusOr<std::pair<std::string, std::string>> SplitAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon == std::string::npos ? 0 : colon);
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    host.clear();  // an IPv6 address without brackets: its last part is no port
  }
  const bool digits =
      !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  if (host.empty() || !digits || std::stoi(port) == 0 || std::stoi(port) > 65535 ||
      host.find('\0') != std::string::npos) {
    return MakeStatus(absl::StatusCode::kInvalidArgument,
                      "\"" + Escape(address) + "\" is not an address; write host:port, or [IPv6]:port");
  }
  return std::pair(std::move(host), port);
}

absl::StatusOr<std::vector<SocketAddress>> Resolve(const std::string& host, const std::string& port,
                                                   const Deadline& deadline, Cancel& cancel,
                                                   LookupFunction lookup) {
  OKTASYNC_RETURN_IF_ERROR(cancel.Check("looking up " + Escape(host)));
  if (TheHanging().Sweep() >= kMaxHanging) {
    return MakeStatus(absl::StatusCode::kResourceExhausted,
                      "the machine's name resolver does not answer: " + std::to_string(kMaxHanging) +
                          " earlier lookups still hang; check /etc/resolv.conf");
  }
  auto state = std::make_shared<Lookup>();
  auto thread = Thread::Start(
      "teleport-dns", [state, host, port, lookup = std::move(lookup)] { Run(*state, host, port, lookup); },
      [state](const std::string&) {
        std::lock_guard lock(state->mutex);
        state->error = EAI_MEMORY;
        state->done = true;
        state->changed.notify_all();
      });
  if (!thread.ok()) return thread.status();
  {
    Cancel::Registration stop(cancel, [state] {
      std::lock_guard lock(state->mutex);
      state->stopped = true;
      state->changed.notify_all();
    });
    std::unique_lock lock(state->mutex);
    state->changed.wait_for(lock, absl::ToChronoNanoseconds(deadline.left()),
                            [&] { return state->done || state->stopped; });
    lock.unlock();  // before `stop` goes: its callback takes this lock
  }
  std::unique_lock lock(state->mutex);
  if (!state->done) {
    lock.unlock();
    std::lock_guard hanging_lock(TheHanging().mutex);
    TheHanging().lookups.emplace_back(state, *std::move(thread));
    OKTASYNC_RETURN_IF_ERROR(cancel.Check("looking up " + Escape(host)));
    return MakeStatus(absl::StatusCode::kUnavailable,
                      "the name resolver gave no answer for " + Escape(host) + " in time; check DNS");
  }
  if (state->error != 0) {
    const std::string why =
        state->error == EAI_SYSTEM ? ErrnoText(state->system_error) : std::string(gai_strerror(state->error));
    return MakeStatus(absl::StatusCode::kUnavailable,
                      "the name " + Escape(host) + " was not found: " + why + "; check the address and DNS");
  }
  if (state->addresses.empty()) {
    return MakeStatus(absl::StatusCode::kUnavailable, "the name " + Escape(host) + " has no address");
  }
  return std::move(state->addresses);
}

}  // namespace oktasync::teleport
