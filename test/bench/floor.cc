#include "bench/floor.h"

#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "http/client.h"
#include "http/link.h"
#include "jose/signer.h"
#include "oauth/token_source.h"

namespace bench {
namespace {

template <typename T>
T Or(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(oktasync::Message(value.status()));
  return *std::move(value);
}

}  // namespace

Floor FetchWithCurl(const playground::Client& world) {
  oktasync::Cancel cancel;
  oktasync::http::ClientOptions options;
  options.ca_file = world.Info("okta_ca_file");
  const auto http = Or(oktasync::http::MakeCurlClient(options));
  std::shared_ptr<const oktasync::jose::Signer> signer =
      Or(oktasync::jose::SignerFromFile(world.Info("private_key_file")));
  oktasync::CorrectedClock clock(oktasync::SystemClock());
  const auto tokens = oktasync::oauth::MakeClientCredentialsSource(
      {world.Info("okta_url"), world.Info("client_id")},
      oktasync::oauth::MakeFixedKey({world.Info("key_id"), signer}), nullptr, *http, clock,
      oktasync::NullLog());
  const std::string authorization = "Bearer " + std::string(Or(tokens->Get(cancel)).value.Reveal());

  const std::string dir = world.Info("config_file").substr(0, world.Info("config_file").rfind('/'));
  const std::string config = dir + "/curl.config";
  Floor floor;
  {
    std::ofstream out(config);
    chmod(config.c_str(), 0600);
    out << "silent\nshow-error\nfail\ncacert = \"" << options.ca_file << "\"\n";
    std::string url =
        world.Info("okta_url") + "/api/v1/apps/" + world.Info("app_id") + "/users?limit=500&expand=user";
    while (!url.empty()) {
      oktasync::http::Request request;
      request.url = url;
      request.authorization = oktasync::Secret(authorization);
      const auto response = Or(http->Send(request, cancel));
      if (response.status != 200)
        throw std::runtime_error("the playground answered " + std::to_string(response.status));
      floor.megabytes += static_cast<double>(response.body.size()) / 1e6;
      ++floor.pages;
      out << (floor.pages > 1 ? "next\n" : "") << "silent\nshow-error\nfail\ncacert = \"" << options.ca_file
          << "\"\nheader = \"Authorization: " << authorization << "\"\nurl = \"" << url
          << "\"\noutput = \"/dev/null\"\n";
      const auto next = Or(oktasync::http::FindNext(response.All("link")));
      url = next.has_value() ? Or(oktasync::http::MergeNext(url, *next)) : std::string();
    }
  }
  harness::Process curl({"/usr/bin/curl", "--config", config});
  floor.curl = curl.Wait(600);
  std::remove(config.c_str());
  if (floor.curl.exit_code != 0) throw std::runtime_error("curl failed: " + floor.curl.err);
  return floor;
}

}  // namespace bench
