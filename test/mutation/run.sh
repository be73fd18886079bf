#!/usr/bin/env bash
# Switches the rules of the design off, one at a time, in a copy of the tree, and tells which named tests fail.
# A rule that can be switched off unnoticed fails the script.
#
#   test/mutation/run.sh [WHICH...]      all of rules.txt, or those blocks of which WHICH (a glob) is the rule, or
#                                        the rule and what is switched off: 'R23' join 'R1 a connector that*'
#
# The copy is build/mutation/tree; nothing outside of build/mutation is written.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$root/build/mutation
tree=$work/tree

say() { printf '== %s\n' "$*" >&2; }

# The tree as it is, without what builds left in it. Times are kept, so a second run compiles what changed.
copy() {
  mkdir -p "$tree"
  local part
  for part in CMakeLists.txt CMakePresets.json LICENSE README.md cmake lib plugin proto test; do
    rm -rf "${tree:?}/$part"
    cp -a "$root/$part" "$tree/$part"
  done
  # What was switched off may still be in some program's objects, and the copies have their old times.
  [ ! -f "$work/touched" ] || (cd "$tree" && sort -u "$work/touched" | xargs touch)
}

configure() {
  [ -f "$work/build/build.ninja" ] && return
  cmake -S "$tree" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS=-O0 \
    -DOKTASYNC_WERROR=OFF -DCMAKE_PROJECT_INCLUDE="$tree/test/mutation/precompile.cmake" \
    -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_C_COMPILER_LAUNCHER=ccache >"$work/configure.log"
}

# ccache's manual, "Precompiled headers", asks for the sloppiness.
build() {
  CCACHE_BASEDIR=$tree CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros \
    cmake --build "$work/build" --target "$@" >"$work/build.log" 2>&1
}

# The names of the test cases of one program that fail, one a line.
failing() {
  local status=0
  timeout 120 "$work/build/bin/$1" --reporter xml --order lex >"$work/tests.xml" 2>/dev/null || status=$?
  awk '/<TestCase name="/ { name = $0; sub(/.*<TestCase name="/, "", name); sub(/" .*/, "", name) }
       /<OverallResult success="false"/ { print name }' "$work/tests.xml" |
    sed 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&amp;/\&/g'
  if [ "$status" -eq 124 ]; then
    echo "(the tests did not come to an end)"
  elif [ "$status" -ge 128 ]; then
    echo "(the tests were ended by a signal)"
  fi
}

# Each program is built as it is, and must pass, before the first text that it is to notice.
declare -A passes
prepare() {
  [ -z "${passes[$1]:-}" ] || return 0
  say "building $1"
  build "$1" || { tail -n 30 "$work/build.log" >&2; exit 1; }
  local names
  names=$(failing "$1")
  [ -z "$names" ] || { echo "$1 fails before anything is switched off: $names" >&2; exit 1; }
  passes[$1]=yes
}

caught=0 missed=0
# mutate RULE FILE PROGRAM WHAT OLD NEW
mutate() {
  local rule=$1 file=$2 program=$3 what=$4 old=$5 new=$6 text names
  text=$(cat "$tree/$file"; printf x)
  text=${text%x}
  prepare "$program"
  case "$text" in
    *"$old"*) ;;
    *)
      echo "$rule: $file does not hold this text any more: $old" >&2
      missed=$((missed + 1))
      return
      ;;
  esac
  echo "$file" >>"$work/touched"
  cp -p "$tree/$file" "$work/original"
  printf '%s' "${text/"$old"/"$new"}" >"$tree/$file"
  if build "$program"; then
    names=$(failing "$program")
  else
    names="(does not build: $(grep -m1 'error:' "$work/build.log"))"
  fi
  cp -p "$work/original" "$tree/$file"
  touch "$tree/$file"
  # A program that hangs or is ended by a signal names no test.
  if [ -z "$names" ] || [[ $names == "("* ]]; then
    missed=$((missed + 1))
    printf '%-4s NOT NOTICED  %s %s\n' "$rule" "$what" "$names"
  else
    caught=$((caught + 1))
    printf '%-4s %s\n     fails: %s' "$rule" "$what" "$(head -n 1 <<<"$names")"
    local more
    more=$(($(wc -l <<<"$names") - 1))
    [ "$more" -gt 0 ] && printf ' (and %d more)' "$more"
    printf '\n'
  fi
}

say "copying the tree"
copy
configure

# wanted RULE WHAT WHICH...
wanted() {
  [ $# -eq 2 ] && return 0
  local rule=$1 what=$2 which
  shift 2
  for which in "$@"; do
    # shellcheck disable=SC2053  # a glob
    [[ $rule == $which || "$rule $what" == $which ]] && return 0
  done
  return 1
}

# rules.txt: blocks of "RULE | file | program | what is switched off", then the text to replace after "-", the
# new one after "+". Several lines are joined by line breaks.
rule='' file='' program='' what='' old='' new=''
flush() {
  [ -n "$rule" ] && wanted "$rule" "$what" "$@" && mutate "$rule" "$file" "$program" "$what" "$old" "$new"
  rule='' old='' new=''
  return 0
}
while IFS= read -r line || [ -n "$line" ]; do
  case "$line" in
    '#'* | '') ;;
    '-'*) old+=${old:+$'\n'}${line#-} ;;
    '+'*) new+=${new:+$'\n'}${line#+} ;;
    *)
      flush "$@"
      IFS='|' read -r rule file program what <<<"$line"
      rule=${rule// /} file=${file// /} program=${program// /} what=${what# }
      ;;
  esac
done <"$here/rules.txt"
flush "$@"

printf '\n%d switched off and noticed, %d not\n' "$caught" "$missed"
[ "$missed" -eq 0 ]
