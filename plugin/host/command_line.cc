#include <CLI/CLI.hpp>
#include <iostream>
#include <utility>
#include <vector>

#include "base/text.h"
#include "options.h"
#include "plugin_library.h"

namespace oktasync::host {
namespace {

constexpr uint64_t kSyncLimit = 20;
constexpr uint64_t kPlanLimit = 200;
constexpr size_t kDigestDigits = 16;

constexpr char kFooter[] =
    "Exit codes:\n"
    "  0    done, and nothing is held; run: ended because it was asked to; status: all is well\n"
    "  1    the run failed, or the instance did, or there is no daemon to ask\n"
    "  2    usage or configuration error; the plugin cannot be loaded; a file is no plan or report\n"
    "  3    done, but something is held, people wait for a role, or single people failed;\n"
    "       status: an alarm, a last run that failed, something to mend, or something is held\n"
    "  doctor: 0 when no check failed, also when something is not known; 1 when one failed\n"
    "  4    plan --exit-code: the plan shows changes\n"
    "  130  interrupted; what a daemon was asked for goes on\n"
    "\n"
    "Results go to standard output, log lines and progress to standard error. With --json a result is one\n"
    "JSON document on a line, and each log line is a JSON object.\n"
    "While `run` is at work it listens on a unix socket; plan, sync and explain then go through it, and\n"
    "status, approve and report need it. The socket's path follows from the configuration's path; another\n"
    "one is named with --socket, to the daemon and to those who ask it.\n"
    "Ctrl-C stops within a second; a second one leaves at once. `run` reads its identity files again on "
    "SIGHUP.";

// CLI11 prints errors to one stream and help to another; both belong to the reader, so they come escaped as
// they are: all text is our own or the caller's arguments.
int Exit(const CLI::App& app, const CLI::ParseError& error) {
  return app.exit(error, std::cout, std::cerr) == 0 ? kExitDone : kExitUsage;
}

std::string CheckDigest(const std::string& text) {
  if (text.size() == kDigestDigits && text.find_first_not_of("0123456789abcdef") == std::string::npos) {
    return {};
  }
  return "expected the digest of a held set: 16 digits of 0-9 and a-f, as plan, status and report show it";
}

class Parser {
 public:
  explicit Parser(Options* options)
      : options_(options),
        app_("Keeps the users of a Teleport cluster equal to the people assigned to one Okta app.",
             "oktasync") {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.footer(kFooter);
    app_.set_version_flag("--version", std::string("oktasync ") + OKTASYNC_VERSION);
    app_.add_option("-c,--config", options->config_file, "Configuration, YAML or JSON")
        ->type_name("FILE")
        ->capture_default_str();
    app_.add_option("--plugin", options->plugin_file,
                    std::string("The plugin (default: ") + kPluginFile +
                        " beside this program, then in ../lib/oktasync/)")
        ->type_name("FILE");
    app_.add_option("--socket", options->socket_file, "The daemon's control socket (default: see below)")
        ->type_name("PATH")
        ->check([](const std::string& path) {
          return path.empty() ? std::string("is empty: give a path, or leave it out") : std::string();
        });
    app_.add_flag("--json", options->json, "Results and log lines as JSON");
    app_.add_flag("-v,--verbose", options->verbose, "Every log line, every field");
    app_.add_flag("--no-color", options->no_color, "No colours (so does the environment variable NO_COLOR)");
    app_.add_flag(
        "--allow-core-dumps", options->allow_core_dumps,
        "Let a crash leave a core, and a debugger attach: for debugging, for a core holds the private "
        "keys and tokens of this process");
    Running();
    Operating();
    Reading();
  }

  int Parse(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
      return Finish();
    } catch (const CLI::ExtrasError&) {
      return Unexpected();
    } catch (const CLI::ParseError& error) {
      return Exit(app_, error);
    }
  }

 private:
  // An option that does not exist may have a secret as its value ("--token=…"), and so may a word that stands alone: the
  // first is named without it, the other not at all.
  int Unexpected() {
    std::string options;
    bool words = false;
    for (const std::string& extra : app_.remaining(true)) {
      const bool option = extra.size() > 1 && extra.front() == '-';
      words = words || !option;
      if (!option) continue;
      const std::string name = extra.substr(0, extra[1] == '-' ? extra.find('=') : 2);
      options += (options.empty() ? "" : ", ") + Escape(name, 64);
    }
    std::cerr << (options.empty()
                      ? "unknown command, or an argument too many (it is not shown, for it may be a secret)"
                      : "unknown option " + options);
    if (!options.empty() && words) std::cerr << ", or an argument too many";
    if (options.find("token") != std::string::npos) {
      std::cerr << "; a join token is read from a file (join --token-file FILE), so that no list of "
                   "processes shows it";
    }
    std::cerr << "\nRun with --help for more information.\n";
    return kExitUsage;
  }

  CLI::App* Add(Command command, const char* name, const char* words, uint64_t limit = 0) {
    CLI::App* added = app_.add_subcommand(name, words);
    added->footer(kFooter);
    commands_.emplace_back(added, command);
    if (limit == 0) return added;
    CLI::Option* option = added->add_option(
        "--limit", options_->limit,
        "People listed for each kind of outcome, 0 for all (default " + std::to_string(limit) + ")");
    option->type_name("N");
    limits_.push_back({added, option, limit});
    return added;
  }

