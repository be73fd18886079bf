#!/bin/sh
# check_abi.sh INCLUDE_DIR: is plugin.h still what baseline.abi says that hosts were built against? A member
# added at the end of a struct that has struct_size is compatible; everything else is not.
set -eu
. "$(dirname "$0")/abi_dump.sh"
need_abigail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dump_abi "$1" "$work"
result=0
cut_growth "$baseline" "$work/plugin.abi" > "$work/kept.abi"
abidiff --no-show-locs "$baseline" "$work/kept.abi" > "$work/report" || result=$?
if [ "$result" = 0 ]; then
  echo "plugin.h keeps what baseline.abi holds"
  exit 0
fi
cat "$work/report"
cat <<END

plugin.h no longer keeps the interface that hosts were built against (abidiff ended with $result; baseline:
test/abi/baseline.abi). Take the change back; or, when nothing that exists changes its meaning (a reserved slot
gets its type, say), run test/abi/renew_baseline.sh and commit the new baseline together with the reason. When
something does change its meaning, OKTASYNC_ABI_MAJOR goes up by one as well.
END
exit 1
