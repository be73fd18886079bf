#!/usr/bin/env bash
# run.sh BUILD: what a fork gets from `cmake --install BUILD`, seen from outside of the tree.
#
# Installs into a DESTDIR and moves the prefix away, so that nothing can lean on where it was built or
# installed; builds test/install/consumer by find_package and by pkg-config; runs each of its programs, and
# the installed `oktasync`, against a fresh playground; and believes the playground's record alone.
#
# BUILD must be built (targets oktasync, oktasync_plugin, oktasync-host, oktasync-playground), not with a
# sanitizer.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
build=$(cd "$1" && pwd)
users=20

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
fail() {
  echo "test/install: $*" >&2
  exit 1
}
# quietly NAME COMMAND...: its output only when it fails.
quietly() {
  local log=$work/$1.log
  shift
  "$@" > "$log" 2>&1 || { cat "$log" >&2; fail "failed: $*"; }
}

# --- install, and move ---------------------------------------------------------------------------------------

at=/opt/oktasync-install-test # nothing is written there: DESTDIR comes before it
quietly install env DESTDIR="$work/stage" cmake --install "$build" --prefix "$at" --strip
[ ! -e "$at" ] || fail "DESTDIR was not respected: $at is there"
prefix=$work/moved
mv "$work/stage$at" "$prefix"
[ -z "$(find "$work/stage" -type f)" ] || fail "installed beside the prefix: $(find "$work/stage" -type f)"

libdir=$(cd "$(dirname "$(find "$prefix" -name liboktasync.a)")" && pwd)
plugin=$libdir/oktasync/oktasync_plugin.so
for file in "$libdir/liboktasync.a" "$plugin" "$prefix/bin/oktasync" \
  "$prefix/include/oktasync/plugin.h" "$prefix/include/oktasync/config/service.h" \
  "$prefix/share/doc/oktasync/LICENSE" "$libdir/cmake/oktasync/oktasyncConfig.cmake" \
  "$libdir/cmake/oktasync/oktasyncConfigVersion.cmake" "$libdir/pkgconfig/oktasync.pc" \
  "$libdir/pkgconfig/oktasync-plugin.pc"; do
  [ -s "$file" ] || fail "not installed: ${file#"$prefix/"}"
done
for path in "$source" "$build" "$at"; do
  named=$(grep -rlF -- "$path" "$prefix" || true)
  [ -z "$named" ] || fail "installed files name $path, which their user does not have: $named"
done
"$here/../abi/check_exports.sh" "$plugin" "$here/../abi/exports.txt"
if readelf -dW "$prefix/bin/oktasync" | grep -E 'RPATH|RUNPATH'; then
  fail "bin/oktasync has a search path of its own"
fi

# --- build the consumers, two at a time ------------------------------------------------------------------------

by_cmake() {
  cp -r "$here/consumer" "$work/by-cmake"
  quietly cmake-configure cmake -G Ninja -S "$work/by-cmake" -B "$work/by-cmake/out" \
    -DCMAKE_PREFIX_PATH="$prefix" -DOKTASYNC_PREFIX="$prefix" -DCMAKE_COMPILE_WARNING_AS_ERROR=ON
  quietly cmake-build cmake --build "$work/by-cmake/out"
}
by_pkg_config() {
  export PKG_CONFIG_PATH=$libdir/pkgconfig
  local dir
  for module in oktasync oktasync-plugin; do
    dir=$(pkg-config --variable=plugindir "$module")
    [ "$(realpath "$dir")" = "$(realpath "$libdir/oktasync")" ] || fail "$module.pc says plugindir=$dir"
  done
  cp -r "$here/consumer" "$work/by-pkg-config"
  quietly make make -C "$work/by-pkg-config"
}
# A packager's build: neither tests nor what only they need.
without_tests() {
  quietly without-tests cmake -G Ninja -S "$source" -B "$work/without-tests" -DOKTASYNC_TESTS=OFF \
    -DCMAKE_DISABLE_FIND_PACKAGE_Catch2=ON -DCMAKE_DISABLE_FIND_PACKAGE_rapidcheck=ON
  cmake --build "$work/without-tests" --target help > "$work/targets"
  if grep -qE 'playground|unit_' "$work/targets"; then fail "OKTASYNC_TESTS=OFF builds tests"; fi
}
jobs=()
for job in by_cmake by_pkg_config without_tests; do
  $job &
  jobs+=($!)
done
failed=0
for job in "${jobs[@]}"; do wait "$job" || failed=1; done
[ "$failed" = 0 ] || exit 1

# --- run everything ---------------------------------------------------------------------------------------------

# names_created: from the playground's record, who was created, each once.
names_created() {
  local url
  url=$(info control_url)
  exec 4<> "/dev/tcp/127.0.0.1/${url##*:}"
  printf 'GET /record HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&4
  tr '{' '\n' <&4 |
    sed -n '/"call":"CreateUser"/{/"code":"OK"/{/"kind":"request"/s/.*"name":"\([^"]*\)".*/\1/p}}' | sort -u
}
# syncs NAME COMMAND...: in a world of its own, COMMAND with the configuration's file behind it makes a user of
# each person.
syncs() (
  name=$1
  shift
  . "$here/../abi/playground.sh"
  start_playground "$build/bin/oktasync-playground" --users "$users"
  cat > "$dir/config.json" << END
{"okta": {"org_url": "$(info okta_url)", "app_id": "$(info app_id)", "client_id": "$(info client_id)",
          "key_id": "$(info key_id)", "private_key_file": "$(info private_key_file)",
          "ca_file": "$(info okta_ca_file)"},
 "teleport": {"address": "$(info auth_address)",
              "identity": {"key_file": "$(info identity_key_file)", "cert_file": "$(info identity_cert_file)",
                           "ca_file": "$(info identity_ca_file)"}}}
END
  timeout 60 "$@" "$dir/config.json" > "$dir/log" 2>&1 || { cat "$dir/log" >&2; fail "$name failed"; }
  created=$(names_created | wc -l)
  [ "$created" = "$users" ] || { cat "$dir/log" >&2; fail "$name: of $users people $created became users"; }
  echo "$name: $created people became users"
)
syncs "the program oktasync" "$prefix/bin/oktasync" sync --config
for way in cmake/out pkg-config; do
  for program in linked host_linked host_loaded; do
    syncs "consumer by ${way%%/*}, $program" "$work/by-$way/$program"
  done
done
echo "installed, moved, found, built and run"
