#!/usr/bin/env bash
# Makes TPC-H data at SF (default 1) under build/bench, loads it into a home there, and runs every benchmark.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
sf=${1:-1}
deps=${TARN_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/tarn/deps}
. ./versions.env
python=$deps/venv/bin/python
data=build/bench/tpch-sf$sf
home=$data/home
"$python" bench/tpch_data.py "$sf" "$data"
for table in lineitem orders customer part partsupp supplier nation region; do
  build/release/bin/tarn load "$data/$table.parquet" --into "tpch.$table" --mode replace --home "$home" >/dev/null
done
build/release/bin/tarn_bench_tpch --home "$home" --namespace tpch \
  --extensions "$deps/duckdb-extensions-$TARN_DUCKDB_VERSION"
build/release/bin/tarn_bench_deletes --home "$home" --namespace tpch \
  --extensions "$deps/duckdb-extensions-$TARN_DUCKDB_VERSION"
"$python" bench/load_bench.py "$data"
"$python" bench/storage_bench.py "$data"
