// From a page of Okta's to what Teleport would be told: rules R5 and R7, and the digest that stands for it.
#include <memory>
#include <string>
#include <vector>

#include "base/text.h"
#include "check.h"
#include "okta/app_user_decoder.h"
#include "traits/mapper.h"
#include "traits/values.h"

namespace {

namespace traits = oktasync::traits;

traits::Options SomeOptions() {
  traits::Options options;
  options.source = {"00o1", "0oa1"};
  options.org_url = "https://example.okta.com";
  options.role_rules = {{{"dev"}, "department", "Engineering", ""}};
  options.exclude = {"secret"};
  options.rename = {{"team", "group"}, {"squad", "group"}};
  options.max_value_bytes = 64;
  options.max_values = 4;
  options.max_traits_bytes = 256;
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static oktasync::okta::AppUserDecoder& decoder = *new oktasync::okta::AppUserDecoder();
  static const traits::Mapper& mapper = *new traits::Mapper(SomeOptions());
  const auto page = decoder.DecodePage(std::string(oktasync::fuzz::View(data, size)), 1);
  if (!page.ok()) return 0;
  for (const oktasync::AppUser& person : (*page)->users) {
    std::vector<traits::Finding> findings;
    const auto desired = mapper.Map(person, &findings);
    const auto digest = mapper.MapDigest(person, nullptr);
    FUZZ_CHECK(desired.ok() == digest.ok());
    for (const traits::Finding& finding : findings) FUZZ_CHECK(oktasync::IsUtf8(traits::Describe(finding)));
    if (!desired.ok()) {
      oktasync::fuzz::CheckWords(desired.status());
      continue;
    }
    FUZZ_CHECK(traits::DigestOf(*desired) == *digest);
    FUZZ_CHECK(traits::CheckName(desired->name, mapper.options()).ok());
    size_t bytes = 0;
    for (const auto& [key, values] : desired->traits) {
      FUZZ_CHECK(key == "group" || key.rfind("okta/", 0) == 0);
      FUZZ_CHECK(key != "okta/secret");
      FUZZ_CHECK(!values.empty() && values.size() <= mapper.options().max_values);
      bytes += key.size();
      for (const std::string& value : values) {
        FUZZ_CHECK(!value.empty() && value.size() <= mapper.options().max_value_bytes);
        FUZZ_CHECK(oktasync::fuzz::IsPlain(value));
        FUZZ_CHECK(!traits::Inspect(value).pattern && value.find('*') == std::string::npos);
        bytes += value.size();
      }
    }
    FUZZ_CHECK(bytes <= mapper.options().max_traits_bytes);
    // A user that was just made is as we want him.
    const oktasync::UserRecord made = traits::NewUser(*desired);
    FUZZ_CHECK(traits::DigestOf(made) == *digest);
    FUZZ_CHECK(traits::WouldTake(made, *desired).empty());
  }
  return 0;
}
