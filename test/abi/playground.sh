# Sourced by the scripts here: a playground in a directory of its own that ends with the script.
dir=$(mktemp -d)
playground_pid=
end_playground() {
  status=$?
  trap - EXIT
  if [ -n "$playground_pid" ]; then
    kill "$playground_pid" 2>/dev/null || true
    wait "$playground_pid" 2>/dev/null || true
  fi
  rm -rf "$dir"
  exit "$status"
}
trap end_playground EXIT
trap 'exit 130' INT TERM

# start_playground PROGRAM OPTION...: returns when it is ready. It says so on a pipe, so nobody has to guess
# how long that takes.
start_playground() {
  playground=$1
  shift
  mkfifo "$dir/out"
  "$playground" serve --dir "$dir" "$@" > "$dir/out" &
  playground_pid=$!
  exec 3< "$dir/out"
  while read -r line <&3; do
    if [ "$line" = ready ]; then return 0; fi
  done
  echo "the playground did not become ready"
  exit 1
}

# info KEY: a text of playground.json, which has one member on each line.
info() {
  sed -n "s/^ *\"$1\": \"\(.*\)\",\{0,1\}\$/\1/p" "$dir/playground.json"
}
