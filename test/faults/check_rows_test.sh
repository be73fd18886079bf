#!/bin/bash
# check_rows.sh must notice a row that is missing, twice, unknown or without a test, and a test that is not there.
# check_rows_test.sh CHECK README ROWS ENTRIES PROGRAM=PATH[=FILTER] …
set -u
check=$1 readme=$2 rows=$3 entries=$4
shift 4
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
failed=0
# expect WORDS: the check of $work/readme fails and says so.
expect() {
  local said
  if said=$("$check" "$work/readme" "$rows" "$entries" "${programs[@]}"); then
    echo "not noticed: $1"
    failed=1
  elif ! grep -Fq -- "$1" <<<"$said"; then
    echo "noticed, but not said: $1; instead: $said"
    failed=1
  fi
}
# In place of each program one that has its list by heart, for listing takes longer than all the rest. With
# the filter [nothing] it has none.
programs=()
for argument in "$@"; do
  IFS== read -r program file filter <<<"$argument"
  "$file" ${filter:+"$filter"} --list-test-names-only >"$work/$program.list"
  printf '#!/bin/sh\n[ "$1" = "[nothing]" ] || cat "%s"\n' "$work/$program.list" >"$work/$program"
  chmod +x "$work/$program"
  programs+=("$program=$work/$program=$filter")
done
cp "$readme" "$work/readme"
"$check" "$work/readme" "$rows" "$entries" "${programs[@]}" || failed=1
line=$(grep -n '^| stop while Okta hangs' "$readme" | cut -d: -f1)
[ -n "$line" ] || { echo "the row that this test changes is not there"; exit 1; }

sed "${line}d" "$readme" >"$work/readme"
expect "0 rows instead of one for: stop while Okta hangs"
sed "${line}p" "$readme" >"$work/readme"
expect "2 rows instead of one for: stop while Okta hangs"
sed "${line}s/^| stop/| start/" "$readme" >"$work/readme"
expect "no bad day of rows.txt: start while Okta hangs"
sed -E "${line}s/^(\| [^|]* \| [^|]* \|).*/\1  |/" "$readme" >"$work/readme"
expect "no test: stop while Okta hangs"
sed "${line}s/integration_test: Stop/integration_test: Halt/" "$readme" >"$work/readme"
expect "not there, or not run by ctest: 'integration_test: Halt: "
sed "${line}s/integration_test: Stop/disintegration_test: Stop/" "$readme" >"$work/readme"
expect "no program of tests"
sed "${line}s/| integration_test: /| ctest nothing\/like\/it<br>integration_test: /" "$readme" >"$work/readme"
expect "not there, or not run by ctest: 'ctest nothing/like/it'"
# What ctest would not run is not there either.
cp "$readme" "$work/readme"
programs[0]=${programs[0]%=*}=[nothing]
[[ ${programs[0]} == integration_test=* ]] || { echo "integration_test is not the first program"; failed=1; }
expect "', named for: stop while Okta hangs"
exit $failed
