#include "base/text.h"
#include "render.h"
#include "text_format.h"

namespace oktasync::host {
namespace {

constexpr size_t kMaxText = 4096;
constexpr size_t kColumns = 110;

// `text` after an indentation, broken at blanks.
std::string Paragraph(const std::string& first, const std::string& others, const std::string& text) {
  std::string out = first;
  size_t used = 0;
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const size_t size = end - at;
    if (used > 0 && used + 1 + size > kColumns - others.size()) {
      out += "\n" + others;
      used = 0;
    }
    if (used > 0) {
      out += ' ';
      ++used;
    }
    out.append(text, at, size);
    used += size;
    at = end + 1;
  }
  return out + "\n";
}

std::string Sign(const std::string& outcome, bool color) {
  if (outcome == "pass") return Paint("✓", Color::kGreen, color);
  if (outcome == "fail") return Paint("✗", Color::kRed, color);
  return Paint("?", Color::kYellow, color);
}

}  // namespace

std::string RenderDoctor(const DoctorView& view, const RenderOptions& options) {
  std::string out;
  for (const DoctorView::Check& check : view.checks) {
    std::string text = Escape(check.title, 128) + ": " + Escape(check.seen, kMaxText);
    if (!check.because.empty()) {
      const DoctorView::Check* ground = view.Find(check.because);
      text += ", because of \"" + Escape(ground == nullptr ? check.because : ground->title, 128) + "\"";
    }
    out += Sign(check.outcome, options.color) + Paragraph(" ", "  ", text);
    if (!check.todo.empty()) out += Paragraph("    → ", "      ", Escape(check.todo, kMaxText));
  }
  const uint64_t failed = view.Count("fail");
  const uint64_t unknown = view.Count("not_known");
  out += "\n" + Counted(view.checks.size(), "check", "checks") + ": " + Grouped(view.Count("pass")) + " good";
  if (failed > 0) out += ", " + Paint(Grouped(failed) + " failed", Color::kRed, options.color);
  if (unknown > 0) out += ", " + Grouped(unknown) + " not known";
  return out + "\n";
}

}  // namespace oktasync::host
