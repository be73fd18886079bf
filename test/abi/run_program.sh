#!/bin/sh
# run_program.sh PLAYGROUND OKTASYNC: the program's commands and exit codes against the playground.
set -eu
. "$(dirname "$0")/playground.sh"
program=$2
start_playground "$1" --users 50
config=$(info config_file)

# expect CODE WORDS COMMAND...: exit code, and words in what was printed.
expect() {
  code=$1
  words=$2
  shift 2
  got=0
  "$program" "$@" > "$dir/stdout" 2> "$dir/stderr" || got=$?
  if [ "$got" != "$code" ] || ! cat "$dir/stdout" "$dir/stderr" | grep -qF -e "$words"; then
    echo "oktasync $*: wanted code $code and \"$words\", got code $got and"
    cat "$dir/stdout" "$dir/stderr"
    exit 1
  fi
}

expect 0 'Exit codes' --help
expect 2 'subcommand' --config "$config"
expect 2 '--nonsense' plan --nonsense
# What may be a join token is not said again.
expect 2 'unknown option --token; a join token is read from a file' join --config "$config" --token=canary-of-a-token
! grep -q canary "$dir/stdout" "$dir/stderr" || exit 1
expect 2 'an argument too many' join --config "$config" canary-of-a-token
! grep -q canary "$dir/stdout" "$dir/stderr" || exit 1
expect 2 'cannot be read' check-config --config "$dir/nothing.yaml"
expect 2 'cannot be used' check-config --config "$config" --plugin "$dir/nothing.so"
expect 0 'good' check-config --config "$config"
expect 0 '"ok":true' check-config --config "$config" --json

# All problems at once, each with its line.
sed 's/^  address:.*/  address: nowhere/; s/^  app_id:/  ap_id:/' "$config" > "$dir/bad.yaml"
expect 2 "$dir/bad.yaml:" check-config --config "$dir/bad.yaml"
grep -q '/teleport/address' "$dir/stderr"
grep -q '/okta/ap_id' "$dir/stderr"
expect 2 '"/okta/ap_id"' check-config --config "$dir/bad.yaml" --json

expect 4 'A plan writes nothing.' plan --config "$config" --exit-code
grep -q '^+ create ' "$dir/stdout"
grep -q '50 to create' "$dir/stdout"
expect 0 '50 to create' plan --config "$config"
expect 0 '50 created' sync --config "$config" --limit 5
grep -q 'and 45 more created' "$dir/stdout"
grep '^  + ' "$dir/stdout" > "$dir/people"
expect 0 '"unchanged":50' sync --config "$config" --json
expect 0 '0 to create' plan --config "$config" --exit-code
cp "$dir/stdout" "$dir/plan.txt"
expect 2 'no report or plan' show "$dir/plan.txt"
"$program" plan --config "$config" --json > "$dir/plan.json"
expect 0 'A plan writes nothing.' show "$dir/plan.json"
expect 1 'no daemon answers' status --config "$config" --socket "$dir/control.sock"
expect 1 'sync --approve' approve 0123456789abcdef --yes --config "$config" --socket "$dir/control.sock"
expect 3 'cleanup --approve' cleanup --config "$config"

# `run` ends cleanly when it is asked to. Its first report is the sign that it runs.
mkfifo "$dir/run"
"$program" run --config "$config" --socket "$dir/control.sock" > "$dir/run" 2> "$dir/run.err" &
run_pid=$!
exec 4< "$dir/run"
done=no
while [ "$done" = no ] && read -r line <&4; do
  case $line in Done*) done=yes ;; esac
done
if [ "$done" = no ]; then
  echo "run showed no report"
  cat "$dir/run.err"
  exit 1
fi
expect 0 'running, process' status --config "$config" --socket "$dir/control.sock"
expect 0 '0 to create' plan --config "$config" --socket "$dir/control.sock"
expect 0 'A sync would: nothing' explain "$(sed -n '2s/^  + \([^ ]*\) .*/\1/p' "$dir/people")" \
  --config "$config" --socket "$dir/control.sock"
expect 1 'is at work here' run --config "$config" --socket "$dir/control.sock"
expect 1 'Stop it first' cleanup --config "$config" --socket "$dir/control.sock"
kill -HUP "$run_pid"
kill -TERM "$run_pid"
got=0
wait "$run_pid" || got=$?
if [ "$got" != 0 ]; then
  echo "run ended with $got after SIGTERM"
  cat "$dir/run.err"
  exit 1
fi
grep -q 'host: stopped' "$dir/run.err"
echo "every command did what it says"
