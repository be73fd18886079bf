// Runs that a command asks for, of an instance of its own or of a daemon, and what it shows of them.
//
// For one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "follow.h"
#include "operations.h"
#include "options.h"
#include "render.h"
#include "report_view.h"
#include "screen.h"
#include "signals.h"

namespace oktasync::host {

// How a run that was asked for went.
struct Went {
  int code = -1;  // the exit code, when there is no report to show; it was told why. -1: there is one
  bool interrupted = false;  // by a signal; `report` is empty
  uint64_t run_id = 0;       // 0: none was begun
  Document report;
};

class Runs {
 public:
  Runs(const Options& options, Screen& screen, Signals& signals, Operations& operations)
      : options_(options), screen_(screen), operations_(operations), follower_(screen, signals) {}

  // Asks for a run and follows it to its end.
  Went Make(bool plan);
  // The same for the run that carries out an approval; while that lets nothing through, for one after another of
  // options.further_digests, each of which the run before it must show as held.
  Went Approve(std::string_view digest, std::string_view plan);
  // Approvals that no run has used so far, in the order in which they were given.
  const std::vector<std::string>& unused() const { return unused_; }

  // Prints a report, and gives the exit code that it stands for. `approve` is the command that approves what
  // is held in it, but for the digest. Tells of an approval that the run did not take.
  int Show(const Document& report, const std::string& approve);
  // The same for one of an earlier run; the exit code says only whether it could be shown.
  int ShowAgain(const Document& report, const std::string& approve);
  // A held set, before it is approved; on standard output, unless that is for JSON.
  void ShowHeld(const ReportView::Held& set);

 private:
  Went ApproveOne(std::string_view digest, std::string_view plan);
  void DropUsed(const ReportView& report);
  Went Follow(const char* what, const PluginError& asked, uint64_t run_id);
  std::optional<ReportView> Print(const Document& report, const std::string& approve, bool dated);

  const Options& options_;
  Screen& screen_;
  Operations& operations_;
  Follower follower_;
  std::vector<std::string> unused_;
  std::string not_approved_;  // the first of the further digests that was not, and why
};

RenderOptions RenderingOf(const Options& options, const Screen& screen);

}  // namespace oktasync::host
