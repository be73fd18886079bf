#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "options.h"
#include "plugin_library.h"

namespace oktasync::host {
namespace {

constexpr uint64_t kSyncLimit = 20;
constexpr uint64_t kPlanLimit = 200;

constexpr char kFooter[] =
    "Exit codes:\n"
    "  0    done, and nothing is held; run: ended because it was asked to\n"
    "  1    the run failed, or the instance did\n"
    "  2    usage or configuration error; the plugin cannot be loaded\n"
    "  3    done, but removals are held, people wait for a role, or single people failed\n"
    "  4    plan --exit-code: the plan shows changes\n"
    "  130  plan, sync: interrupted\n"
    "\n"
    "Results go to standard output, log lines and progress to standard error. With --json a result is one\n"
    "JSON document on a line, and each log line is a JSON object.\n"
    "Ctrl-C stops within a second; a second one leaves at once. `run` reads its identity files again on "
    "SIGHUP.";

void AddLimit(CLI::App* command, Options* options, uint64_t standard) {
  command
      ->add_option(
          "--limit", options->limit,
          "People listed for each kind of outcome, 0 for all (default " + std::to_string(standard) + ")")
      ->type_name("N");
}

// CLI11 prints errors to one stream and help to another; both belong to the reader, so they come escaped as
// they are: all text is our own or the caller's arguments.
int Exit(const CLI::App& app, const CLI::ParseError& error) {
  return app.exit(error, std::cout, std::cerr) == 0 ? kExitDone : kExitUsage;
}

}  // namespace

int ParseCommandLine(int argc, char** argv, Options* options) {
  CLI::App app("Keeps the users of a Teleport cluster equal to the people assigned to one Okta app.",
               "oktasync");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("oktasync ") + OKTASYNC_VERSION);
  app.add_option("-c,--config", options->config_file, "Configuration, YAML or JSON")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_option("--plugin", options->plugin_file,
                 std::string("The plugin (default: ") + kPluginFile +
                     " beside this program, then in ../lib/oktasync/)")
      ->type_name("FILE");
  app.add_flag("--json", options->json, "Results and log lines as JSON");
  app.add_flag("-v,--verbose", options->verbose, "Every log line, every field");
  app.add_flag("--no-color", options->no_color, "No colours (so does the environment variable NO_COLOR)");

  CLI::App* run = app.add_subcommand("run", "Sync at the configured interval until stopped");
  CLI::App* plan = app.add_subcommand("plan", "Show what a sync would do; write nothing");
  CLI::App* sync = app.add_subcommand("sync", "Sync once, then exit");
  CLI::App* check = app.add_subcommand("check-config", "Check the configuration and the files it names");
  for (CLI::App* command : {run, plan, sync, check}) command->footer(kFooter);
  plan->add_flag("--exit-code", options->exit_code, "Exit with 4 when the plan shows changes");
  AddLimit(plan, options, kPlanLimit);
  AddLimit(sync, options, kSyncLimit);
  AddLimit(run, options, kSyncLimit);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Exit(app, error);
  }
  const bool limited = plan->count("--limit") + sync->count("--limit") + run->count("--limit") > 0;
  if (plan->parsed()) {
    options->command = Command::kPlan;
    if (!limited) options->limit = kPlanLimit;
  } else {
    options->command = sync->parsed()    ? Command::kSync
                       : check->parsed() ? Command::kCheckConfig
                                         : Command::kRun;
    if (!limited) options->limit = kSyncLimit;
  }
  return -1;
}

}  // namespace oktasync::host
