// Moves bytes between gRPC's end of a socketpair and a TLS stream until either side ends.
//
// Used by tunnel.cc, which runs it on a thread of its own. Memory is two fixed buffers: a side that does not
// read makes the other side wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "teleport/fd.h"
#include "teleport/send_gate.h"
#include "teleport/tls.h"

namespace oktasync::teleport {

// How it ended.
struct PumpEnd {
  enum class By { kStop, kApp, kPeer, kGate } by = By::kStop;
  TlsFailure failure;      // kPeer
  uint64_t from_peer = 0;  // decrypted bytes
};

// A fixed buffer that is filled behind and emptied in front.
class PumpBuffer {
 public:
  static constexpr size_t kCapacity = 64 * 1024;
  PumpBuffer() : bytes_(new char[kCapacity]) {}

  bool empty() const { return begin_ == end_; }
  size_t size() const { return end_ - begin_; }
  const char* data() const { return bytes_.get() + begin_; }
  void Drop(size_t n);
  // Room behind the bytes; moves them to the front when that is short.
  char* Room(size_t* room);
  void Added(size_t n) { end_ += n; }

 private:
  std::unique_ptr<char[]> bytes_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

class Pump {
 public:
  // `app` is a non-blocking stream socket. All must outlive the pump; it closes none of them.
  // A pass of its own never ends: nothing is held back.
  Pump(int app, TlsStream& tls, const Waker& stop, SendGate::Pass pass = {})
      : app_(app), tls_(tls), stop_(stop), pass_(pass) {}

  // Blocks until stopped or ended. What the peer sent before its end has then been handed to the app's side,
  // and the other way round, unless it was stopped.
  PumpEnd Run();

 private:
  // What a direction waits for before it can go on; kNothing: try.
  enum class Wait { kNothing, kRead, kWrite };

  bool ReadApp();
  bool WriteTls();
  bool ReadTls();
  bool WriteApp();
  // False when stopped.
  bool WaitForEvents();
  bool Stopped() const;
  static Wait WaitOf(TlsStream::Outcome outcome);

  int app_;
  TlsStream& tls_;
  const Waker& stop_;
  const SendGate::Pass pass_;
  bool gate_closed_ = false;
  PumpBuffer up_;              // app to peer
  PumpBuffer down_;            // peer to app
  bool app_ended_ = false;     // gRPC closed its end
  bool app_broken_ = false;    // and takes nothing any more
  bool write_broken_ = false;  // the peer takes nothing any more
  bool peer_ended_ = false;
  bool app_readable_ = true;
  bool app_writable_ = true;
  Wait tls_read_ = Wait::kNothing;
  Wait tls_write_ = Wait::kNothing;
  PumpEnd end_;
};

}  // namespace oktasync::teleport
