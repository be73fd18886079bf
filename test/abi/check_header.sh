#!/bin/sh
# check_header.sh INCLUDE_DIR: plugin.h compiles alone with clang as well, as C11, C17, C++17 and C++20, with every
# warning an error and no padding that is not spelled out. The project's own compiler does the same in the target
# abi_header. Ends with 77 when there is no clang.
set -eu
abi=$(cd "$(dirname "$0")" && pwd)
clang=
for name in clang clang-14 clang-15 clang-16 clang-17 clang-18 clang-19; do
  if command -v "$name" >/dev/null; then
    clang=$name
    break
  fi
done
if [ -z "$clang" ]; then
  echo "NOT CHECKED here: plugin.h with clang, which is not installed"
  exit 77
fi
warnings='-pedantic -Wall -Wextra -Wconversion -Wpadded -Wdocumentation -Werror'
for standard in c11 c17; do
  "$clang" -x c -std=$standard $warnings -I "$1" -fsyntax-only "$abi/header_c11.c"
done
"$clang" -x c++ -std=c++17 $warnings -I "$1" -fsyntax-only "$abi/header_cxx17.cc"
printf '#include "oktasync/plugin.h"\nint main() { return 0; }\n' |
  "$clang" -x c++ -std=c++20 $warnings -I "$1" -fsyntax-only -
echo "plugin.h compiles with $clang"
