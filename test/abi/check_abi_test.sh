#!/bin/sh
# check_abi_test.sh INCLUDE_DIR: check_abi.sh finds each kind of break in a changed copy of plugin.h, and lets
# growth through. A check that finds nothing would be worse than none.
set -eu
abi=$(cd "$(dirname "$0")" && pwd)
header=$1/oktasync/plugin.h
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/oktasync"
failed=0

# expect 0|1 WHAT SED_SCRIPT
expect() {
  sed "$3" "$header" > "$work/oktasync/plugin.h"
  if cmp -s "$header" "$work/oktasync/plugin.h"; then
    echo "the header did not change for: $2; mend this test"
    failed=1
    return
  fi
  result=0
  "$abi/check_abi.sh" "$work" > "$work/output" 2>&1 || result=$?
  if [ "$result" != "$1" ]; then
    echo "wanted $1, got $result for: $2"
    cat "$work/output"
    failed=1
  fi
}

expect 1 "a member of another type" 's|^  uint64_t host_ctx; .*|  uint32_t host_ctx;|'
expect 1 "a member of another type of the same size" 's|^  uint32_t flags; .*OKTASYNC_CONNECTION_.*|  float flags;|'
expect 1 "a member inserted in the middle" 's|^  int32_t sign_algorithm;.*|  uint64_t inserted; &|'
expect 1 "a slot inserted in the middle" 's|^  int32_t (\*stop)(.*|  void (*inserted)(void);\n&|'
expect 1 "a slot removed" '/^  oktasync_reserved_slot scim_request;/d'
expect 1 "two slots exchanged" 's|(\*sync_now)|(*x)|; s|(\*plan)|(*sync_now)|; s|(\*x)|(*plan)|'
expect 1 "a parameter added" 's|^  int32_t (\*identity_changed)(oktasync_instance\* instance, |&uint32_t why, |'
expect 1 "a callback that returns another type" 's|^  int64_t (\*clock_wall_ns)|  int32_t (*clock_wall_ns)|'
expect 1 "a struct that is passed by value grows" 's|^} oktasync_str;|  uint64_t more;\n} oktasync_str;|'
expect 1 "an array element grows" 's|^} oktasync_field;|  uint64_t more;\n} oktasync_field;|'
expect 1 "a shorter message" 's|char message\[1024\]|char message[512]|'
for struct in error identity dial_request connection host descriptor create_options join_options api; do
  expect 0 "oktasync_$struct grows at its end" "s|^} oktasync_$struct;|  uint64_t more;\n} oktasync_$struct;|"
done
expect 0 "two structs grow" 's|^} oktasync_host;|  void (*more)(void);\n&|; s|^} oktasync_api;|  void (*more)(void);\n&|'
expect 0 "a comment" 's|^/\* oktasync_error.flags \*/|/* other words */|'
expect 1 "growth beside a break" \
  's|^} oktasync_host;|  void (*more)(void);\n&|; s|^  int64_t (\*clock_wall_ns)|  int32_t (*clock_wall_ns)|'

# An export that is gone.
cp "$header" "$work/oktasync/plugin.h"
sed 's|oktasync_plugin_describe|oktasync_plugin_tell|g' "$header" > "$work/oktasync/plugin.h"
if "$abi/check_abi.sh" "$work" > "$work/output" 2>&1; then
  echo "a renamed export went unseen"
  failed=1
fi
[ "$failed" = 0 ] && echo "each break was found, and growth let through"
exit "$failed"
