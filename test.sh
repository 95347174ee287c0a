#!/usr/bin/env bash
# Builds Tarn and runs its tests; the last line is `N passed, N failed`, and the exit code is 0 when none failed.
#
#   ./test.sh          house checks, unit tests with sanitizers, fuzz corpus, SQL, interop and fault tests
#   ./test.sh --fast   house checks, unit tests and fuzz corpus only
#   ./test.sh --long   also each fuzz target for a minute, each header alone, iceberg-rust (built in minutes, by cargo)
#                      as a client, and a bare machine (as root)
#
# Results (JUnit) are left in build/test-results. `.ci/run --long` is the long part of continuous integration.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

size=ordinary
for arg in "$@"; do
  case $arg in
    --fast) size=fast ;;
    --long) size=long ;;
    -h | --help) sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
    *) echo "test.sh: unknown argument '$arg' (--fast, --long)" >&2; exit 2 ;;
  esac
done

export TARN_DEPS=${TARN_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/tarn/deps}
export TARN_BIN=$PWD/build/release/bin/tarn
results=$PWD/build/test-results
jobs=$(nproc)
rm -rf "$results" build/dev/test-results
mkdir -p "$results"

runners=()
# runner NAME COMMAND…: runs one part; a part that fails without a failed case in its results counts as one failure.
runner() {
  local name=$1 start=$SECONDS code=0
  shift
  printf '\n== %s\n' "$name"
  "$@" || code=$?
  runners+=(--runner "$name=$code")
  printf '== %s: exit %d after %d s\n' "$name" "$code" "$((SECONDS - start))"
  return "$code"
}

finish() {
  local arguments=("$results" "${runners[@]}")
  if [ -f build/dev/ctest.xml ]; then
    arguments+=(--ctest build/dev/ctest.xml --gtest-dir build/dev/test-results)
  fi
  exec python3 tools/sum_results.py "${arguments[@]}"
}

build() {
  local preset=$1
  shift
  { [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >"$results/configure-$preset.log" 2>&1 ||
    { cat "$results/configure-$preset.log"; return 1; }; } && cmake --build "build/$preset" -j "$jobs" "$@" -- --quiet
}

unit_tests() {
  ctest --test-dir build/dev -j "$jobs" --output-on-failure --output-junit "$PWD/build/dev/ctest.xml"
}

# pytest_in FOLDER [LIMIT]: the Python tests of a folder.
pytest_in() {
  local name
  name=$(basename "$1")
  timeout --signal=INT --kill-after=1m "${2:-30m}" "$TARN_DEPS/venv/bin/python" -m pytest -q -p no:cacheprovider -o junit_family=xunit2 \
    --junitxml="$results/$name.xml" "$1"
}

# The contract of object stores, against real S3, Azure and GCS servers that run as long as the tests.
store_contract() {
  "$TARN_DEPS/venv/bin/python" tests/interop/store_servers.py build/dev/bin/tarn_io_test --gtest_brief=1 \
    --gtest_filter='*S3*:*Azure*:*Gcs*' --gtest_output="xml:$results/stores.xml"
}

# beside LOG COMMAND…: starts what runs beside the rest, its output in LOG; its process is in $started.
beside() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 &
  started=$!
}
# await PROCESS LOG: its end, then its output.
await() {
  local code=0
  wait "$1" || code=$?
  cat "$2"
  return "$code"
}
trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM

verify_headers() {
  cmake --preset check -B build/headers -DTARN_VERIFY_HEADERS=ON >/dev/null &&
    cmake --build build/headers -j "$jobs" --target all_verify_interface_header_sets -- --quiet
}

rm -f build/dev/ctest.xml
runner dependencies tools/install_deps.sh || finish
# What only tests need comes from the network while the first build keeps the cores busy.
beside "$results/test-dependencies.log" tools/install_deps.sh --test
fetching=$started
runner house tools/check_house.py --junit "$results/house.xml"
built=0
runner build-dev build dev || built=$?
runner test-dependencies await "$fetching" "$results/test-dependencies.log" || finish
runner tools "$TARN_DEPS/venv/bin/python" -m pytest -q -p no:cacheprovider --junitxml="$results/tools.xml" tools/*_test.py
runner format tools/format.sh --check
[ "$built" = 0 ] && runner unit unit_tests && runner stores store_contract
[ "$size" = fast ] && finish

if runner build-release build release --target tarn tarn_delete_equal; then
  # The longest part beside the others: much of its time other programs start.
  beside "$results/interop.log" pytest_in tests/interop 45m
  interop=$started
  for folder in tests/docs tests/sql tests/cli tests/console tests/faults tests/conformance; do
    runner "$(basename "$folder")" pytest_in "$folder"
  done
  runner interop await "$interop" "$results/interop.log"
fi

if [ "$size" = long ]; then
  runner build-fuzz build fuzz --target fuzzers && runner fuzz tools/run_fuzzers.sh --seconds 60 --jobs 2 --junit "$results/fuzz.xml"
  runner headers verify_headers
  runner dependencies-rust tools/install_deps.sh --rust && runner interop_long pytest_in tests/interop_long
  if [ "$(id -u)" = 0 ]; then runner bare tests/bare/run.sh; fi
fi
finish
