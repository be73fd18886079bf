#!/bin/bash
# Holds the tables of test/README.md against the tests that there are: each bad day of rows.txt is a row with at
# least one test, no row is there twice or unknown, and each test named is in its program's list, or is a ctest entry.
#
# check_rows.sh README ROWS ENTRIES PROGRAM=PATH[=FILTER] …
# ENTRIES: the names of ctest's entries, one a line. FILTER: what ctest runs of that program; without it, all.
set -u
readme=$1 rows=$2 entries=$3
shift 3
problems=0
problem() {
  echo "$1"
  problems=$((problems + 1))
}

declare -A path filter listed there asked wanted
for argument in "$@"; do
  IFS== read -r program file spec <<<"$argument"
  path[$program]=$file
  filter[$program]=$spec
done
while IFS= read -r entry; do there["ctest $entry"]=1; done <"$entries"

# Learns the names of a program's tests, once. Catch2's exit code is their number; the filter is one argument, or none.
list() {
  [ -z "${listed[$1]-}" ] || return
  listed[$1]=1
  local name count=0
  while IFS= read -r name; do
    there["$1: $name"]=1
    count=$((count + 1))
  done < <("${path[$1]}" ${filter[$1]:+"${filter[$1]}"} --list-test-names-only)
  [ "$count" -gt 0 ] || problem "$1 lists no tests"
}

named=0
# fault, tests
check_row() {
  local test program
  asked[$1]=$((${asked[$1]-0} + 1))
  [ -n "$2" ] || { problem "no test: $1" && return; }
  while IFS= read -r test; do
    named=$((named + 1))
    program=${test%%: *}
    if [[ $test != "ctest "* ]]; then
      if [[ $test != *": "* || -z ${path[$program]-} ]]; then
        problem "no program of tests: '$test', named for: $1"
        continue
      fi
      list "$program"
    fi
    [ -n "${there[$test]-}" ] || problem "not there, or not run by ctest: '$test', named for: $1"
  done <<<"${2//<br>/$'\n'}"
}

# The tables with a column of tests.
while IFS=$'\t' read -r fault tests; do
  check_row "$fault" "$tests"
done < <(awk -F ' [|] ' '/^\| fault \| outcome \| tests \|$/ { on = 1; next } !/^\|/ { on = 0 }
  on && !/^\|---/ { sub(/^\| /, "", $1); sub(/ \|$/, "", $NF); print $1 "\t" (NF == 3 ? $3 : "") }' "$readme")

while IFS= read -r fault; do
  wanted[$fault]=1
  [ "${asked[$fault]-0}" = 1 ] || problem "${asked[$fault]-0} rows instead of one for: $fault"
done <"$rows"
for fault in "${!asked[@]}"; do
  [ -n "${wanted[$fault]-}" ] || problem "no bad day of rows.txt: $fault"
done

[ "$problems" = 0 ] || exit 1
echo "${#wanted[@]} bad days, $named tests named, all there"
