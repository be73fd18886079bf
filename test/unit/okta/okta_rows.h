// Rows of Okta's app-user list for the tests.
#pragma once

#include <string>

namespace oktasync::okta::testing {

// A row with its embedded user; `user_name` is JSON text without its quotes.
inline std::string Row(const std::string& id, const std::string& user_name,
                       const std::string& assignment = "ACTIVE", const std::string& status = "ACTIVE") {
  return R"({"id":")" + id + R"(","status":")" + assignment + R"(","credentials":{"userName":")" + user_name +
         R"("},"profile":{"role":"dev"},"_embedded":{"user":{"id":")" + id + R"(","status":")" + status +
         R"(","profile":{"login":")" + user_name + R"("}}}})";
}

// Okta's own example (OpenAPI 2026.06.3, AppUserListEx), shortened by links.
inline constexpr char kOktaExamplePage[] = R"([
  {
    "id": "00u1dnq5S0CfjlkpABCD",
    "externalId": "00u5edt3PNbbjzvIABCD",
    "created": "2024-01-31T18:25:01.000Z",
    "lastUpdated": "2024-01-31T18:25:03.000Z",
    "scope": "USER",
    "status": "PROVISIONED",
    "statusChanged": "2024-01-31T18:25:03.000Z",
    "passwordChanged": null,
    "syncState": "SYNCHRONIZED",
    "lastSync": "2024-01-31T18:25:03.000Z",
    "credentials": {"userName": "saml.test@example.com"},
    "profile": {
      "secondEmail": null,
      "lastName": "Test",
      "mobilePhone": null,
      "displayName": "Saml O Test",
      "email": "saml.test@example.com",
      "salesforceGroups": [],
      "role": "Tester",
      "firstName": "Saml",
      "streetAddress": null,
      "profile": "Standard Platform User"
    },
    "_links": {
      "app": {"href": "https://example.okta.com/api/v1/apps/0oajiqIRNXPPJBNZMGYL"},
      "user": {"href": "https://example.okta.com/api/v1/users/00u1dnq5S0CfjlkpABCD"}
    },
    "_embedded": {
      "user": {
        "id": "00u1dnq5S0CfjlkpABCD",
        "status": "ACTIVE",
        "created": "2024-01-09T15:36:04.000Z",
        "activated": "2024-01-09T15:36:05.000Z",
        "statusChanged": "2024-01-09T15:36:05.000Z",
        "lastLogin": null,
        "lastUpdated": "2024-01-09T15:36:05.000Z",
        "passwordChanged": "2024-01-09T15:36:05.000Z",
        "type": {"id": "otyzhh29g7Python90g3"},
        "profile": {
          "firstName": "Saml",
          "lastName": "Test",
          "mobilePhone": null,
          "secondEmail": null,
          "login": "saml.test@example.com",
          "email": "saml.test@example.com"
        },
        "credentials": {"password": {}, "provider": {"type": "OKTA", "name": "OKTA"}},
        "_links": {
          "suspend": {
            "href": "https://example.okta.com/api/v1/users/00u1dnq5S0CfjlkpABCD/lifecycle/suspend",
            "method": "POST"
          },
          "self": {"href": "https://example.okta.com/api/v1/users/00u1dnq5S0CfjlkpABCD"}
        }
      }
    }
  }
])";

}  // namespace oktasync::okta::testing
