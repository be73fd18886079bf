// SipHash-2-4 with a result of 128 bits, over a stream of 64-bit words. For digest.cc alone.
//
// Why not SHA-256: a run digests every user twice, and this takes a tenth of the time. Why not a hash without
// a key: people choose parts of their own profiles, and could choose them so that a change goes unseen; with
// a key that nobody outside of this process knows they cannot.
//
// Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF"; the 128-bit variant is that of the
// reference implementation and of OpenSSL's EVP_MAC-Siphash. A value type; not thread-safe.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace oktasync::traits {

class SipHash128 {
 public:
  SipHash128(uint64_t key0, uint64_t key1)
      : v0_(0x736f6d6570736575u ^ key0),
        v1_(0x646f72616e646f6du ^ key1 ^ 0xeeu),
        v2_(0x6c7967656e657261u ^ key0),
        v3_(0x7465646279746573u ^ key1) {}

  void Word(uint64_t word) {
    v3_ ^= word;
    Round();
    Round();
    v0_ ^= word;
    ++words_;
  }

  // The length, then the bytes in little endian words, the last one filled up with zeros: the length says
  // where the text ends, so no two sequences of texts give the same words.
  void Text(std::string_view text) {
    Word(text.size());
    static_assert(std::endian::native == std::endian::little);
    while (text.size() >= 8) {
      uint64_t word;
      std::memcpy(&word, text.data(), 8);
      Word(word);
      text.remove_prefix(8);
    }
    if (!text.empty()) {
      uint64_t word = 0;
      std::memcpy(&word, text.data(), text.size());
      Word(word);
    }
  }

  // {first half, second half}; ends the stream.
  std::pair<uint64_t, uint64_t> Finish() {
    // The last block holds the length in bytes modulo 256 in its highest byte.
    const uint64_t last = (words_ * 8) << 56;
    v3_ ^= last;
    Round();
    Round();
    v0_ ^= last;
    v2_ ^= 0xeeu;
    for (int i = 0; i < 4; ++i) Round();
    const uint64_t first = v0_ ^ v1_ ^ v2_ ^ v3_;
    v1_ ^= 0xddu;
    for (int i = 0; i < 4; ++i) Round();
    return {first, v0_ ^ v1_ ^ v2_ ^ v3_};
  }

 private:
  void Round() {
    v0_ += v1_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v3_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v2_ = std::rotl(v2_, 32);
  }

  uint64_t v0_, v1_, v2_, v3_;
  uint64_t words_ = 0;
};

}  // namespace oktasync::traits
