#include "base/secret.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

namespace oktasync {
namespace {

// Short enough to live inside of a std::string, without a buffer on the heap.
constexpr char kShort[] = "hunter2-short";
const std::string kLong(200, 'S');

// A living object's own bytes.
bool HoldsInside(const Secret& secret, std::string_view text) {
  const std::string_view bytes(reinterpret_cast<const char*>(&secret), sizeof(secret));
  return bytes.find(text) != std::string_view::npos;
}

TEST_CASE("a secret is revealed only when asked, and has no other way out") {
  const Secret secret(kShort);
  CHECK(secret.Reveal() == kShort);
  CHECK_FALSE(secret.empty());
  CHECK(Secret().empty());
  CHECK_FALSE(std::is_convertible_v<Secret, std::string>);
  CHECK_FALSE(std::is_convertible_v<Secret, std::string_view>);
  CHECK_FALSE(std::is_convertible_v<std::string, Secret>);
}

TEST_CASE("invariant 15: a secret that is moved away leaves nothing behind") {
  Secret from{std::string(kShort)};
  REQUIRE(HoldsInside(from, kShort));
  Secret to(std::move(from));
  CHECK(to.Reveal() == kShort);
  CHECK(from.empty());  // NOLINT(bugprone-use-after-move): what is left is the question
  CHECK_FALSE(HoldsInside(from, kShort));

  Secret assigned;
  assigned = std::move(to);
  CHECK(assigned.Reveal() == kShort);
  CHECK_FALSE(HoldsInside(to, kShort));  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("invariant 15: a secret that is replaced is wiped first, to the end of its buffer") {
  Secret inside{std::string(kShort)};
  inside = Secret(std::string("x"));
  CHECK_FALSE(HoldsInside(inside, "short"));

  Secret secret(kLong);
  const char* buffer = secret.Reveal().data();
  const Secret other{std::string("tiny")};
  secret = other;
  REQUIRE(secret.Reveal().data() == buffer);  // the same buffer, so its rest can be looked at
  CHECK(secret.Reveal() == "tiny");
  CHECK(std::string_view(buffer, kLong.size()).find('S') == std::string_view::npos);
}

TEST_CASE("invariant 15: what an earlier, longer text left in the buffer is wiped too") {
  std::string text = kLong;
  text.resize(20);
  Secret secret(std::move(text));
  const char* buffer = secret.Reveal().data();
  REQUIRE(std::string_view(buffer, kLong.size()).find("SSS", 100) != std::string_view::npos);
  const Secret other{std::string("tiny")};
  secret = other;
  REQUIRE(secret.Reveal().data() == buffer);
  CHECK(std::string_view(buffer, kLong.size()).find('S') == std::string_view::npos);
}

TEST_CASE("invariant 15: a secret that is destroyed is wiped") {
  alignas(Secret) unsigned char place[sizeof(Secret)];
  auto* secret = new (place) Secret(std::string(kShort));
  REQUIRE(HoldsInside(*secret, kShort));
  secret->~Secret();
  asm volatile("" ::"r"(place) : "memory");  // the compiler may not assume what the bytes are now
  const std::string_view bytes(reinterpret_cast<const char*>(place), sizeof(place));
  CHECK(bytes.find("hunter2") == std::string_view::npos);
}

TEST_CASE("copies are secrets of their own, also of oneself") {
  Secret secret(kLong);
  const Secret copy(secret);
  Secret& same = secret;
  secret = same;
  CHECK(secret.Reveal() == kLong);
  secret = Secret();
  CHECK(secret.empty());
  CHECK(copy.Reveal() == kLong);
}

}  // namespace
}  // namespace oktasync
