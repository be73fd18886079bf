#!/bin/sh
# check_exports.sh PLUGIN GOLDEN: what the plugin exports, and how it is linked.
# Two symbols and their version, never unmapped, all symbols bound at load, no search path, no text relocations.
set -eu
plugin=$1
golden=$2

found=$(nm -D --defined-only "$plugin" | awk '{sub(/@.*/, "", $3); print $3}' | LC_ALL=C sort)
if [ "$found" != "$(LC_ALL=C sort "$golden")" ]; then
  echo "the plugin exports something else than $golden says:"
  echo "$found"
  exit 1
fi

dynamic=$(readelf -dW "$plugin")
failed=0
want() {
  if ! echo "$dynamic" | grep -q "$1"; then echo "missing: $1 ($2)"; failed=1; fi
}
refuse() {
  if echo "$dynamic" | grep -q "$1"; then echo "present: $1 ($2)"; failed=1; fi
}
want NODELETE "gRPC's threads may outlive an instance"
want BIND_NOW "a missing symbol must fail at load"
refuse TEXTREL "code pages must stay shared and read-only"
refuse RPATH "libraries must come from the system"
refuse 'RUNPATH' "libraries must come from the system"
if ! readelf -lW "$plugin" | grep -q GNU_RELRO; then echo "missing: GNU_RELRO"; failed=1; fi
exit $failed
