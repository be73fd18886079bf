#include "teleport/connection.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "base/thread.h"
#include "teleport/errors.h"
#include "teleport/stubs.h"

namespace oktasync::teleport {
namespace {

// Whom the server sees on a connection that the host secured.
constexpr char kSecuredByHost[] = "the host's own identity";

constexpr absl::Duration kFirstWait = absl::Milliseconds(100);
constexpr absl::Duration kLongestWait = absl::Seconds(5);

}  // namespace

absl::Duration Backoff(int failures, double unit) {
  if (failures <= 0) return absl::ZeroDuration();
  const int doublings = std::min(failures - 1, 10);
  const absl::Duration full = std::min(kFirstWait * (int64_t{1} << doublings), kLongestWait);
  return full * (0.5 + unit / 2);
}

Connection::Connection(const ClientOptions& options, const Clock& clock, LogSink& log, const SendGate& gate)
    : options_(options), clock_(clock), log_(log), gate_(gate) {}

absl::StatusOr<std::shared_ptr<Link>> Connection::Get(Cancel& cancel) {
  // Wakes us out of the wait below. Must outlive every hold of the lock that its callback takes.
  Cancel::Registration wake(cancel, [this] {
    std::lock_guard lock(mutex_);
    changed_.notify_all();
  });
  std::shared_ptr<Link> dead;  // dropped without the lock: it joins a thread
  std::unique_lock lock(mutex_);
  while (true) {
    if (link_ != nullptr && !link_->tunnel->closed()) return link_;
    if (link_ != nullptr) {
      dead = Drop();
      lock.unlock();
      dead.reset();
      lock.lock();
      continue;
    }
    if (!connecting_) {
      OKTASYNC_RETURN_IF_ERROR(ConnectOnce(lock, cancel));
      if (link_ == nullptr || !link_->tunnel->closed()) continue;
      // It ended before anybody used it: that was our attempt.
      const absl::Status end = link_->tunnel->end();
      dead = Drop();
      lock.unlock();
      return end;
    }
    const uint64_t seen = attempts_;
    while (attempts_ == seen && !cancel.requested()) changed_.wait(lock);
    if (cancel.requested()) return cancel.Check("waiting for the connection to " + Escape(options_.address));
    // Its failure is ours too, unless it only failed because its caller was stopped.
    if (!last_attempt_.ok() && last_attempt_.code() != absl::StatusCode::kCancelled) return last_attempt_;
  }
}

absl::Status Connection::ConnectOnce(std::unique_lock<std::mutex>& lock, Cancel& cancel) {
  connecting_ = true;
  const Deadline begin = next_attempt_;
  const uint64_t epoch = identity_epoch_;
  lock.unlock();
  absl::StatusOr<std::shared_ptr<Link>> made;
  try {
    made = cancel.SleepFor(begin.left())
               ? Connect(cancel)
               : MakeStatus(absl::StatusCode::kCancelled,
                            "stopped while waiting to connect to " + Escape(options_.address));
  } catch (...) {
    // Whoever waits for this attempt tries it himself; the exception is its maker's.
    lock.lock();
    connecting_ = false;
    ++attempts_;
    last_attempt_ = absl::CancelledError("");
    changed_.notify_all();
    throw;
  }
  lock.lock();
  connecting_ = false;
  ++attempts_;
  last_attempt_ = made.status();
  if (!made.ok() && made.status().code() != absl::StatusCode::kCancelled) CountFailure();
  // One that was made with an identity that is no longer the present one is not used.
  if (made.ok() && epoch == identity_epoch_) link_ = *std::move(made);
  changed_.notify_all();
  if (link_ == nullptr && made.ok()) {
    lock.unlock();
    made->reset();
    lock.lock();
  }
  return last_attempt_;
}

absl::StatusOr<std::shared_ptr<Link>> Connection::Connect(Cancel& cancel) {
  if (gate_.Closed()) {
    return MakeStatus(absl::StatusCode::kAborted,
                      "no new connection to the auth server: the lease has run out, and nothing may be sent "
                      "before it is taken anew");
  }
  TunnelOptions tunnel_options;
  tunnel_options.address = options_.address;
  tunnel_options.alpn = options_.alpn;
  tunnel_options.connect_timeout = options_.connect_timeout;
  tunnel_options.proxy_environment = options_.proxy_environment;
  UniqueFd dialled;
  if (options_.dial != nullptr) {
    auto stream = options_.dial(options_.address, cancel);
    if (!stream.ok()) return Annotate(stream.status(), "connecting to " + Escape(options_.address));
    if (stream->secured) {
      return LinkOf(Tunnel::OverSecured(options_.address, stream->fd, clock_, gate_), kSecuredByHost);
    }
    dialled = UniqueFd(stream->fd);
    tunnel_options.dial = [&](const std::string&, Cancel&) -> absl::StatusOr<Dialled> {
      return Dialled(dialled.Release());
    };
  }
  if (options_.identity == nullptr) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "the host dialled a connection without TLS and hands over no identity for it; name the "
                      "files of one (teleport.identity), or let the host secure its connections");
  }
  auto identity = options_.identity();
  if (!identity.ok()) return Annotate(identity.status(), "the identity towards Teleport");
  auto facts = Inspect(*identity);
  if (!facts.ok()) return Annotate(facts.status(), "the identity towards Teleport");
  if (!HoldsOktaRole(*facts)) return WrongRole(*facts);
  if (options_.proxy) tunnel_options.alpn = ProxyAlpn(facts->cluster);
  return LinkOf(Tunnel::Open(tunnel_options, *identity, *facts, clock_, gate_, cancel),
                DescribeIdentity(*facts));
}

absl::StatusOr<std::shared_ptr<Link>> Connection::LinkOf(absl::StatusOr<std::shared_ptr<Tunnel>> tunnel,
                                                         const std::string& who) {
  if (!tunnel.ok()) return tunnel.status();
  auto link = std::make_shared<Link>();
  {
    SignalsBlocked blocked;
    link->stubs = std::make_shared<Stubs>((*tunnel)->channel());
  }
  link->tunnel = *std::move(tunnel);
  link->who = Escape(who);
  log_.Write(LogLevel::kInfo, "teleport", "connected to the auth server",
             {{"address", options_.address}, {"identity", who}});
  return link;
}

void Connection::CountFailure() {
  ++failures_;
  next_attempt_ = Deadline::After(Backoff(failures_, RandomUnit()));
}

std::shared_ptr<Link> Connection::Drop() {
  if (link_->proved) {
    failures_ = 0;
  } else {
    CountFailure();  // a server that hangs up at once is as good as one that is not there
  }
  return std::exchange(link_, nullptr);
}

void Connection::Retire(const std::shared_ptr<Link>& link) {
  std::shared_ptr<Link> dead;  // outlives the lock
  std::lock_guard lock(mutex_);
  if (link_ == link) dead = Drop();
}

void Connection::Renew() {
  std::shared_ptr<Link> dead;  // outlives the lock
  std::lock_guard lock(mutex_);
  ++identity_epoch_;
  failures_ = 0;
  next_attempt_ = Deadline::After(absl::ZeroDuration());
  dead = std::exchange(link_, nullptr);
}

}  // namespace oktasync::teleport
