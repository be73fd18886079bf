#include <algorithm>

#include "base/text.h"
#include "render.h"
#include "text_format.h"

namespace oktasync::host {
namespace {

constexpr size_t kMaxReason = 1024;

// "Ada (00u1) -> new name", and what else an item of that kind says.
std::string Item(const ReportView::Held& set, const ReportView::HeldItem& item) {
  std::string text =
      item.name.empty() ? "(new) (" + Escape(item.okta_id, 64) + ")" : RenderPerson(item.name, item.okta_id);
  if (item.what.empty()) return text;
  const char* says = set.kind == "taken" ? " would lose " : set.kind == "cleanup" ? ": the lock " : " -> ";
  return text + says + Escape(item.what, 256);
}

// Why this person is held, where a run says more than the set does.
std::string ReasonOf(const ReportView& report, const ReportView::Held& set,
                     const ReportView::HeldItem& item) {
  // Of a cleanup there may be several lines about one person, and the items say it all.
  if (set.kind == "cleanup")
    return item.what.empty() ? ": would be locked and deleted"
                             : ", which keeps nobody out any more, would be removed";
  const auto people = report.people.find("held");
  if (people == report.people.end()) return {};
  for (const ReportView::Person& person : people->second) {
    const bool same = person.okta_id == item.okta_id &&
                      (person.name == item.name || (item.name.empty() && person.name == item.what));
    if (same && !person.reason.empty()) return ": " + Escape(person.reason, kMaxReason);
  }
  return {};
}

std::string Set(const ReportView* report, const ReportView::Held& set, const RenderOptions& options) {
  std::string out = "\n" +
                    Paint("Held: " + HeldKindWords(set.kind) + ", " + Counted(set.total, "entry", "entries") +
                              ", digest " + Escape(set.digest, 64),
                          Color::kBold, options.color) +
                    "\n";
  if (!set.reason.empty()) out += "  " + Escape(set.reason, kMaxReason) + "\n";
  std::vector<std::string> reasons(set.items.size());
  for (size_t i = 0; report != nullptr && i < set.items.size(); ++i) {
    reasons[i] = ReasonOf(*report, set, set.items[i]);
  }
  const bool alike = reasons.size() > 1 && std::equal(reasons.begin() + 1, reasons.end(), reasons.begin()) &&
                     !reasons[0].empty();
  if (alike) out += "  Each of them" + reasons[0] + "\n";
  for (size_t i = 0; i < set.items.size(); ++i) {
    out += "  " + Paint("!", Color::kYellow, options.color) + " " + Item(set, set.items[i]) +
           (alike ? std::string() : reasons[i]) + "\n";
  }
  if (set.items.size() < set.total) {
    out += "  … and " + Grouped(set.total - set.items.size()) + " more held; --limit 0 shows all\n";
  }
  if (!set.warning.empty()) {
    out +=
        "  " + Paint("Careful:", Color::kRed, options.color) + " " + Escape(set.warning, kMaxReason) + "\n";
  }
  return out;
}

std::string ApproveCommand(const std::string& digest, const RenderOptions& options) {
  return options.approve + " " + Escape(digest, 64);
}

}  // namespace

std::string HeldKindWords(const std::string& kind) {
  if (kind == "removals") return "removals beyond the guard's limit";
  if (kind == "handover") return "names that pass between living users";
  if (kind == "quarantine") return "a name in quarantine";
  if (kind == "taken") return "what would be taken from many";
  if (kind == "cleanup") return "cleanup, what this sync has made";
  return Escape(kind.empty() ? "of an unknown kind" : kind, 64);
}

std::string RenderHeldSet(const ReportView::Held& set, const RenderOptions& options) {
  return Set(nullptr, set, options);
}

std::string RenderHeld(const ReportView& report, const RenderOptions& options) {
  std::string out;
  bool removals = false;
  for (const ReportView::Held& set : report.held) {
    out += Set(&report, set, options);
    if (!options.approve.empty()) {
      out += "  To let it through, once and within 24 hours:  " + ApproveCommand(set.digest, options) + "\n";
    }
    removals = removals || set.kind == "removals";
  }
  if (removals) {
    out +=
        "  Removals that are held are not deleted. If these people are to have access, activate them in Okta again, "
        "where they were\n  deactivated, and assign them to the app; where they are active and assigned, Okta no longer "
        "shows them to us: `oktasync\n  doctor` looks why.\n";
  }
  return out;
}

}  // namespace oktasync::host
