#include "approve_command.h"

namespace oktasync::host {

std::string ShellWord(const std::string& text) {
  bool plain = !text.empty();
  for (char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    plain = plain && (letter || std::string_view("/._-+:@%,=").find(c) != std::string_view::npos);
  }
  if (plain) return text;
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string OktasyncCommand(const Options& options, std::string_view words) {
  std::string command = "oktasync";
  if (options.config_file != kStandardConfig) command += " -c " + ShellWord(options.config_file);
  if (!options.socket_file.empty()) command += " --socket " + ShellWord(options.socket_file);
  return command + " " + std::string(words);
}

}  // namespace oktasync::host
