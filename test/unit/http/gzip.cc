#include "gzip.h"

#include <cstdint>

namespace oktasync::http_test {
namespace {

constexpr char kHeader[] = "\x1f\x8b\x08\0\0\0\0\0\0\xff";

std::string LittleEndian(uint32_t number, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((number >> (8 * i)) & 0xFFu);
  return out;
}

uint32_t Crc32(uint32_t crc, uint8_t byte) {
  crc ^= byte;
  for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xEDB88320u : 0u);
  return crc;
}

}  // namespace

std::string Gzip(std::string_view text) {
  uint32_t crc = 0xFFFFFFFFu;
  for (char c : text) crc = Crc32(crc, static_cast<uint8_t>(c));
  const auto size = static_cast<uint32_t>(text.size());
  return std::string(kHeader, 10) + '\x01' + LittleEndian(size, 2) + LittleEndian(~size, 2) +
         std::string(text) + LittleEndian(~crc, 4) + LittleEndian(size, 4);
}

std::string GzipBomb(size_t repeats) {
  std::string out(kHeader, 10);
  uint32_t bits = 0;
  int count = 0;
  // `value`, lowest bit first.
  const auto put = [&](uint32_t value, int width) {
    bits |= value << count;
    count += width;
    while (count >= 8) {
      out += static_cast<char>(bits & 0xFFu);
      bits >>= 8;
      count -= 8;
    }
  };
  put(1, 1);     // the last block
  put(1, 2);     // fixed Huffman codes
  put(0x0C, 8);  // literal 0: 00110000, highest bit first
  uint32_t crc = Crc32(0xFFFFFFFFu, 0);
  for (size_t i = 0; i < repeats; ++i) {
    put(0xA3, 8);  // length 258: 11000101, highest bit first
    put(0, 5);     // distance 1
    for (int j = 0; j < 258; ++j) crc = Crc32(crc, 0);
  }
  put(0, 7);  // end of block
  put(0, 7);  // to the byte's end
  return out + LittleEndian(~crc, 4) + LittleEndian(static_cast<uint32_t>(repeats * 258 + 1), 4);
}

}  // namespace oktasync::http_test
