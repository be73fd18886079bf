// oktasync-playground: an Okta org and a Teleport auth service on loopback, with a control port.
//
// `serve` starts all three, writes the files that clients need, prints where everything is, then "ready", and
// serves until SIGTERM, SIGINT or POST /stop. Exit code 0 after a clean end, 1 when it could not start.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "auth/auth_service.h"
#include "control/control_server.h"
#include "kill_switch.h"
#include "main/files.h"
#include "okta/crypto.h"
#include "okta/okta_service.h"
#include "record.h"

namespace playground {
namespace {

struct ServeOptions {
  uint64_t users = 100;
  uint64_t seed = 1;
  std::string dir;
  int okta_port = 0;
  int auth_port = 0;
  int control_port = 0;
  std::string rate_limits = "generous";
  std::string version = "18.1.0";
  std::string cluster = "playground";
  bool without_okta_requester = false;
  bool without_saml = false;
  bool expired_okta_certificate = false;
  double connection_age = 0;
};

// From this many people on the record counts traits instead of holding them.
constexpr uint64_t kManyUsers = 10'000;

int Serve(const ServeOptions& options, const sigset_t& ending_signals) {
  const std::string dir = MakeDirectory(options.dir);
  Record record;
  KillSwitch kill(record);

  okta::Options okta_options;
  okta_options.people = options.users;
  okta_options.seed = options.seed;
  okta_options.port = options.okta_port;
  okta_options.real_rate_limits = options.rate_limits == "real";
  okta_options.dir = dir;
  okta_options.expired_certificate = options.expired_okta_certificate;
  okta::OktaService okta(okta_options, record, kill);

  AuthOptions auth_options;
  auth_options.dir = dir;
  auth_options.port = options.auth_port;
  auth_options.cluster = options.cluster;
  auth_options.version = options.version;
  auth_options.okta_requester = !options.without_okta_requester;
  auth_options.record_traits = options.users < kManyUsers;
  auth_options.connection_age = options.connection_age;
  auth_options.okta = [&okta](const std::string& command, const nlohmann::json& args) {
    return okta.Control(command, args);
  };
  AuthService auth(auth_options, record, kill);
  auth.Start();

  if (!options.without_saml) {
    const nlohmann::ordered_json okta_info = okta.Info();
    auth.Control("put_saml_connector", {{"name", "okta"},
                                        {"labels", {{"teleport.internal/okta-app-id", okta_info["app_id"]}}},
                                        {"issuer", okta_info["saml_issuer"]},
                                        {"sso", okta_info["saml_sso_url"]},
                                        {"acs", okta_info["saml_acs_url"]}});
  }

  control::Options control_options;
  control_options.port = options.control_port;
  control_options.okta = [&okta](const std::string& command, const nlohmann::json& args) {
    return okta.Control(command, args);
  };
  control_options.auth = [&auth](const std::string& command, const nlohmann::json& args) {
    return auth.Control(command, args);
  };
  control_options.kill = &kill;
  control_options.stop = [] { ::kill(::getpid(), SIGTERM); };
  control::ControlServer control(std::move(control_options), record);

  nlohmann::ordered_json info = okta.Info();
  info["auth_address"] = auth.address();
  info["identity_key_file"] = dir + "/identity.key";
  info["identity_cert_file"] = dir + "/identity.crt";
  info["identity_ca_file"] = dir + "/host-ca.pem";
  info["cluster"] = options.cluster;
  info["ca_pin"] = auth.ca_pin();
  info["proxy_address"] = auth.proxy_address();
  info["proxy_ca_file"] = dir + "/proxy-ca.pem";
  info["http_proxy"] = auth.http_proxy();
  info["control_url"] = control.url();
  info["config_file"] = dir + "/oktasync.yaml";
  okta::WriteFile(dir + "/oktasync.yaml", HostConfig(info), false);
  okta::WriteFile(dir + "/playground.json", info.dump(2) + "\n", false);
  control.Start(info);

  for (const auto& [name, value] : info.items()) {
    std::cout << name << ": " << (value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
  }
  std::cout << "ready" << std::endl;

  int signal = 0;
  sigwait(&ending_signals, &signal);
  control.Stop();
  okta.Stop();
  auth.Stop();
  return 0;
}

int Main(int argc, char** argv) {
  // Every thread inherits the mask; the main thread alone takes the signals that end the program.
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);

  CLI::App app("An Okta org and a Teleport auth service on loopback, for tests and trials of oktasync.");
  app.require_subcommand(1);
  ServeOptions options;
  CLI::App* serve =
      app.add_subcommand("serve", "start both services and serve until SIGTERM, SIGINT or POST /stop");
  serve->add_option("--users", options.users, "people assigned to the Okta app at the start")
      ->check(CLI::Range(uint64_t{0}, uint64_t{5'000'000}))
      ->capture_default_str();
  serve->add_option("--seed", options.seed, "another seed gives other people")->capture_default_str();
  serve->add_option("--dir", options.dir,
                    "where keys, certificates and configs go; default: a fresh directory");
  const auto port = CLI::Range(0, 65535);
  serve->add_option("--okta-port", options.okta_port, "0: any free port")->check(port);
  serve->add_option("--auth-port", options.auth_port, "0: any free port")->check(port);
  serve->add_option("--control-port", options.control_port, "0: any free port")->check(port);
  serve->add_option("--page-rate-limits", options.rate_limits, "real: those of a workforce org")
      ->check(CLI::IsMember({"real", "generous"}))
      ->capture_default_str();
  serve->add_option("--version", options.version, "of the Teleport auth service")->capture_default_str();
  serve->add_option("--cluster", options.cluster, "name of the Teleport cluster")->capture_default_str();
  serve->add_flag("--without-okta-requester", options.without_okta_requester,
                  "no preset role okta-requester, as in the community edition");
  serve->add_flag("--without-saml", options.without_saml, "no SAML connector, as in the community edition");
  serve->add_flag("--expired-okta-certificate", options.expired_okta_certificate,
                  "the org's server certificate ended yesterday");
  serve
      ->add_option("--connection-age", options.connection_age,
                   "seconds after which the auth service sends GOAWAY on a connection; 0: never")
      ->check(CLI::Range(0.0, 3600.0));
  CLI11_PARSE(app, argc, argv);
  try {
    return Serve(options, ending);
  } catch (const std::exception& e) {
    std::cerr << "oktasync-playground: " << e.what() << "\n";
    return 1;
  }
}

}  // namespace
}  // namespace playground

int main(int argc, char** argv) { return playground::Main(argc, argv); }
