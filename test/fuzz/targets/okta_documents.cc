// The app, the org, a group, a list of groups or apps. The first character says which: a, o, g, s, l.
#include "check.h"
#include "http/url.h"
#include "okta/documents.h"
#include "okta/ids.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using oktasync::fuzz::CheckWords;
  using oktasync::okta::IsOktaId;
  std::string_view text = oktasync::fuzz::View(data, size);
  switch (oktasync::fuzz::TakeByte(text)) {
    case 'a': {
      const auto app = oktasync::okta::ParseApp(text);
      CheckWords(app.status());
      if (app.ok()) FUZZ_CHECK(IsOktaId(app->id) && !app->status.empty());
      break;
    }
    case 'o': {
      const auto org = oktasync::okta::ParseOrg(text);
      CheckWords(org.status());
      if (!org.ok()) break;
      FUZZ_CHECK(IsOktaId(org->id));
      // It becomes a label, and is compared with it for ever: only one spelling.
      const auto url = oktasync::http::ParseUrl(org->canonical_url);
      FUZZ_CHECK(url.ok() && url->Origin() == org->canonical_url);
      break;
    }
    case 'g': {
      const auto group = oktasync::okta::ParseGroup(text);
      CheckWords(group.status());
      if (group.ok()) FUZZ_CHECK(IsOktaId(group->id) && !group->name.empty());
      break;
    }
    case 'l': {
      const auto apps = oktasync::okta::ParseApps(text);
      CheckWords(apps.status());
      if (!apps.ok()) break;
      for (const auto& app : *apps) FUZZ_CHECK(IsOktaId(app.id));
      break;
    }
    default: {
      const auto groups = oktasync::okta::ParseGroups(text);
      CheckWords(groups.status());
      if (!groups.ok()) break;
      for (const auto& group : *groups) FUZZ_CHECK(IsOktaId(group.id) && !group.name.empty());
    }
  }
  return 0;
}
