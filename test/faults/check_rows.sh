#!/bin/bash
# Holds the tables of test/README.md against the tests that there are: each bad day of rows.txt is a row with at
# least one test, no row is there twice or unknown, and each test named is in its program's list, or is a ctest entry.
#
# check_rows.sh README ROWS ENTRIES PROGRAM=PATH[=FILTER] …
# ENTRIES: the names of ctest's entries, one a line. FILTER: what ctest runs of that program; without it, all.
set -u
readme=$1 rows=$2 entries=$3
shift 3
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
problems=0
problem() {
  echo "$1"
  problems=$((problems + 1))
}

declare -A path filter
for argument in "$@"; do
  IFS== read -r program file spec <<<"$argument"
  path[$program]=$file
  filter[$program]=$spec
done

# fault <tab> tests, of the tables with a column of tests.
awk -F ' [|] ' '/^\| fault \| outcome \| tests \|$/ { on = 1; next } !/^\|/ { on = 0 }
  on && !/^\|---/ { sub(/^\| /, "", $1); sub(/ \|$/, "", $NF); print $1 "\t" (NF == 3 ? $3 : "") }' \
  "$readme" >"$work/table"

while IFS= read -r fault; do
  count=$(cut -f1 "$work/table" | grep -Fxc -- "$fault")
  [ "$count" = 1 ] || problem "$count rows instead of one for: $fault"
done <"$rows"
while IFS= read -r fault; do
  grep -Fxq -- "$fault" "$rows" || problem "no bad day of rows.txt: $fault"
done < <(cut -f1 "$work/table")

named=0
while IFS=$'\t' read -r fault tests; do
  if [ -z "$tests" ]; then
    problem "no test: $fault"
    continue
  fi
  while IFS= read -r test; do
    named=$((named + 1))
    if [[ $test == "ctest "* ]]; then
      grep -Fxq -- "${test#ctest }" "$entries" || problem "ctest has no entry ${test#ctest }, named for: $fault"
      continue
    fi
    program=${test%%: *}
    if [[ $test != *": "* || -z ${path[$program]-} ]]; then
      problem "no program of tests: '$test', named for: $fault"
      continue
    fi
    if [ ! -e "$work/$program" ]; then
      # Catch2's exit code is the number of tests. The filter is one argument, or none.
      "${path[$program]}" ${filter[$program]:+"${filter[$program]}"} --list-test-names-only >"$work/$program"
      [ -s "$work/$program" ] || problem "$program lists no tests"
    fi
    grep -Fxq -- "${test#*: }" "$work/$program" ||
      problem "$program has no test '${test#*: }', or ctest does not run it; named for: $fault"
  done < <(sed 's/<br>/\n/g' <<<"$tests")
done <"$work/table"

[ "$problems" = 0 ] || exit 1
echo "$(wc -l <"$rows") bad days, $named tests named, all there"
