// A fork that links liboktasync: one sync, through the rooms' own interface.
//
//     linked CONFIG.json
#include <oktasync/config/service.h>

#include <fstream>
#include <future>
#include <iostream>
#include <sstream>

#include "base/log.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::ostringstream json;
  json << std::ifstream(argv[1]).rdbuf();

  oktasync::config::ParseResult parsed = oktasync::config::Parse(json.str());
  if (!parsed.problems.empty()) {
    std::cerr << oktasync::config::Describe(parsed.problems);
    return 2;
  }
  std::promise<uint64_t> first_run;
  bool told = false;  // on the loop's thread alone
  parsed.config.loop.finished = [&](const oktasync::reconcile::Report& report) {
    if (!told) first_run.set_value(report.run_id);
    told = true;
  };

  consumer::StderrLog log;
  oktasync::config::Host host;
  host.log = &log;
  auto service = oktasync::config::Service::Make(std::move(parsed.config), std::move(host));
  if (!service.ok()) {
    std::cerr << service.status() << "\n";
    return 1;
  }
  oktasync::reconcile::Loop& loop = (*service)->loop();
  if (const absl::Status started = loop.Start(); !started.ok()) {
    std::cerr << started << "\n";
    return 1;
  }
  const auto report = loop.ReportOf(first_run.get_future().get());
  loop.Stop();
  if (!report.ok() || !(*report)->outcome.ok()) {
    std::cerr << (report.ok() ? (*report)->outcome : report.status()) << "\n";
    return 1;
  }
  std::cout << "linked in C++: " << (*report)->counts.at("created") << " created\n";
  return 0;
}
