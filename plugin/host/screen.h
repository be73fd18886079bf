// Standard error with one line at the bottom that stays: the progress bar. And standard output.
//
// Thread-safe: log lines come from the plugin's thread, the bar from ours. Write errors of standard error
// are nobody's business; those of standard output are remembered, for it carries results.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

namespace oktasync::host {

class Screen {
 public:
  Screen(bool no_color, bool json);

  bool bar_possible() const { return error_is_terminal_ && !json_; }
  bool json() const { return json_; }
  bool color_out() const { return color_out_; }
  bool color_error() const { return color_error_; }
  size_t columns() const;

  // A whole line for standard error, above the bar.
  void Line(std::string_view text);
  // Replaces the bar; "" takes it away.
  void Bar(const std::string& text);
  // It stays where it is, and what comes next begins on a line of its own: somebody has pressed enter.
  void ForgetBar();
  // Standard output, flushed. The bar is taken away first, for both may be the same terminal.
  void Out(std::string_view text);
  bool out_failed() const;

 private:
  void EraseBar();

  bool error_is_terminal_;
  bool json_;
  bool color_out_;
  bool color_error_;
  mutable std::mutex mutex_;
  std::string bar_;
  bool out_failed_ = false;
};

}  // namespace oktasync::host
