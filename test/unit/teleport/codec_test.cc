// teleport/codec.h: nothing of a user is lost by reading and writing it back.
#include "teleport/codec.h"

#include <google/protobuf/timestamp.pb.h>

#include <catch2/catch.hpp>

#include "base/status.h"
#include "teleport/legacy/types/types.pb.h"
#include "world.h"

namespace oktasync::teleport {
namespace {

constexpr int64_t kGoZero = -62'135'596'800;
const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

// A field with number 4000 and a text, which no version knows.
std::string UnknownField(const std::string& text) {
  return std::string("\x82\xfa\x01", 3) + static_cast<char>(text.size()) + text;
}

template <class Message>
bool Holds(const Message& message, const std::string& text) {
  return message.SerializeAsString().find(UnknownField(text)) != std::string::npos;
}

::types::UserV2 Rich() {
  ::types::UserV2 user;
  user.set_kind("user");
  user.set_version("v2");
  auto* metadata = user.mutable_metadata();
  metadata->set_name("ada@example.com");
  metadata->set_revision("rev-1");
  metadata->set_description("made by hand");
  (*metadata->mutable_labels())["team"] = "red";
  auto* spec = user.mutable_spec();
  spec->add_roles("access");
  spec->add_roles("access");
  (*spec->mutable_traits()->mutable_values())["logins"].add_values("ada");
  spec->add_githubidentities()->set_username("ada-gh");
  spec->mutable_localauth()->set_passwordhash("hash");
  spec->mutable_createdby()->mutable_time()->set_seconds(1'600'000'000);
  spec->mutable_createdby()->mutable_user()->set_name("admin");
  spec->mutable_expires()->set_seconds(kGoZero);
  user.mutable_status()->set_password_state(::types::PASSWORD_STATE_SET);
  return user;
}

::types::UserV2 Encoded(const UserRecord& record) {
  ::types::UserV2 user;
  REQUIRE(EncodeUser(record, kNow, &user).ok());
  return user;
}

TEST_CASE("codec: a user that is read and written back unchanged is the same message") {
  const ::types::UserV2 user = Rich();
  const UserRecord record = DecodeUser(user);
  CHECK(record.expires == absl::InfiniteFuture());
  // Maps of one entry each, so the encoding is the same too.
  CHECK(Encoded(record).SerializeAsString() == user.SerializeAsString());
}

TEST_CASE("codec: fields of a later Teleport survive an update, on every level") {
  ::types::UserV2 user = Rich();
  user.MergeFromString(UnknownField("top"));
  user.mutable_metadata()->MergeFromString(UnknownField("metadata"));
  user.mutable_spec()->MergeFromString(UnknownField("spec"));
  user.mutable_spec()->mutable_localauth()->MergeFromString(UnknownField("secret"));
  UserRecord record = DecodeUser(user, user.SerializeAsString());
  record.roles = {"editor"};
  record.labels["oktasync/source"] = "00o1/0oa1";
  record.traits["okta/email"] = {"ada@example.com"};
  record.connector = {"saml", "okta", "ada@example.com"};
  const ::types::UserV2 out = Encoded(record);
  CHECK(Holds(out, "top"));
  CHECK(Holds(out.metadata(), "metadata"));
  CHECK(Holds(out.spec(), "spec"));
  CHECK(Holds(out.spec().localauth(), "secret"));
  CHECK(out.metadata().description() == "made by hand");
  CHECK(out.spec().githubidentities(0).username() == "ada-gh");
  CHECK(out.status().password_state() == ::types::PASSWORD_STATE_SET);
  CHECK(out.metadata().labels().at("team") == "red");
  CHECK(out.metadata().labels().at("oktasync/source") == "00o1/0oa1");
  CHECK(out.spec().traits().values().at("logins").values(0) == "ada");
  REQUIRE(out.spec().roles_size() == 1);
  CHECK(out.spec().roles(0) == "editor");
  CHECK(out.spec().createdby().connector().id() == "okta");
  CHECK(out.spec().createdby().time().seconds() == 1'600'000'000);
  CHECK(out.metadata().revision() == "rev-1");
}

TEST_CASE("codec: what the record no longer has is gone") {
  UserRecord record = DecodeUser(Rich());
  record.labels.clear();
  record.roles.clear();
  record.traits.clear();
  const ::types::UserV2 out = Encoded(record);
  CHECK(out.metadata().labels().empty());
  CHECK(out.spec().roles().empty());
  CHECK(out.spec().traits().values().empty());
}

TEST_CASE("codec: a new user") {
  const ::types::UserV2 user = Encoded(NewUser("ada@example.com"));
  CHECK(user.kind() == "user");
  CHECK(user.version() == "v2");
  CHECK(user.metadata().name() == "ada@example.com");
  CHECK(user.spec().createdby().user().name() == "system");
  CHECK(user.spec().createdby().time().seconds() == absl::ToUnixSeconds(kNow));
  CHECK(user.spec().traits().values().at("okta/teams").values_size() == 2);
  const UserRecord back = DecodeUser(user);
  CHECK(back.labels == NewUser("ada@example.com").labels);
  CHECK(back.traits == NewUser("ada@example.com").traits);
  CHECK(back.roles == NewUser("ada@example.com").roles);
  CHECK(back.connector == NewUser("ada@example.com").connector);
}

TEST_CASE("codec: no empty time is ever sent, for the server reads it as 1970 and forgets the user") {
  UserRecord record = NewUser("ada@example.com");
  record.created_by_user.clear();
  record.connector = {};
  const ::types::UserV2 user = Encoded(record);
  CHECK_FALSE(user.metadata().has_expires());
  CHECK_FALSE(user.spec().has_expires());
  CHECK_FALSE(user.spec().has_createdby());
  ::types::LockV2 lock;
  LockRecord lock_record = NewLock("l1", "ada@example.com");
  lock_record.expires = lock_record.record_expires = absl::InfiniteFuture();
  REQUIRE(EncodeLock(lock_record, &lock).ok());
  CHECK_FALSE(lock.metadata().has_expires());
  CHECK_FALSE(lock.spec().has_expires());
  CHECK_FALSE(lock.spec().has_createdat());
}

TEST_CASE("codec: keys without values are no traits, on the way in and out") {
  ::types::UserV2 user = Rich();
  (*user.mutable_spec()->mutable_traits()->mutable_values())["empty"];
  UserRecord record = DecodeUser(user);
  CHECK(record.traits.count("empty") == 0);
  record.traits["none"] = {};
  CHECK(Encoded(record).spec().traits().values().size() == 1);
}

TEST_CASE("codec: a user's end is the record's, else the spec's") {
  ::types::UserV2 user = Rich();
  user.mutable_spec()->mutable_expires()->set_seconds(2'000'000'000);
  user.mutable_spec()->mutable_expires()->set_nanos(500);
  CHECK(DecodeUser(user).expires == absl::FromUnixSeconds(2'000'000'000) + absl::Nanoseconds(500));
  // Written back where it was.
  CHECK(Encoded(DecodeUser(user)).SerializeAsString() == user.SerializeAsString());
  user.mutable_metadata()->mutable_expires()->set_seconds(1'900'000'000);
  CHECK(DecodeUser(user).expires == absl::FromUnixSeconds(1'900'000'000));
  user.mutable_metadata()->mutable_expires()->set_seconds(kGoZero);
  CHECK(DecodeUser(user).expires == absl::FromUnixSeconds(2'000'000'000) + absl::Nanoseconds(500));

  UserRecord record = DecodeUser(user);
  record.expires = absl::InfiniteFuture();
  CHECK_FALSE(Encoded(record).metadata().has_expires());
  CHECK_FALSE(Encoded(record).spec().has_expires());
  record.expires = absl::FromUnixSeconds(2'100'000'000);
  CHECK(Encoded(record).metadata().expires().seconds() == 2'100'000'000);
  CHECK(Encoded(record).spec().expires().seconds() == 2'100'000'000);
}

TEST_CASE("codec: times before 1970 and fractions keep their value") {
  google::protobuf::Timestamp timestamp;
  const absl::Time time = absl::FromUnixSeconds(-5) + absl::Nanoseconds(250);
  ToTimestamp(time, &timestamp);
  CHECK(timestamp.seconds() == -5);
  CHECK(timestamp.nanos() == 250);
  CHECK(FromTimestamp(&timestamp, absl::InfinitePast()) == time);
  timestamp.set_seconds(kGoZero);
  CHECK(FromTimestamp(&timestamp, absl::InfinitePast()) == absl::InfinitePast());
  CHECK(FromTimestamp(nullptr, absl::InfiniteFuture()) == absl::InfiniteFuture());
}

TEST_CASE("codec: a record with a broken message is refused") {
  UserRecord record = NewUser("ada@example.com");
  record.raw = "\xff\xff";
  ::types::UserV2 user;
  CHECK(EncodeUser(record, kNow, &user).code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("codec: a lock there and back, with both ends (R9)") {
  LockRecord record = NewLock("l1", "ada@example.com");
  record.record_expires = record.expires + absl::Hours(5);
  record.created_at = kNow;
  record.created_by = "2f1e.root";
  ::types::LockV2 lock;
  REQUIRE(EncodeLock(record, &lock).ok());
  CHECK(absl::FromUnixSeconds(lock.spec().expires().seconds()) == record.expires);
  CHECK(absl::FromUnixSeconds(lock.metadata().expires().seconds()) == record.record_expires);
  const LockRecord back = DecodeLock(lock);
  CHECK(back.name == record.name);
  CHECK(back.user == record.user);
  CHECK(back.user_only);
  CHECK(back.labels == record.labels);
  CHECK(back.message == record.message);
  CHECK(back.expires == record.expires);
  CHECK(back.record_expires == record.record_expires);
  CHECK(back.created_at == record.created_at);
  CHECK(back.created_by == record.created_by);
}

TEST_CASE("codec: a lock on more than a user is seen as such, and is not ours to write") {
  ::types::LockV2 lock;
  REQUIRE(EncodeLock(NewLock("l1", "ada@example.com"), &lock).ok());
  SECTION("on a role too") { lock.mutable_spec()->mutable_target()->set_role("access"); }
  SECTION("on something that a later Teleport knows") {
    lock.mutable_spec()->mutable_target()->MergeFromString(UnknownField("bot"));
  }
  const LockRecord record = DecodeLock(lock);
  CHECK_FALSE(record.user_only);
  CHECK(EncodeLock(record, &lock).code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("codec: a role's longest session, 30 h when it says nothing") {
  ::types::RoleV6 role;
  role.mutable_metadata()->set_name("access");
  CHECK(DecodeRole(role).max_session_ttl == absl::Hours(30));
  role.mutable_spec()->mutable_options()->set_maxsessionttl(int64_t{8} * 3600 * 1'000'000'000);
  CHECK(DecodeRole(role).max_session_ttl == absl::Hours(8));
  CHECK(DecodeRole(role).name == "access");
}

TEST_CASE("codec: what a role grants (R8), from allow and never from deny") {
  ::types::RoleV6 role;
  role.mutable_spec()->mutable_deny()->add_logins("root");
  role.mutable_spec()->mutable_deny()->add_rules()->add_resources("user");
  RoleFacts facts = DecodeRole(role);
  CHECK(facts.rules.empty());
  CHECK(facts.logins.empty());
  CHECK(facts.node_labels.empty());
  CHECK_FALSE(facts.impersonates);

  auto* allow = role.mutable_spec()->mutable_allow();
  auto* rule = allow->add_rules();
  rule->add_resources("user");
  rule->add_resources("role");
  rule->add_verbs("create");
  allow->add_rules()->add_resources("lock");
  allow->add_logins("{{internal.logins}}");
  allow->add_kubegroups("system:masters");
  allow->add_kubeusers("ada");
  allow->add_databaseusers("postgres");
  allow->add_databaseroles("reader");
  allow->add_windowsdesktoplogins("Administrator");
  const auto select = [](::wrappers::LabelValues* labels, const char* key, const char* value) {
    (*labels->mutable_values())[key].add_values(value);
  };
  select(allow->mutable_nodelabels(), "*", "*");
  select(allow->mutable_nodelabels(), "env", "prod");
  select(allow->mutable_nodelabels(), "env", "dev");
  select(allow->mutable_applabels(), "a", "1");
  select(allow->mutable_kuberneteslabels(), "k", "2");
  select(allow->mutable_databaselabels(), "d", "3");
  select(allow->mutable_windowsdesktoplabels(), "w", "4");

  using Texts = std::vector<std::string>;
  facts = DecodeRole(role);
  REQUIRE(facts.rules.size() == 2);
  CHECK(facts.rules[0].resources == Texts{"user", "role"});
  CHECK(facts.rules[0].verbs == Texts{"create"});
  CHECK(facts.rules[1].resources == Texts{"lock"});
  CHECK(facts.logins == Texts{"{{internal.logins}}"});
  CHECK(facts.kube_users == Texts{"system:masters", "ada"});
  CHECK(facts.database_users == Texts{"postgres", "reader"});
  CHECK(facts.desktop_logins == Texts{"Administrator"});
  CHECK(facts.node_labels == LabelSelector{{"*", {"*"}}, {"env", {"prod", "dev"}}});
  CHECK(facts.app_labels == LabelSelector{{"a", {"1"}}});
  CHECK(facts.kube_labels == LabelSelector{{"k", {"2"}}});
  CHECK(facts.database_labels == LabelSelector{{"d", {"3"}}});
  CHECK(facts.desktop_labels == LabelSelector{{"w", {"4"}}});
}

TEST_CASE("codec: a role that impersonates somebody is seen as such, an empty permission is none") {
  ::types::RoleV6 role;
  role.mutable_spec()->mutable_allow()->mutable_impersonate();
  CHECK_FALSE(DecodeRole(role).impersonates);
  // ImpersonateConditions.Users = 1, which our subset does not name.
  role.mutable_spec()->mutable_allow()->mutable_impersonate()->MergeFromString(std::string("\x0a\x03bob", 5));
  CHECK(DecodeRole(role).impersonates);
}

}  // namespace
}  // namespace oktasync::teleport
