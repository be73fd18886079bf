#include "base/text.h"

#include <catch2/catch.hpp>

#include <set>
#include <string>

namespace oktasync {
namespace {

std::string Utf8(uint32_t c) {
  std::string out;
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 63));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 63));
    out += static_cast<char>(0x80 | (c & 63));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 63));
    out += static_cast<char>(0x80 | ((c >> 6) & 63));
    out += static_cast<char>(0x80 | (c & 63));
  }
  return out;
}

TEST_CASE("bad day: escape sequences from outside do not reach a terminal") {
  CHECK(Escape("\x1b[2J\x1b]0;owned\x07") == "\\x1b[2J\\x1b]0;owned\\x07");
  CHECK(Escape("a\r\nb\tc") == "a\\x0d\\nb\\tc");
  CHECK(Escape(std::string_view("\0\x7f", 2)) == "\\x00\\x7f");
  CHECK(Escape("\xC2\x9B"
               "31m") == "\\u{9b}31m");  // C1's CSI
  for (int byte = 0; byte < 0x20; ++byte) {
    const std::string out = Escape(std::string(1, static_cast<char>(byte)));
    CHECK(out.size() >= 2);
    CHECK(out[0] == '\\');
  }
}

TEST_CASE("bad day: characters that turn, hide or join text are shown by number") {
  for (uint32_t c :
       {0x61Cu,  0x200Eu, 0x200Fu, 0x202Au, 0x202Bu, 0x202Cu, 0x202Du,  0x202Eu, 0x2066u, 0x2067u, 0x2068u,
        0x2069u,                                                                           // bidirectional
        0xADu,   0x200Bu, 0x200Cu, 0x200Du, 0x2060u, 0xFEFFu, 0xE0041u, 0x180Eu, 0x3164u,  // invisible
        0x2028u, 0x2029u, 0x85u}) {                                                        // line ends
    char expected[16];
    std::snprintf(expected, sizeof(expected), "\\u{%x}", c);
    CHECK(Escape("a" + Utf8(c) + "b") == "a" + std::string(expected) + "b");
  }
}

TEST_CASE("names in many scripts pass as they are") {
  for (const char* name :
       {"Zoë Müller", "Łukasz Żółć", "山田太郎", "Владимир", "علي", "दीपिका", "김민준", "😀"}) {
    CHECK(Escape(name) == name);
  }
}

TEST_CASE("broken UTF-8 is shown byte by byte") {
  CHECK(Escape("a\xFFz") == "a\\xffz");
  CHECK(Escape("\xC3") == "\\xc3");
  CHECK(Escape("\xC0\xAF") == "\\xc0\\xaf");           // overlong
  CHECK(Escape("\xED\xA0\x80") == "\\xed\\xa0\\x80");  // surrogate
  CHECK(Escape("\xF4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
}

TEST_CASE("escaped text is cut") {
  CHECK(Escape("abcdef", 3) == "abc…");
  CHECK(Escape("abc", 3) == "abc");
  CHECK(Escape(std::string(1 << 20, 'x')).size() < 600);
  CHECK(Escape("", 0).empty());
}

TEST_CASE("UTF-8 is told from what is not") {
  for (const char* good : {"", "a", "é", "€", "😀", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    CHECK(IsUtf8(good));
  }
  for (const char* bad :
       {"\x80", "\xC3", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE2\x82", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "a\xFE", "\xFF"}) {
    CHECK_FALSE(IsUtf8(bad));
  }
}

TEST_CASE("case is folded in ASCII alone") {
  CHECK(FoldCase("AdA@Example.COM") == "ada@example.com");
  CHECK(FoldCase("ÉA") == "Éa");
  CHECK(EqualsIgnoreCase("Ada", "aDA"));
  CHECK_FALSE(EqualsIgnoreCase("Ada", "Adaa"));
  CHECK_FALSE(EqualsIgnoreCase("a", "b"));
  // The bit that tells cases apart in letters tells other characters apart elsewhere.
  CHECK_FALSE(EqualsIgnoreCase("@", "`"));
  CHECK_FALSE(EqualsIgnoreCase("[", "{"));
}

TEST_CASE("ASCII's control characters are found, blanks at both ends taken off") {
  for (char c : {'\0', '\x01', '\t', '\n', '\x1f', '\x7f'}) CHECK(HasControl(std::string("a") + c + "b"));
  for (const char* good : {"", " a~", "é", "\xff"}) CHECK_FALSE(HasControl(good));
  CHECK(Trim(" \ta b\r\n") == "a b");
  CHECK(Trim("\ta ", " ") == "\ta");
  CHECK(Trim(" \n ").empty());
  CHECK(Trim("").empty());
}

TEST_CASE("base64url of RFC 4648, without padding") {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"}};
  for (const auto& [bytes, text] : vectors) {
    CHECK(Base64Url(bytes) == text);
    CHECK(FromBase64Url(text) == std::string(bytes));
  }
  for (const char* bad : {"Zg==", "Z", "Zh", "Zm9", "Zm9v Yg", "+/+/", "Zm9vY", "Z\n"}) {
    INFO(bad);
    CHECK_FALSE(FromBase64Url(bad).has_value());
  }
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (size_t length = 0; length < all.size(); ++length) {
    CHECK(FromBase64Url(Base64Url(all.substr(0, length))) == all.substr(0, length));
  }
}

TEST_CASE("hex and SHA-256") {
  CHECK(Hex(std::string_view("\x00\x0f\xff", 3)) == "000fff");
  CHECK(Hex(Sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Hex(Sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("random texts have their form and do not repeat") {
  std::set<std::string> uuids, hexes;
  for (int i = 0; i < 200; ++i) {
    const std::string uuid = RandomUuid();
    REQUIRE(uuid.size() == 36);
    CHECK_THAT(uuid, Catch::Matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    uuids.insert(uuid);
    hexes.insert(RandomHex(16));
    CHECK(RandomHex(5).size() == 10);
    const double unit = RandomUnit();
    CHECK(unit >= 0.0);
    CHECK(unit < 1.0);
  }
  CHECK(uuids.size() == 200);
  CHECK(hexes.size() == 200);
}

}  // namespace
}  // namespace oktasync
