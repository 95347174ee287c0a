#!/usr/bin/env bash
# Runs each fuzz target of a build with the fuzz preset, some at a time.
#
#   tools/run_fuzzers.sh [--seconds N] [--jobs N] [--junit FILE] [--keep] [NAME...]
#
# New inputs that reach new code go to build/fuzz/corpus/<name>; --keep adds those that are worth it
# to tests/fuzz/corpus/<name> (tools/fuzz_corpus.py). An input that crashes is left in build/fuzz/crashes and printed.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
seconds=60 jobs=2 junit='' keep=no names=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=$2; shift ;;
    --jobs) jobs=$2; shift ;;
    --junit) junit=$2; shift ;;
    --keep) keep=yes ;;
    -*) echo "run_fuzzers.sh: unknown argument '$1'" >&2; exit 2 ;;
    *) names+=("$1") ;;
  esac
  shift
done

programs=$top/build/fuzz/fuzz
if [ "${#names[@]}" = 0 ]; then
  mapfile -t names < <(find "$programs" -maxdepth 1 -type f -name '*_fuzz' -printf '%f\n' | sed 's/_fuzz$//' | sort)
fi
[ "${#names[@]}" -gt 0 ] || { echo "run_fuzzers.sh: no fuzz targets in $programs" >&2; exit 1; }
logs=$top/build/fuzz/logs
mkdir -p "$logs" "$top/build/fuzz/crashes"

run_one() {
  local name=$1 kept=$top/tests/fuzz/corpus/$1 found=$top/build/fuzz/corpus/$1 code=0
  mkdir -p "$found"
  local dirs=("$found")
  [ -d "$kept" ] && dirs+=("$kept")
  "$programs/${name}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$top/build/fuzz/crashes/$name-" "${dirs[@]}" >"$logs/$name.log" 2>&1 || code=$?
  echo "$code" >"$logs/$name.code"
  printf 'fuzz %-24s exit %d, %s runs\n' "$name" "$code" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$logs/$name.log")"
  if [ "$code" != 0 ]; then tail -40 "$logs/$name.log"; fi
  if [ "$keep" = yes ] && [ "$code" = 0 ]; then
    mkdir -p "$kept"
    "$top/tools/fuzz_corpus.py" --found "$name"
  fi
}

running=0
for name in "${names[@]}"; do
  run_one "$name" &
  running=$((running + 1))
  if [ "$running" -ge "$jobs" ]; then
    wait -n
    running=$((running - 1))
  fi
done
wait

failed=0 cases=''
for name in "${names[@]}"; do
  if [ "$(cat "$logs/$name.code")" = 0 ]; then
    cases+="  <testcase classname=\"fuzz\" name=\"$name\"/>"$'\n'
  else
    failed=$((failed + 1))
    cases+="  <testcase classname=\"fuzz\" name=\"$name\"><failure message=\"see $name.log\"/></testcase>"$'\n'
  fi
done
if [ -n "$junit" ]; then
  printf '<testsuite name="fuzz" tests="%d" failures="%d">\n%s</testsuite>\n' "${#names[@]}" "$failed" "$cases" >"$junit"
fi
[ "$failed" = 0 ]
