#!/usr/bin/env bash
# From a fresh machine to a first query: installs what is missing, builds Tarn, loads the sample data into Iceberg
# tables and queries them. Run again, it finds everything in place and takes seconds.
#
#   ./quickstart.sh [--build-only] [--home DIR]
#
#   --build-only   stop once build/release/bin/tarn is there
#   --home DIR     where the lakehouse lives (default ./tarn-home)
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=./tarn-home
build_only=no
while [ $# -gt 0 ]; do
  case $1 in
    --build-only) build_only=yes ;;
    --home) [ $# -ge 2 ] || { echo "quickstart.sh: --home needs a directory" >&2; exit 2; }; home=$2; shift ;;
    --home=*) home=${1#--home=} ;;
    -h | --help) sed -n '2,8p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'; exit 0 ;;
    *) echo "quickstart.sh: unknown argument '$1' (--build-only, --home DIR)" >&2; exit 2 ;;
  esac
  shift
done

started=$SECONDS
step() { printf '\n== %s  (%d s)\n' "$1" "$((SECONDS - started))"; }

step "Dependencies"
"$top/tools/install_deps.sh" --build

step "Build"
build=$top/build/release
[ -f "$build/build.ninja" ] || (cd "$top" && cmake --preset release)
cmake --build "$build" --target tarn
tarn=$build/bin/tarn
"$tarn" version
if [ "$build_only" = yes ]; then
  printf '\nBuilt %s in %d s.\n' "$tarn" "$((SECONDS - started))"
  exit 0
fi

step "Sample data in $home"
if "$tarn" table show sales.orders --home "$home" >/dev/null 2>&1; then
  echo "already loaded"
else
  "$tarn" load --sample --home "$home"
fi

query='SELECT region, count(*) AS orders, sum(total_amount) AS revenue
FROM sales.orders GROUP BY region ORDER BY revenue DESC'
step "A first query"
printf '%s;\n\n' "$query"
"$tarn" sql --home "$home" -e "$query"

# The shortest way to name the program from where the user stands.
shown=$tarn
[ "$PWD" = "$top" ] && shown=build/release/bin/tarn
cat <<END

Ready after $((SECONDS - started)) s. Next:

  $shown sql --home $home                                      # an SQL prompt; \\? lists what it knows
  $shown sql --home $home -e 'SHOW TABLES FROM sales'
  $shown table list --home $home
  $shown table plan sales.orders --where "order_date >= DATE '2024-11-01'" --home $home
  $shown load your.csv --into my.table --home $home            # CSV, JSON, Parquet, ORC, Avro, Arrow
  $shown doctor --home $home
END
