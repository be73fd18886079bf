#include "config/table.h"

#include <type_traits>
#include <utility>

#include "config/role_rules.h"

namespace oktasync::config {
namespace {

// `Field` is a lambda from a Config, const or not, to a member of it.
template <auto Field>
using FieldType = std::remove_cvref_t<decltype(Field(std::declval<Config&>()))>;

template <typename Value, auto Field>
constexpr Access<Value> To() {
  return {
      [](const Config& config) { return static_cast<Value>(Field(config)); },
      [](Config& config, Value value) { Field(config) = static_cast<FieldType<Field>>(std::move(value)); }};
}

template <auto Field>
constexpr Rule Text(TextCheck check) {
  return TextRule{check, To<std::string, Field>()};
}
template <auto Field>
constexpr Rule Boolean() {
  return BooleanRule{To<bool, Field>()};
}
template <auto Field>
constexpr Rule Integer(int64_t least, int64_t most) {
  return IntegerRule{least, most, To<int64_t, Field>()};
}
template <auto Field>
constexpr Rule Number(double least, double most) {
  return NumberRule{least, most, To<double, Field>()};
}
template <auto Field>
constexpr Rule Duration(absl::Duration least, absl::Duration most) {
  return DurationRule{least, most, To<absl::Duration, Field>()};
}
template <auto Field>
constexpr Rule TextList(TextCheck check, bool may_be_empty) {
  return TextListRule{check, may_be_empty, To<std::vector<std::string>, Field>()};
}

// Values that two rooms need.
constexpr Access<std::string> kOrgUrl = {
    [](const Config& c) { return c.okta.org_url; },
    [](Config& c, std::string url) { c.credentials.org_url = c.okta.org_url = NormalOrgUrl(url); }};
constexpr Access<std::string> kAppId = {
    [](const Config& c) { return c.okta.app_id; },
    [](Config& c, std::string id) { c.reconcile.app_id = c.okta.app_id = std::move(id); }};

constexpr Access<TextMap> kRolesByAttribute = {
    [](const Config& c) { return RolesByAttribute(c.reconcile.traits.role_rules); },
    [](Config& c, TextMap texts) { SetRolesByAttribute(texts, c.reconcile.traits.role_rules); }};
constexpr Access<TextMap> kRolesByGroup = {
    [](const Config& c) { return RolesByGroup(c.reconcile.traits.role_rules); },
    [](Config& c, TextMap texts) { SetRolesByGroup(texts, c.reconcile.traits.role_rules); }};
constexpr Access<std::string> kDpop = {
    [](const Config& c) { return std::string(c.credentials.dpop ? "always" : "auto"); },
    [](Config& c, std::string word) { c.credentials.dpop = word == "always"; }};
constexpr Access<std::string> kSuspended = {
    [](const Config& c) { return std::string(c.reconcile.lock_suspended ? "lock" : "ignore"); },
    [](Config& c, std::string word) { c.reconcile.lock_suspended = word == "lock"; }};

constexpr bool kRequired = true;
constexpr bool kOptional = false;

constexpr absl::Duration kSecond = absl::Seconds(1);
constexpr absl::Duration kMinute = absl::Minutes(1);
constexpr absl::Duration kHour = absl::Hours(1);

// A member of the Config as a template argument.
#define FIELD(member) \
  [](auto& c) -> auto& { return c.member; }

// clang-format takes the angle brackets for comparisons.
// clang-format off
std::vector<Row> OktaRows() {
  return {
      {"/okta", kRequired, ObjectRule{},
       "The Okta org, and the API Services app through which we read it."},
      {"/okta/org_url", kRequired, TextRule{CheckOrgUrl, kOrgUrl},
       "Address of the org, https only: its okta.com name or its custom domain."},
      {"/okta/app_id", kOptional, TextRule{CheckAppId, kAppId},
       "Id of the app (the SAML or OIDC app for Teleport) whose assigned people are imported; without it the app "
       "of the SAML connector of `users.connector`, by its label `teleport.internal/okta-app-id` or its SSO URL."},
      {"/okta/org_id", kOptional, Text<FIELD(reconcile.pinned_org_id)>(CheckOrgId),
       "Id of the org; when set, a run stops if the address answers for another org."},
      {"/okta/client_id", kRequired, Text<FIELD(credentials.client_id)>(CheckClientId),
       "Client id of the API Services app."},
      {"/okta/key_id", kOptional, Text<FIELD(key_id)>(CheckKeyId),
       "Id (kid) of the public key that is registered with the API Services app; without it the key's "
       "thumbprint (RFC 7638), as `oktasync jwks` prints it."},
      {"/okta/private_key_file", kOptional, Text<FIELD(private_key_file)>(CheckFile),
       "Private key in PEM (EC P-256, or RSA of 2048 bits or more), usable by the process's user alone; read again "
       "for each access token, so it may be replaced at any time; not needed when the host signs."},
      {"/okta/other_keys", kOptional, TextMapRule{CheckKeyId, CheckFile, To<TextMap, FIELD(other_keys)>()},
       "Further keys, id (kid) to private key file, while keys are rotated: tried in turn when Okta does not "
       "accept the first, and printed by `oktasync jwks`."},
      {"/okta/dpop", kOptional, TextRule{CheckDpop, kDpop},
       "DPoP (RFC 9449), which binds access tokens to a key of this process: auto as soon as Okta asks for it; "
       "always from the first request on, and no other tokens are taken."},
      {"/okta/scopes", kOptional, TextList<FIELD(credentials.scopes)>(CheckScope, false),
       "OAuth scopes to ask for; they must be granted to the API Services app."},
      {"/okta/ca_file", kOptional, Text<FIELD(http.ca_file)>(CheckFile),
       "Certificates in PEM that are trusted for the org instead of the system's store."},
      {"/okta/rate_share", kOptional, Number<FIELD(okta.rate_share)>(0.05, 1.0),
       "Share of the org's rate limit that we use at most."},
      {"/okta/page_size", kOptional, Integer<FIELD(okta.page_size)>(1, 500),
       "People per page of the app's list."},
      {"/okta/connect_timeout", kOptional, Duration<FIELD(http.connect_timeout)>(kSecond, 5 * kMinute),
       "Time for connecting to the org, TLS included."},
      {"/okta/idle_timeout", kOptional, Duration<FIELD(http.idle_timeout)>(kSecond, 10 * kMinute),
       "A request on which no byte has come for so long has failed."},
  };
}

std::vector<Row> TeleportRows() {
  return {
      {"/teleport", kRequired, ObjectRule{},
       "The Teleport cluster to which people are imported."},
      {"/teleport/address", kRequired, Text<FIELD(teleport.address)>(CheckAddress),
       "host:port of the auth server, or of the proxy with `proxy: true`."},
      {"/teleport/proxy", kOptional, Boolean<FIELD(teleport.proxy)>(),
       "The address is that of Teleport's proxy (its web port, with TLS routing)."},
      {"/teleport/alpn", kOptional, TextList<FIELD(teleport.alpn)>(CheckAlpn, false),
       "ALPN protocols to offer, in order, for odd cases; with `proxy: true` they follow from the identity."},
      {"/teleport/identity", kOptional, ObjectRule{},
       "Certificate with the system role Okta: one `file`, or three; not needed when the host hands over an "
       "identity."},
      {"/teleport/identity/file", kOptional, Text<FIELD(identity_file)>(CheckFile),
       "One file, which `oktasync join` makes and every run renews in time: private key, certificate and host "
       "CAs in PEM, usable by the process's user alone, in a folder that its owner may write to."},
      {"/teleport/identity/key_file", kOptional, Text<FIELD(identity_key_file)>(CheckFile),
       "Instead of `file`: its private key in PEM, usable by the process's user alone. Nothing renews it."},
      {"/teleport/identity/cert_file", kOptional, Text<FIELD(identity_cert_file)>(CheckFile),
       "With `key_file`: the certificate in PEM."},
      {"/teleport/identity/ca_file", kOptional, Text<FIELD(identity_ca_file)>(CheckFile),
       "With `key_file`: the cluster's host CA certificates in PEM."},
      {"/teleport/call_timeout", kOptional, Duration<FIELD(teleport.call_timeout)>(kSecond, 10 * kMinute),
       "Time for one try of one call."},
      {"/teleport/connect_timeout", kOptional, Duration<FIELD(teleport.connect_timeout)>(kSecond, 5 * kMinute),
       "Time for connecting, TLS included."},
  };
}

std::vector<Row> UsersRows() {
  return {
      {"/users", kOptional, ObjectRule{},
       "What the people in Okta become in Teleport."},
      {"/users/default_role", kOptional, TextRule{CheckRole, To<std::string, FIELD(reconcile.traits.default_role)>(), true},
       "Role that everyone gets; null or \"\" for none."},
      {"/users/roles_by_attribute", kOptional, TextMapRule{CheckAttributeRule, CheckRoles, kRolesByAttribute},
       "Further roles, separated by commas, for whoever has this value in this attribute of the Okta profile "
       "(`{\"department=Engineering\": \"access, dev\"}`), compared to the letter; of several values any one "
       "will do. Whoever can edit the attribute in Okta gives the roles."},
      {"/users/roles_by_group", kOptional, TextMapRule{CheckGroup, CheckRoles, kRolesByGroup},
       "Further roles, separated by commas, for the members of an Okta group, by its name or its id (00g…). "
       "Needs the scope okta.groups.read and an admin role that may view groups."},
      {"/users/allow_powerful_roles", kOptional, TextList<FIELD(reconcile.allow_powerful_roles)>(CheckRoleName, true),
       "Roles that are given although whoever has them can administer the cluster; without it they are "
       "refused."},
      {"/users/suspended", kOptional, TextRule{CheckSuspended, kSuspended},
       "What a suspension in Okta does: ignore changes nothing, lock shuts the person out until it ends."},
      {"/users/adopt", kOptional, Boolean<FIELD(reconcile.adopt)>(),
       "Whether users of this org that Teleport's own Okta sync made are taken over."},
      {"/users/connector", kOptional, ObjectRule{[](Config& c) { c.reconcile.traits.connector = ConnectorRef{}; }},
       "The SSO connector through which the imported people log in; null for none. Without this entry the SAML "
       "connector of Teleport that logs people in at the org; of several the one called `okta`."},
      {"/users/connector/type", kRequired, Text<FIELD(reconcile.traits.connector.type)>(CheckConnectorType),
       "saml, oidc or github."},
      {"/users/connector/name", kRequired, Text<FIELD(reconcile.traits.connector.name)>(CheckConnectorName),
       "Name of the connector in Teleport."},
      {"/users/allowed_domains", kOptional, TextList<FIELD(reconcile.traits.allowed_domains)>(CheckDomain, true),
       "Domains that a user name may end in; empty for all."},
      {"/users/attributes", kOptional, ObjectRule{},
       "Which attributes of the Okta profile become traits, and how."},
      {"/users/attributes/include", kOptional, TextList<FIELD(reconcile.traits.include)>(CheckAttribute, true),
       "Attributes to take; empty for all."},
      {"/users/attributes/exclude", kOptional, TextList<FIELD(reconcile.traits.exclude)>(CheckAttribute, true),
       "Attributes to leave out."},
      {"/users/attributes/rename", kOptional, TextMapRule{CheckAttribute, CheckTraitKey, To<std::map<std::string, std::string>, FIELD(reconcile.traits.rename)>()},
       "Attribute to trait key, for traits that shall not be called `okta/<attribute>`."},
      {"/users/attributes/allow_patterns", kOptional, TextList<FIELD(reconcile.traits.allow_patterns)>(CheckAttributeOrAll, true),
       "Attributes (\"*\" for all) whose values may hold control characters and what Teleport reads as a "
       "pattern (\"*\", \"^…$\"); whoever can edit such an attribute in Okta may widen his own access."},
      {"/users/attributes/max_value_bytes", kOptional, Integer<FIELD(reconcile.traits.max_value_bytes)>(1, 65536),
       "Longer values are left out."},
      {"/users/attributes/max_values", kOptional, Integer<FIELD(reconcile.traits.max_values)>(1, 10000),
       "Values of one attribute; further ones are left out."},
      {"/users/attributes/max_traits_bytes", kOptional, Integer<FIELD(reconcile.traits.max_traits_bytes)>(1024, 1 << 20),
       "Size of all traits of one user, keys and values; attributes that do not fit are left out."},
  };
}

std::vector<Row> RunRows() {
  return {
      {"/sync", kOptional, ObjectRule{},
       "When and how runs are made."},
      {"/sync/interval", kOptional, Duration<FIELD(loop.interval)>(kMinute, 24 * kHour),
       "Time from one run to the next; after one that failed it is a minute, doubled each time, up to this."},
      {"/sync/jitter", kOptional, Number<FIELD(loop.jitter)>(0.0, 0.5),
       "Share of the interval by which it is lengthened or shortened at random."},
      {"/sync/run_at_start", kOptional, Boolean<FIELD(loop.first_run_at_once)>(),
       "Whether the first run begins at once."},
      {"/sync/writers", kOptional, Integer<FIELD(reconcile.writers)>(1, 64),
       "Changes that are under way at the same time."},
      {"/sync/cleanup", kOptional, Boolean<FIELD(reconcile.cleanup)>(),
       "Instead of syncing, remove all users of this source, and its locks that are over, once that is "
       "approved; `oktasync cleanup` sets it."},
      {"/sync/alarm_after", kOptional, Duration<FIELD(reconcile.alarm_after)>(10 * kMinute, 720 * kHour),
       "Without a whole reading of the app's people for so long, status raises an alarm and our users are "
       "looked up in Okta one by one; longer than the interval."},
      {"/guard", kOptional, ObjectRule{},
       "How many people may be removed, renamed or handed over in 24 hours; what exceeds it is held. The "
       "limit is the larger of `least` and `percent`, at most `most`."},
      {"/guard/least", kOptional, Integer<FIELD(reconcile.guard.least)>(0, 100000),
       "So many in any case."},
      {"/guard/percent", kOptional, Integer<FIELD(reconcile.guard.percent)>(0, 50),
       "So many of a hundred of our users."},
      {"/guard/most", kOptional, Integer<FIELD(reconcile.guard.most)>(1, 100000),
       "Never more than so many."},
      {"/locks", kOptional, ObjectRule{},
       "The locks that shut leavers out."},
      {"/locks/margin", kOptional, Duration<FIELD(reconcile.locks.margin)>(kHour, 720 * kHour),
       "How much longer a lock lasts than the longest-lived credential (30h)."},
      {"/lease", kOptional, ObjectRule{},
       "The lease that lets one runner work at a time."},
      {"/lease/term", kOptional, Duration<FIELD(reconcile.lease.term)>(20 * kSecond, 10 * kMinute),
       "How long the lease lasts without being kept alive: another runner takes over after that."},
      {"/lease/safety", kOptional, Duration<FIELD(reconcile.lease.safety)>(kSecond, 5 * kMinute),
       "No write is begun so long before the lease's end; it covers the difference between the clocks."},
  };
}
// clang-format on

#undef FIELD

}  // namespace

const std::vector<Row>& Rows() {
  static const std::vector<Row>& rows = *new std::vector<Row>([] {
    std::vector<Row> all;
    for (auto section : {OktaRows, TeleportRows, UsersRows, RunRows}) {
      for (Row& row : section()) all.push_back(std::move(row));
    }
    return all;
  }());
  return rows;
}

}  // namespace oktasync::config