  void AddOneShot(CLI::App* command) {
    command->add_flag("--one-shot", options_->one_shot,
                      "In this process, with the configuration as it is now, although a daemon may run");
  }
  CLI::Option* AddDigest(CLI::App* command, const char* name, const char* words) {
    return command->add_option(name, options_->digest, words)->type_name("DIGEST")->check(CheckDigest);
  }
  void AddPlanFile(CLI::App* command) {
    command
        ->add_option("--plan", options_->plan_file,
                     "Approve a set of this plan, saved with `oktasync plan --json`")
        ->type_name("FILE");
  }

  void Running() {
    Add(Command::kRun, "run", "Sync at the configured interval until stopped", kSyncLimit);
    CLI::App* plan = Add(Command::kPlan, "plan", "Show what a sync would do; write nothing", kPlanLimit);
    plan->add_flag("--exit-code", options_->exit_code, "Exit with 4 when the plan shows changes");
    AddOneShot(plan);
    CLI::App* sync = Add(Command::kSync, "sync", "Sync once, then exit", kSyncLimit);
    sync->add_option(
            "--approve", digests_,
            "Let the held set of this digest through; it is planned and shown first. Given again: a set "
            "that is only held once those before are let through")
        ->type_name("DIGEST")
        ->check(CheckDigest)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    AddPlanFile(sync);
    AddOneShot(sync);
  }

  void Operating() {
    Add(Command::kStatus, "status", "Where the daemon stands, and what waits for an approval");
    CLI::App* approve =
        Add(Command::kApprove, "approve", "Let a held set through, once, after looking at it", kSyncLimit);
    AddDigest(approve, "digest", "The set's digest; not needed with a --plan that holds only one");
    AddPlanFile(approve);
    approve->add_flag("-y,--yes", options_->yes, "Do not ask");
    CLI::App* cleanup = Add(Command::kCleanup, "cleanup",
                            "For those who leave: lock and delete all users of this sync, and remove its "
                            "locks that are over, after a plan and "
                            "its approval",
                            kPlanLimit);
    AddDigest(cleanup, "--approve", "Do it: the digest of what `oktasync cleanup` has shown");
  }

  void Reading() {
    CLI::App* explain =
        Add(Command::kExplain, "explain", "Why one person is as he is, and what a sync would do");
    explain->add_option("who", options_->who, "An Okta user id, or the name of a Teleport user")
        ->required()
        ->type_name("WHO");
    AddOneShot(explain);
    CLI::App* report = Add(Command::kReport, "report", "The report of a run of the daemon", kPlanLimit);
    report->add_option("run", options_->run_id, "The run's number; default: the last finished sync")
        ->type_name("RUN");
    CLI::App* show =
        Add(Command::kShow, "show", "A saved plan or report (plan --json, sync --json) as text", kPlanLimit);
    show->add_option("file", options_->file_to_show, "The file; - for standard input")
        ->required()
        ->type_name("FILE");
    CLI::App* jwks = Add(Command::kJwks, "jwks", "The public keys to register in Okta, as a JWK Set");
    jwks->add_flag("--single", options_->single,
                   "One JWK, for pasting into Okta: the key that signs, or the one of --key-id");
    jwks->add_option("--key-id", options_->key_id, "The id (kid) of the key to print")->type_name("KID");
    CLI::App* join =
        Add(Command::kJoin, "join",
            "Join the Teleport cluster with a token of type okta; writes teleport.identity.file");
    join->add_option("--token-file", options_->token_file,
                     "File with the join token, - for standard input; without it the environment variable "
                     "OKTASYNC_JOIN_TOKEN")
        ->type_name("FILE");
    join->add_option("--ca-pin", options_->ca_pins,
                     "Pin of the cluster's CA, sha256:…, as tctl prints it; needed at the auth server's port")
        ->type_name("PIN")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    join->add_option("--proxy-ca-file", options_->proxy_ca_file,
                     "CA of the proxy's web certificate, when the system does not trust it")
        ->type_name("FILE");
    join->add_flag("--force", options_->force, "Join again, and replace the identity that is there");
    Add(Command::kDoctor, "doctor",
        "Check all that a sync needs, on Okta's side and on Teleport's, and say what to do; writes nothing");
    Add(Command::kCheckConfig, "check-config", "Check the configuration and the files it names");
  }

  int Finish() {
    for (const auto& [app, command] : commands_) {
      if (app->parsed()) options_->command = command;
    }
    for (const Limited& limited : limits_) {
      if (limited.command->parsed() && limited.option->count() == 0) options_->limit = limited.standard;
    }
    if (!digests_.empty()) {
      options_->digest = digests_.front();
      options_->further_digests.assign(digests_.begin() + 1, digests_.end());
    }
    if (options_->command == Command::kApprove && options_->digest.empty() && options_->plan_file.empty()) {
      throw CLI::RequiredError("DIGEST, or --plan FILE: what is to be approved");
    }
    if (options_->command == Command::kExplain && options_->who.empty()) {
      throw CLI::ValidationError("WHO", "is empty: give an Okta user id, or the name of a Teleport user");
    }
    return -1;
  }

  struct Limited {
    CLI::App* command;
    CLI::Option* option;
    uint64_t standard;
  };

  Options* const options_;
  CLI::App app_;
  std::vector<std::pair<CLI::App*, Command>> commands_;
  std::vector<Limited> limits_;
  std::vector<std::string> digests_;  // of sync
};

}  // namespace

int ParseCommandLine(int argc, char** argv, Options* options) { return Parser(options).Parse(argc, argv); }

}  // namespace oktasync::host
