#include "http2_server.h"

#include <cstdint>

namespace oktasync::http_test {
namespace {

// RFC 9113 section 6.
constexpr uint8_t kData = 0, kHeaders = 1, kRstStream = 3, kSettings = 4, kPing = 6, kGoAway = 7;
constexpr uint8_t kEndStream = 1, kEndHeaders = 4, kAck = 1;

std::string Number(uint32_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>((value >> (8 * i)) & 0xFFu);
  return out;
}

std::string Frame(uint8_t type, uint8_t flags, uint32_t stream, const std::string& payload) {
  return Number(static_cast<uint32_t>(payload.size()), 3) + static_cast<char>(type) +
         static_cast<char>(flags) + Number(stream, 4) + payload;
}

// RFC 7541: ":status: 200" from the static table, then a literal with a name of its own.
std::string HeaderBlock() {
  const auto text = [](const std::string& value) { return static_cast<char>(value.size()) + value; };
  return "\x88" + std::string(1, '\0') + text("link") + text("<n>; rel=next");
}

}  // namespace

Http2Server::Http2Server(std::shared_ptr<const Leaf> leaf, Manner manner)
    : manner_(manner), server_(std::move(leaf), [this](Conn& conn) { Talk(conn); }, {.http2 = true}) {}

void Http2Server::Talk(Conn& conn) {
  static const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  if (conn.alpn() != "h2" || conn.Read(kPreface.size()) != kPreface) return;
  conn.Write(Frame(kSettings, 0, 0, ""));
  while (const auto head = conn.Read(9)) {
    const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>((*head)[i])); };
    const auto payload = conn.Read((byte(0) << 16) | (byte(1) << 8) | byte(2));
    if (!payload) return;
    const uint32_t stream = (byte(5) << 24) | (byte(6) << 16) | (byte(7) << 8) | byte(8);
    if (byte(3) == kSettings && (byte(4) & kAck) == 0) conn.Write(Frame(kSettings, kAck, 0, ""));
    if (byte(3) == kPing && (byte(4) & kAck) == 0) conn.Write(Frame(kPing, kAck, 0, *payload));
    if (byte(3) != kHeaders) continue;
    ++requests_;
    switch (manner_) {
      case Manner::kAnswer:
        conn.Write(Frame(kHeaders, kEndHeaders, stream, HeaderBlock()) +
                   Frame(kData, kEndStream, stream, "over h2"));
        break;
      case Manner::kResetStream:
        conn.Write(Frame(kRstStream, 0, stream, Number(2, 4)));  // INTERNAL_ERROR
        break;
      case Manner::kGoAway:
        conn.Write(Frame(kGoAway, 0, 0, Number(stream, 4) + Number(2, 4)));
        return;
      case Manner::kCutBody:
        conn.Write(Frame(kHeaders, kEndHeaders, stream, HeaderBlock()) + Frame(kData, 0, stream, "over"));
        return;
    }
  }
}

}  // namespace oktasync::http_test
