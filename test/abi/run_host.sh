#!/bin/sh
# run_host.sh THEME PLAYGROUND HOST PLUGIN [OTHER]: starts a playground of its own, plays one theme of the C11
# host against it, stops it. OTHER is another build of the plugin; "copy" makes a copy of PLUGIN.
set -eu
theme=$1
host=$3
plugin=$4
other=${5:--}
. "$(dirname "$0")/playground.sh"
start_playground "$2" --users 50
if [ "$other" = copy ]; then
  other=$dir/another_plugin.so
  cp "$plugin" "$other"
fi
"$host" "$theme" "$plugin" "$other" "$dir" 50
