// A page of an app's users, decoded with simdjson (the hot path), against a careful reading of the same text.
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "check.h"
#include "nlohmann/json.hpp"
#include "okta/app_user_decoder.h"
#include "okta/ids.h"
#include "okta/surrogates.h"

namespace {

using oktasync::AppUser;
using oktasync::Attribute;
using oktasync::Profile;
using oktasync::fuzz::CheckWords;

// The attributes of the careful reading, by name; simdjson keeps them in the text's order.
void CheckProfile(const Profile& fast, const nlohmann::json& row) {
  const auto careful = row.find("profile");
  if (careful == row.end() || careful->is_null()) {
    FUZZ_CHECK(fast.attributes.empty());
    return;
  }
  FUZZ_CHECK(careful->is_object() && careful->size() == fast.attributes.size());
  for (const Attribute& attribute : fast.attributes) {
    FUZZ_CHECK(size_t{attribute.first} + attribute.count <= fast.values.size());
    const auto member = careful->find(std::string(attribute.name));
    FUZZ_CHECK(member != careful->end());
    const nlohmann::json items = member->is_array() ? *member : nlohmann::json::array({*member});
    size_t nulls = 0;
    for (const auto& item : items) nulls += item.is_null() ? 1 : 0;
    FUZZ_CHECK(attribute.count + attribute.skipped + nulls == items.size());
    if (attribute.skipped != 0 || nulls != 0) continue;
    for (size_t i = 0; i < attribute.count; ++i) {
      const auto* text = std::get_if<std::string_view>(&fast.values[attribute.first + i]);
      FUZZ_CHECK((text != nullptr) == items[i].is_string());
      if (text != nullptr) FUZZ_CHECK(*text == items[i].get_ref<const std::string&>());
    }
  }
}

void CheckRow(const AppUser& fast, const nlohmann::json& row) {
  FUZZ_CHECK(oktasync::okta::IsOktaId(fast.id));
  FUZZ_CHECK(fast.id == oktasync::JsonString(row, "id"));
  FUZZ_CHECK(fast.assignment_text == oktasync::JsonString(row, "status"));
  const nlohmann::json& user = row.at("_embedded").at("user");
  FUZZ_CHECK(fast.id == oktasync::JsonString(user, "id"));
  FUZZ_CHECK(fast.status_text == oktasync::JsonString(user, "status"));
  const auto credentials = row.find("credentials");
  FUZZ_CHECK(fast.user_name ==
             (credentials == row.end() ? "" : oktasync::JsonString(*credentials, "userName")));
  CheckProfile(fast.app_profile, row);
  CheckProfile(fast.user_profile, user);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static oktasync::okta::AppUserDecoder& decoder = *new oktasync::okta::AppUserDecoder();
  const std::string text(oktasync::fuzz::View(data, size));
  const auto page = decoder.DecodePage(text, 1);
  if (!page.ok()) {
    CheckWords(page.status());
    return 0;
  }
  FUZZ_CHECK(oktasync::IsUtf8(text));
  FUZZ_CHECK(!oktasync::okta::HasLoneSurrogate(text));
  // What the careful one refuses for a key that comes twice, in a place that we do not look at, or for a number that
  // no double holds, the fast one may take.
  const auto careful = oktasync::ParseJson(text, {.max_bytes = 1 << 20, .max_depth = 64});
  if (!careful.ok()) return 0;
  FUZZ_CHECK(careful->is_array() && careful->size() == (*page)->users.size());
  for (size_t i = 0; i < careful->size(); ++i) CheckRow((*page)->users[i], (*careful)[i]);
  return 0;
}
