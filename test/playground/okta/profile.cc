#include "okta/profile.h"

#include <array>
#include <cstdio>
#include <string_view>

#include "okta/text.h"

namespace playground::okta {
namespace {

constexpr const char* kDepartments[] = {
    "Engineering", "Site Reliability", "Finance & Control",     "Ventes – Sud",
    "人事部",      "Продажи",          "Forschung/Entwicklung", "Legal",
    "Support",     "Security",         "Data Platform",         "Betrieb"};
constexpr const char* kTitles[] = {"Engineer",  "Senior Engineer", "Staff Engineer", "Manager", "Analyst",
                                   "Directeur", "エンジニア",      "Администратор",  "Técnico", "Architect"};
constexpr const char* kSkills[] = {"go",           "c++",    "postgres", "kubernetes", "incident response",
                                   "übersetzen",   "テスト", "bash",     "terraform",  "sql",
                                   "on-call lead", "rust"};
constexpr const char* kUserTypes[] = {"Employee", "Employee", "Employee", "Contractor", "Intern"};
constexpr const char* kTeams[] = {"edge", "core", "ledger", "mobile", "search", "platform"};

template <size_t kSize>
const char* Pick(Draw& draw, const char* const (&values)[kSize]) {
  return values[draw.Below(kSize)];
}

// Writes one JSON object member by member and leaves out what is dropped.
class ObjectWriter {
 public:
  ObjectWriter(std::string& out, const Names& dropped) : out_(out), dropped_(dropped) { out_ += '{'; }
  ~ObjectWriter() { out_ += '}'; }
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  void String(std::string_view key, std::string_view value) {
    if (Begin(key)) AppendJsonString(out_, value);
  }
  void Raw(std::string_view key, std::string_view json) {
    if (Begin(key)) out_ += json;
  }
  void Number(std::string_view key, uint64_t value) { Raw(key, std::to_string(value)); }
  void Bool(std::string_view key, bool value) { Raw(key, value ? "true" : "false"); }
  void Null(std::string_view key) { Raw(key, "null"); }

 private:
  bool Begin(std::string_view key) {
    if (!dropped_.empty() && dropped_.find(key) != dropped_.end()) return false;
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += key;
    out_ += "\":";
    return true;
  }

  std::string& out_;
  const Names& dropped_;
  bool first_ = true;
};

std::string DisplayName(const Person& person) {
  const Culture& culture = *person.culture;
  return culture.family_first ? std::string(person.family->native) + culture.between + person.given->native
                              : std::string(person.given->native) + culture.between + person.family->native;
}

std::string Phone(const Culture& culture, Draw& draw) {
  return culture.phone + std::to_string(1000 + draw.Below(9000));
}

std::string Street(const Culture& culture, Draw& draw) {
  std::string street = culture.street;
  street.replace(street.find("%d"), 2, std::to_string(1 + draw.Below(240)));
  return street;
}

std::string Skills(Draw& draw, uint64_t count) {
  std::string json = "[";
  const uint64_t first = draw.Next();
  for (uint64_t i = 0; i < count; ++i) {
    if (i > 0) json += ',';
    AppendJsonString(json, kSkills[(first + i) % std::size(kSkills)]);
  }
  return json + "]";
}

std::string LongText(const Culture& culture, Draw& draw) {
  const size_t size = 1000 + draw.Below(2000);
  std::string text;
  while (text.size() < size) {
    text += culture.words;
    if (draw.Percent(10)) text += "\n";
  }
  return text;
}

const char* Department(const People& people, const Person& person) {
  Draw draw = people.DrawFor(person.index, 1);
  return Pick(draw, kDepartments);
}

}  // namespace

void AppendUserProfile(std::string& out, const People& people, const Person& person, const Names& dropped) {
  const Culture& culture = *person.culture;
  Draw draw = people.DrawFor(person.index, 2);
  const std::string_view locale = culture.locale;
  ObjectWriter profile(out, dropped);
  profile.String("firstName", person.given->native);
  profile.String("lastName", person.family->native);
  draw.Percent(70) ? profile.Null("mobilePhone") : profile.String("mobilePhone", Phone(culture, draw));
  draw.Percent(85) ? profile.Null("secondEmail")
                   : profile.String("secondEmail", std::string(person.given->ascii) + "@home.example.net");
  profile.String("login", person.login);
  profile.String("email", person.login);
  profile.String("displayName", DisplayName(person));
  if (draw.Percent(20)) profile.String("nickName", person.given->native);
  if (draw.Percent(10)) profile.String("middleName", culture.given[draw.Below(kNamesPerCulture)].native);
  if (draw.Percent(8)) profile.String("honorificPrefix", "Dr.");
  profile.String("title", Pick(draw, kTitles));
  profile.String("primaryPhone", Phone(culture, draw));
  profile.String("streetAddress", Street(culture, draw));
  profile.String("city", culture.city);
  if (draw.Percent(15)) {
    profile.String("postalAddress", DisplayName(person) + "\n" + Street(culture, draw) + "\n" + culture.city);
  }
  profile.String("zipCode", std::to_string(10000 + draw.Below(89999)));
  profile.String("countryCode", culture.country);
  profile.String("preferredLanguage", locale.substr(0, 2));
  profile.String("locale", culture.locale);
  profile.String("timezone", culture.timezone);
  profile.String("userType", Pick(draw, kUserTypes));
  profile.String("employeeNumber", std::to_string(100000 + person.index));
  profile.String("costCenter", "CC-" + std::to_string(100 + draw.Below(80)));
  profile.String("organization", "Example Holding – " + std::string(culture.country));
  profile.String("division", draw.Percent(50) ? "North & East" : "South");
  profile.String("department", Department(people, person));
  draw.Percent(30) ? profile.Null("managerId") : profile.String("managerId", people.IdOf(person.index / 8));
  profile.Number("badge", 20'000'000'000ULL + person.index);
  profile.Raw("fte", draw.Percent(80) ? "1.0" : "0.75");
  profile.Bool("onCall", draw.Percent(25));
  profile.Raw("skills", Skills(draw, draw.Below(5)));
  if (draw.Percent(30)) {
    profile.Raw("floors",
                "[" + std::to_string(draw.Below(9)) + "," + std::to_string(10 + draw.Below(9)) + "]");
  }
  if (draw.Percent(12)) profile.String("note", "");
  if (draw.Percent(6)) profile.String("about", LongText(culture, draw));
}

void AppendAppProfile(std::string& out, const People& people, const Person& person, const Names& dropped) {
  Draw draw = people.DrawFor(person.index, 3);
  ObjectWriter profile(out, dropped);
  profile.String("email", person.login);
  profile.String("firstName", person.given->native);
  profile.String("lastName", person.family->native);
  profile.String("displayName", DisplayName(person));
  profile.String("department", Department(people, person));
  profile.Null("secondEmail");
  profile.String("team", Pick(draw, kTeams));
  profile.Raw("logins", draw.Percent(80) ? std::string("[\"") + person.given->ascii + "\"]"
                                         : std::string("[\"") + person.given->ascii + "\",\"deploy\"]");
  profile.Number("accessLevel", draw.Below(4));
  profile.Bool("mfaRequired", draw.Percent(90));
  profile.Raw("regions", draw.Percent(50) ? "[]" : R"(["eu-west","us-east"])");
}

}  // namespace playground::okta
