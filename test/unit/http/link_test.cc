// Link headers and the merge of the original query. R11: a list whose end is not sure is not a whole list.
#include "http/link.h"

#include <catch2/catch.hpp>

#include "base/status.h"

namespace oktasync::http {
namespace {

const std::string kList = "https://example.okta.com/api/v1/apps/0oa1/users?limit=500&expand=user";

std::optional<std::string> Next(const std::vector<std::string_view>& values) {
  const auto next = FindNext(values);
  INFO(Describe(next.status()));
  REQUIRE(next.ok());
  return *next;
}

void CheckBroken(const std::vector<std::string_view>& values) {
  const auto next = FindNext(values);
  CAPTURE(values.front());
  REQUIRE_FALSE(next.ok());
  CHECK(next.status().code() == absl::StatusCode::kDataLoss);
}

std::string Merged(const std::string& original, const std::string& next) {
  const auto merged = MergeNext(original, next);
  INFO(Describe(merged.status()));
  REQUIRE(merged.ok());
  return *merged;
}

std::string Refused(const std::string& original, const std::string& next) {
  const auto merged = MergeNext(original, next);
  CAPTURE(next);
  REQUIRE_FALSE(merged.ok());
  return Message(merged.status());
}

}  // namespace

TEST_CASE("next in two Link headers, as Okta sends it") {
  CHECK(Next({"<https://e.okta.com/a?limit=2>; rel=\"self\"",
              "<https://e.okta.com/a?after=x>; rel=\"next\""}) == "https://e.okta.com/a?after=x");
}

TEST_CASE("next in one comma-joined Link header (SEKOIA PR #160)") {
  CHECK(Next({"<https://e/a>; rel=\"self\", <https://e/a?after=x>; rel=\"next\""}) == "https://e/a?after=x");
  CHECK(Next({"<https://e/a>;rel=self,<https://e/a?after=x>;rel=next"}) == "https://e/a?after=x");
  CHECK(Next({", ,<https://e/a?after=x> ; rel = next ,"}) == "https://e/a?after=x");
}

TEST_CASE("commas, semicolons and quotes within a target or a quoted parameter separate nothing") {
  CHECK(
      Next(
          {R"(<https://e/a?x=1,2;3>; title="a, <b>; rel=\"next\""; rel="self", <https://e/n?a=1,2>; rel="next")"}) ==
      "https://e/n?a=1,2");
  const auto links = ParseLinks({R"(<u>; title="say \"hi\", \\o/"; rel=self)"});
  REQUIRE(links.ok());
  REQUIRE(links->size() == 1);
  CHECK(links->at(0).params.at(0).second == R"(say "hi", \o/)");
}

TEST_CASE("rel holds several relations, in any case, and only the first rel counts (RFC 8288 section 3.3)") {
  CHECK(Next({"<u>; rel=\"self NEXT\""}) == "u");
  CHECK(Next({"<u>; REL=Next"}) == "u");
  CHECK(Next({"<u>; rel=self; rel=next"}) == std::nullopt);
  CHECK(Next({"<u>; rel=nextish"}) == std::nullopt);
  CHECK(Next({"<u>; rel=\"next-archive\""}) == std::nullopt);
  CHECK(Next({"<u>; foo; bar=\"\"; rel=next;"}) == "u");
}

TEST_CASE("no next: the last page") {
  CHECK(Next({}) == std::nullopt);
  CHECK(Next({""}) == std::nullopt);
  CHECK(Next({"<https://e/a>; rel=\"self\""}) == std::nullopt);
}

TEST_CASE("R11: a Link header that cannot be read is an error and not the end of the list") {
  CheckBroken({"https://e/a?after=x; rel=\"next\""});
  CheckBroken({"<https://e/a?after=x; rel=\"next\""});
  CheckBroken({"<https://e/a?after=x>; rel=\"next"});
  CheckBroken({"<https://e/a?after=x> rel=\"next\""});
  CheckBroken({"<https://e/a?after=x>; rel="});
  CheckBroken({"<https://e/a?after=x>; rel=\"next\\"});
  CheckBroken({"<https://e/a>; rel=self", "next"});
}

TEST_CASE("R11: two different next pages are an error, the same one twice is not") {
  CheckBroken({"<https://e/a?after=x>; rel=next, <https://e/a?after=y>; rel=next"});
  CHECK(Next({"<https://e/a?after=x>; rel=next", "<https://e/a?after=x>; rel=next"}) ==
        "https://e/a?after=x");
}

TEST_CASE("okta-sdk-nodejs #439: the next link drops expand=user, the merge brings it back") {
  CHECK(Merged(kList, "https://example.okta.com/api/v1/apps/0oa1/users?after=abc&limit=500") ==
        "https://example.okta.com/api/v1/apps/0oa1/users?expand=user&after=abc&limit=500");
}

TEST_CASE("okta-sdk-golang #242: the link's own parameters win over the original's") {
  CHECK(Merged(kList, "https://example.okta.com/api/v1/apps/0oa1/users?after=abc&limit=200") ==
        "https://example.okta.com/api/v1/apps/0oa1/users?expand=user&after=abc&limit=200");
  // Each page is merged with the URL before it: the old cursor must go.
  CHECK(Merged("https://e.okta.com/u?expand=user&after=1", "https://e.okta.com/u?after=2") ==
        "https://e.okta.com/u?expand=user&after=2");
}

TEST_CASE("a next link that repeats expand has it once") {
  CHECK(Merged(kList, "https://example.okta.com/api/v1/apps/0oa1/users?expand=user&after=b&expand=user") ==
        "https://example.okta.com/api/v1/apps/0oa1/users?limit=500&expand=user&after=b");
  CHECK(Merged(kList, "https://example.okta.com/u?%65xpand=user&after=b") ==
        "https://example.okta.com/u?limit=500&%65xpand=user&after=b");
}

TEST_CASE("an opaque cursor stays as it is, letter for letter") {
  const std::string cursor = "after=00u%2Fa%2fB%3D%3d+x~_.-%E2%82%AC%";
  CHECK(Merged(kList, "https://example.okta.com/u?" + cursor) ==
        "https://example.okta.com/u?limit=500&expand=user&" + cursor);
}

TEST_CASE("the same origin may be written in several ways") {
  CHECK(Merged(kList, "HTTPS://EXAMPLE.okta.com:443/u?after=x") ==
        "https://example.okta.com/u?limit=500&expand=user&after=x");
  CHECK(Merged("https://localhost:8443/u?expand=user", "https://LOCALHOST:8443/u?after=x") ==
        "https://localhost:8443/u?expand=user&after=x");
  CHECK(Merged(kList, "/u?after=x#fragment") == "https://example.okta.com/u?limit=500&expand=user&after=x");
  CHECK(Merged("https://e.okta.com/u", "https://e.okta.com/u") == "https://e.okta.com/u");
}

TEST_CASE("BAD-DAYS: next to another origin or to http is refused, in words") {
  CHECK_THAT(Refused(kList, "https://evil.example.com/api/v1/apps/0oa1/users?after=x"),
             Catch::Contains("https://evil.example.com instead of https://example.okta.com"));
  CHECK_THAT(Refused(kList, "http://example.okta.com/u?after=x"), Catch::Contains("not with https"));
  CHECK_THAT(Refused(kList, "https://example.okta.com:8443/u?after=x"), Catch::Contains(":8443"));
  CHECK_THAT(Refused(kList, "https://example.okta.com.evil.com/u"), Catch::Contains("instead of"));
  CHECK_THAT(Refused(kList, "//evil.com/u?after=x"), Catch::Contains("instead of"));
  Refused(kList, "https://example.okta.com@evil.com/u");
  Refused(kList, "https://example.okta.com\\@evil.com/u");
  Refused(kList, "https://user:pass@example.okta.com/u");
  Refused(kList, "file:///etc/passwd");
  Refused(kList, "javascript:alert(1)");
  Refused(kList, std::string("https://example.okta.com/u\0?after=x", 35));
  Refused(kList, "https://example.okta.com/u\r\nX: y");
  Refused(kList, "");
}

TEST_CASE("the message about a foreign link holds no query, which may carry a cursor or worse") {
  const std::string message = Refused(kList, "https://evil.com/steal?token=hunter2");
  CHECK_THAT(message, !Catch::Contains("hunter2") && !Catch::Contains("steal"));
}

}  // namespace oktasync::http
