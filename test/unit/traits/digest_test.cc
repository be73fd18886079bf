#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <catch2/catch.hpp>

#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "traits/mapper.h"
#include "traits/people.h"
#include "traits/siphash.h"

namespace oktasync::traits {
namespace {

using std::string_view_literals::operator""sv;

std::string OpenSslSipHash(const std::string& key, const std::string& message) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(EVP_MAC_fetch(nullptr, "SIPHASH", nullptr),
                                                              &EVP_MAC_free);
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(EVP_MAC_CTX_new(mac.get()),
                                                                          &EVP_MAC_CTX_free);
  unsigned int size = 16;
  OSSL_PARAM params[] = {OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end()};
  unsigned char out[16] = {};
  size_t written = 0;
  REQUIRE(EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(key.data()), key.size(),
                       params) == 1);
  REQUIRE(EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(message.data()),
                         message.size()) == 1);
  REQUIRE(EVP_MAC_final(context.get(), out, &written, sizeof(out)) == 1);
  REQUIRE(written == 16);
  return {reinterpret_cast<const char*>(out), 16};
}

TEST_CASE("the digest's hash is SipHash-2-4-128 as OpenSSL has it") {
  std::string key(16, '\0');
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(i);
  uint64_t words[2];
  std::memcpy(words, key.data(), 16);
  for (size_t length : {0u, 1u, 2u, 7u, 31u, 32u, 33u, 100u}) {
    SipHash128 ours(words[0], words[1]);
    std::string message;
    for (size_t i = 0; i < length; ++i) {
      const uint64_t word = 0x9e3779b97f4a7c15u * (i + 1);
      ours.Word(word);
      message.append(reinterpret_cast<const char*>(&word), 8);
    }
    const auto [first, second] = ours.Finish();
    std::string result(reinterpret_cast<const char*>(&first), 8);
    result.append(reinterpret_cast<const char*>(&second), 8);
    INFO(length);
    CHECK(result == OpenSslSipHash(key, message));
  }
}

TEST_CASE("texts cannot run into one another") {
  const auto hash = [](std::vector<std::string_view> texts) {
    SipHash128 sip(1, 2);
    for (std::string_view text : texts) sip.Text(text);
    return sip.Finish();
  };
  std::set<std::pair<uint64_t, uint64_t>> seen;
  const std::vector<std::vector<std::string_view>> all = {{},
                                                          {""},
                                                          {"", ""},
                                                          {"ab"},
                                                          {"a", "b"},
                                                          {"ab", ""},
                                                          {"", "ab"},
                                                          {"ab\0"sv},
                                                          {"ab\0\0"sv},
                                                          {"abcdefgh"},
                                                          {"abcdefgh", ""},
                                                          {"abcdefgh\0"sv},
                                                          {"abcdefg", "h"},
                                                          {"abcdefghi"}};
  for (const auto& texts : all) seen.insert(hash(texts));
  CHECK(seen.size() == all.size());
}

UserRecord With(void (*change)(UserRecord&)) {
  Person person;
  person.User("a", {"1"sv, "2"sv}).User("b", {"3"sv});
  UserRecord user = NewUser(MapOrDie(person, TestOptions()));
  change(user);
  return user;
}

TEST_CASE("R4: every part that we manage is in the digest") {
  const Digest base = DigestOf(With([](UserRecord&) {}));
  const std::vector<void (*)(UserRecord&)> changes = {
      [](UserRecord& u) {
        u.traits["okta/a"] = {"2", "1"};
      },
      [](UserRecord& u) { u.traits["okta/a"] = {"12"}; },
      [](UserRecord& u) { u.traits["okta/a"] = {"1"}; },
      [](UserRecord& u) {
        u.traits["okta/a"] = {"1", "2", "3"}, u.traits.erase("okta/b");
      },
      [](UserRecord& u) { u.traits.erase("okta/b"); },
      [](UserRecord& u) { u.traits["okta/c"] = {"3"}; },
      [](UserRecord& u) { u.roles.clear(); },
      [](UserRecord& u) { u.labels["oktasync/roles"] = "okta-requester,x"; },
      [](UserRecord& u) { u.labels.erase("oktasync/roles"); },
      [](UserRecord& u) { u.labels["okta/org"] = "https://other.okta.com"; },
      [](UserRecord& u) { u.labels["oktasync/source"] = "00o1org/0oa2app"; },
      [](UserRecord& u) { u.labels["teleport.internal/okta-user-id"] = "00u2"; },
      [](UserRecord& u) { u.labels["teleport.dev/origin"] = "dynamic"; },
      [](UserRecord& u) { u.labels["oktasync/traits"] = ""; },
      [](UserRecord& u) { u.labels["oktasync/traits"] = "team"; },
  };
  std::set<std::pair<uint64_t, uint64_t>> seen = {{base.high, base.low}};
  for (const auto change : changes) {
    const Digest digest = DigestOf(With(change));
    seen.insert({digest.high, digest.low});
  }
  CHECK(seen.size() == changes.size() + 1);
}

TEST_CASE("R4: what is not ours is not in the digest") {
  const Digest base = DigestOf(With([](UserRecord&) {}));
  const std::vector<void (*)(UserRecord&)> changes = {
      [](UserRecord& u) { u.traits["logins"] = {"root"}; },
      [](UserRecord& u) { u.traits["okta/empty"] = {}; },
      [](UserRecord& u) { u.traits["oktafoo"] = {"x"}; },
      [](UserRecord& u) {
        u.roles = {"auditor", "okta-requester", "editor"};
      },
      [](UserRecord& u) { u.labels["env"] = "prod"; },
      [](UserRecord& u) { u.revision = "other"; },
      [](UserRecord& u) { u.connector = {}; },
      [](UserRecord& u) { u.raw = "other"; },
  };
  for (const auto change : changes) CHECK(DigestOf(With(change)) == base);
}

TEST_CASE("R4: the digest of a person is the same with and without building the user") {
  Options options = TestOptions();
  const std::vector<Options> all = [&] {
    std::vector<Options> variants(3, options);
    variants[1].default_role = "";
    variants[1].rename = {{"z", "aaa"}, {"b", "team"}};
    variants[2].exclude = {"a"};
    variants[2].allow_patterns = {"*"};
    return variants;
  }();
  Person person;
  person.User("a", {"1"sv, 2.0, true})
      .User("b", {"*"sv, "x"sv})
      .User("z", {int64_t{7}}, 1)
      .App("b", {"y"sv, "^a$"sv});
  for (const Options& variant : all) {
    const Mapper mapper(variant);
    std::vector<Finding> built, unbuilt;
    const auto desired = mapper.Map(*person, &built);
    const auto digest = mapper.MapDigest(*person, &unbuilt);
    REQUIRE(desired.ok());
    REQUIRE(digest.ok());
    CHECK(*digest == DigestOf(*desired));
    CHECK(*digest == DigestOf(NewUser(*desired)));
    CHECK(built.size() == unbuilt.size());
    CHECK_FALSE(built.empty());  // the skipped value of z, at least
  }
}

}  // namespace
}  // namespace oktasync::traits
