// Several keys with overlap: which is tried first, what a file that changes does, and what Okta's answer says.
#include "oauth/client_keys.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "jose/jwk.h"
#include "mint_fixture.h"

namespace oktasync::oauth {
namespace {

using absl::StatusCode;
using testing::Assertion;
using testing::Fixture;
using testing::kGood;
using testing::Refuse;
using testing::Respond;

std::string NewPem() {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free);
  REQUIRE(PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

class Folder {
 public:
  Folder() {
    path_ = (std::filesystem::temp_directory_path() / "oktasync-keys-XXXXXX").string();
    REQUIRE(::mkdtemp(path_.data()) != nullptr);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  // As an admin should: a new file, then a rename.
  std::string Put(const std::string& name, const std::string& pem, mode_t mode = 0600) const {
    const std::string fresh = Path(name) + ".new";
    std::ofstream(fresh) << pem;
    REQUIRE(::chmod(fresh.c_str(), mode) == 0);
    std::filesystem::rename(fresh, Path(name));
    return Path(name);
  }

 private:
  std::string path_;
};

std::vector<std::string> Kids(ClientKeys& keys) {
  std::vector<std::string> kids;
  for (const jose::NamedSigner& key : keys.Candidates()) kids.push_back(key.kid);
  return kids;
}

constexpr char kUnknown[] = "The client_assertion JWT kid is invalid.";

// An Okta that knows these keys, and tells which were tried.
struct Registry {
  explicit Registry(Fixture& f) {
    f.http.any = [this](const http::Request& request) {
      tried.push_back(Assertion(request).header["kid"]);
      const bool known = std::find(kids.begin(), kids.end(), tried.back()) != kids.end();
      return known ? Respond(200, kGood) : Refuse("invalid_client", kUnknown);
    };
  }
  std::vector<std::string> kids;
  std::vector<std::string> tried;
};

using Strings = std::vector<std::string>;

TEST_CASE(
    "keys: the first is tried first, the others when Okta does not know it, and the log says which serves") {
  const Folder folder;
  Fixture f({});
  Registry okta(f);
  f.keys = *MakeKeysFromFiles({{"new", folder.Put("a.pem", NewPem()), "/okta/private_key_file"},
                               {"old", folder.Put("b.pem", NewPem()), "/okta/other_keys/old"}},
                              f.log);
  okta.kids = {"old"};
  REQUIRE(f.Mint().ok());
  CHECK(okta.tried == Strings{"new", "old"});
  // A report shows it until it is mended: whoever takes away the wrong one of the two is locked out.
  CHECK_THAT(f.keys->Trouble().Text(), Catch::Contains("/okta/private_key_file (key id new)") &&
                                           Catch::Contains("/okta/other_keys/old serves") &&
                                           Catch::Contains("oktasync jwks"));
  CHECK_THAT(f.log.text, Catch::Contains("another one of ours serves"));
  CHECK(f.clock.passed == absl::ZeroDuration());
  okta.kids = {"old", "new"};
  okta.tried.clear();
  REQUIRE(f.Mint().ok());
  CHECK(okta.tried == Strings{"new"});
  CHECK(f.keys->Trouble().empty());

  okta.kids.clear();
  okta.tried.clear();
  const auto none = f.Mint();
  CHECK(none.status().code() == StatusCode::kFailedPrecondition);
  // What is said is of the key that is meant.
  CHECK_THAT(Message(none.status()), Catch::Contains("none of our 2 keys") && Catch::Contains("the id new") &&
                                         Catch::Contains("oktasync jwks"));
  CHECK(okta.tried == Strings{"new", "old"});
  CHECK(f.keys->Trouble().empty());  // none serves: the runs fail, and say so
}

TEST_CASE("keys: of a key that Okta has not refused nothing is said, whatever else goes wrong") {
  const Folder folder;
  Fixture f({});
  const std::string file = folder.Put("a.pem", NewPem());
  f.keys = *MakeKeysFromFiles(
      {{"", file, "/okta/private_key_file"}, {"old", folder.Put("b.pem", NewPem()), "/okta/other_keys/old"}},
      f.log);
  Registry okta(f);
  okta.kids = {"old"};
  REQUIRE(f.Mint().ok());
  REQUIRE_FALSE(f.keys->Trouble().empty());
  folder.Put("a.pem", NewPem());
  SECTION("no answer") {
    f.http.any = [](const http::Request&) { return Respond(503, ""); };
  }
  SECTION("a token that lacks a scope") {
    f.http.any = [](const http::Request&) {
      return Respond(
          200, R"({"token_type":"Bearer","expires_in":3600,"access_token":"t","scope":"okta.apps.read"})");
    };
  }
  CHECK_FALSE(f.Mint().ok());
  CHECK(f.keys->Trouble().Text() == "");
}

TEST_CASE("keys: files that cannot be used, a key named twice, and a refusal are told all together") {
  const Folder folder;
  Fixture f({});
  Registry okta(f);
  const std::string pem = NewPem();
  f.keys = *MakeKeysFromFiles({{"a", folder.Put("a.pem", NewPem()), "/okta/private_key_file"},
                               {"b", folder.Put("b.pem", pem), "/okta/other_keys/b"},
                               {"c", folder.Put("c.pem", NewPem()), "/okta/other_keys/c"}},
                              f.log);
  okta.kids = {"b"};
  folder.Put("a.pem", "no key");
  folder.Put("c.pem", pem);
  REQUIRE(f.Mint().ok());
  const std::string said = f.keys->Trouble().Text();
  CHECK_THAT(said, Catch::Contains("/okta/private_key_file") && Catch::Contains("cannot be used"));
  CHECK_THAT(said, Catch::Contains("/okta/other_keys/c and /okta/other_keys/b give the same key"));
  CHECK_THAT(said, Catch::Contains("does not accept the key of /okta/private_key_file (key id a), the one of "
                                   "/okta/other_keys/b serves"));
  folder.Put("b.pem", pem, 0644);
  CHECK_THAT(f.keys->Trouble().Text(), Catch::Contains("/okta/other_keys/b") && Catch::Contains("chmod 600"));
}

TEST_CASE("bad day: kid unknown right after a rotation: the previous key, though its file is gone") {
  const Folder folder;
  Fixture f({});
  Registry okta(f);
  const std::string old_pem = NewPem();
  const std::string fresh_pem = NewPem();
  const std::string file = folder.Put("key.pem", old_pem);
  f.keys = *MakeKeysFromFiles({{"", file, "/okta/private_key_file"}}, f.log);
  const std::string old = Kids(*f.keys).at(0);
  okta.kids = {old};
  REQUIRE(f.Mint().ok());

  folder.Put("key.pem", fresh_pem);
  const std::string fresh = *jose::KeyId(**jose::SignerFromFile(file), "");
  okta.tried.clear();
  REQUIRE(f.Mint().ok());
  CHECK(okta.tried == Strings{fresh, old});
  CHECK_THAT(f.log.text, Catch::Contains("holds another key now") && Catch::Contains(fresh));
  CHECK_THAT(f.keys->Trouble().Text(), Catch::Contains("held before serves (key id " + old + ")") &&
                                           Catch::Contains("lost when this process ends"));
  // Of one that was put there since, nothing is known before it is tried; the one that serves put back needs no try.
  SECTION("a third key") {
    folder.Put("key.pem", NewPem());
    CHECK(f.keys->Trouble().empty());
  }
  SECTION("the old one put back") {
    folder.Put("key.pem", old_pem);
    CHECK(f.keys->Trouble().empty());
  }
  folder.Put("key.pem", fresh_pem);
  // As soon as Okta knows the new one, it signs.
  okta.kids = {fresh};
  okta.tried.clear();
  REQUIRE(f.Mint().ok());
  REQUIRE(f.Mint().ok());
  CHECK(okta.tried == Strings{fresh, fresh});
}

TEST_CASE("keys: another key under the same kid: Okta says signature, and the previous one serves") {
  const Folder folder;
  Fixture f({});
  const std::string file = folder.Put("key.pem", NewPem());
  f.keys = *MakeKeysFromFiles({{"k", file, "/okta/private_key_file"}}, f.log);
  f.http.any = [](const http::Request&) { return Respond(200, kGood); };
  REQUIRE(f.Mint().ok());
  folder.Put("key.pem", NewPem());
  int asked = 0;
  f.http.any = [&](const http::Request&) {
    return ++asked == 1 ? Refuse("invalid_client", "The client_assertion signature is invalid.")
                        : Respond(200, kGood);
  };
  REQUIRE(f.Mint().ok());
  CHECK(asked == 2);
  CHECK_THAT(f.keys->Trouble().Text(),
             Catch::Contains("(key id k), one that its file held before serves (under the "
                             "same id)"));
}

TEST_CASE(
    "keys: a file that others can read, or that is half written, fails no run: the key before signs on") {
  const Folder folder;
  Fixture f({});
  const std::string file = folder.Put("key.pem", NewPem());
  f.keys = *MakeKeysFromFiles({{"", file, "/okta/private_key_file"}}, f.log);
  const Strings before = Kids(*f.keys);
  const std::string next = NewPem();
  folder.Put("key.pem", next, 0644);
  CHECK(Kids(*f.keys) == before);
  CHECK_THAT(f.log.text, Catch::Contains("chmod 600") && Catch::Contains("/okta/private_key_file"));
  CHECK_THAT(f.keys->Trouble().Text(),
             Catch::Contains("chmod 600") && Catch::Contains("kept until this process ends"));
  folder.Put("key.pem", next.substr(0, next.size() / 2));
  CHECK(Kids(*f.keys) == before);
  std::filesystem::remove(file);
  CHECK(Kids(*f.keys) == before);
  folder.Put("key.pem", next);
  CHECK(Kids(*f.keys) != before);
  CHECK(f.keys->Trouble().empty());
  CHECK_THAT(f.log.text, !Catch::Contains(next.substr(40, 20)));
}

TEST_CASE("keys: a key that is named twice, or an id, is refused with both entries") {
  const Folder folder;
  Fixture f({});
  const std::string pem = NewPem();
  const std::string a = folder.Put("a.pem", pem);
  const std::string b = folder.Put("b.pem", pem);
  const std::string id = *jose::KeyId(**jose::SignerFromFile(a), "");
  const auto refusal = [&](std::vector<KeyFile> files) {
    return Message(MakeKeysFromFiles(std::move(files), f.log).status());
  };
  CHECK_THAT(refusal({{"", a, "/okta/private_key_file"}, {"other", b, "/okta/other_keys/other"}}),
             Catch::StartsWith("/okta/other_keys/other: ") &&
                 Catch::Contains("gives the same key as /okta/private_key_file"));
  CHECK_THAT(refusal({{"", a, "/okta/private_key_file"},
                      {id, folder.Put("c.pem", NewPem()), "/okta/other_keys/" + id}}),
             Catch::Contains("gives the same key id as /okta/private_key_file"));
}

TEST_CASE("keys: at the start every file must be usable, and all that are not are named") {
  const Folder folder;
  Fixture f({});
  const auto keys = MakeKeysFromFiles({{"a", folder.Put("a.pem", NewPem()), "/okta/private_key_file"},
                                       {"b", folder.Put("b.pem", NewPem(), 0640), "/okta/other_keys/b"},
                                       {"c", folder.Put("c.pem", "no key"), "/okta/other_keys/c"}},
                                      f.log);
  CHECK_THAT(Message(keys.status()), Catch::StartsWith("/okta/other_keys/b: ") && Catch::Contains("b.pem") &&
                                         Catch::Contains("chmod") &&
                                         Catch::Contains("; /okta/other_keys/c: "));
}

}  // namespace
}  // namespace oktasync::oauth
