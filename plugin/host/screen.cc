#include "screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace oktasync::host {
namespace {

bool WantsColor(int fd, bool no_color) {
  const char* variable = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool dumb = term != nullptr && std::string_view(term) == "dumb";
  return !no_color && !dumb && (variable == nullptr || *variable == '\0') && ::isatty(fd) != 0;
}

void Put(std::string_view text, FILE* to) { std::fwrite(text.data(), 1, text.size(), to); }

}  // namespace

Screen::Screen(bool no_color, bool json)
    : error_is_terminal_(::isatty(STDERR_FILENO) != 0),
      json_(json),
      color_out_(!json && WantsColor(STDOUT_FILENO, no_color)),
      color_error_(!json && WantsColor(STDERR_FILENO, no_color)) {}

size_t Screen::columns() const {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
  return 80;
}

void Screen::EraseBar() {
  if (!bar_.empty()) Put("\r\033[K", stderr);
}

void Screen::Line(std::string_view text) {
  std::lock_guard lock(mutex_);
  EraseBar();
  Put(text, stderr);
  Put("\n", stderr);
  Put(bar_, stderr);
  std::fflush(stderr);
}

void Screen::Bar(const std::string& text) {
  std::lock_guard lock(mutex_);
  if (!bar_possible() || text == bar_) return;
  EraseBar();
  bar_ = text;
  Put(bar_, stderr);
  std::fflush(stderr);
}

void Screen::ForgetBar() {
  std::lock_guard lock(mutex_);
  bar_.clear();
}

void Screen::Out(std::string_view text) {
  std::lock_guard lock(mutex_);
  EraseBar();
  bar_.clear();
  std::fflush(stderr);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    out_failed_ = true;
  }
}

bool Screen::out_failed() const {
  std::lock_guard lock(mutex_);
  return out_failed_;
}

}  // namespace oktasync::host
