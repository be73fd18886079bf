#!/bin/sh
# renew_baseline.sh: makes plugin.h as it is now the interface that must be kept. On purpose only: see what
# check_abi.sh says, and commit the result together with the reason. Do it as well after a release that has added
# members, for only what the baseline holds is kept.
set -eu
. "$(dirname "$0")/abi_dump.sh"
need_abigail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dump_abi "$abi/../../plugin/include" "$work"
cp "$work/plugin.abi" "$baseline"
echo "test/abi/baseline.abi is renewed; git diff shows what hosts will notice"
