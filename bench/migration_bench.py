#!/usr/bin/env python3
"""Ten tables migrated one after another and ten at once, with full validation.

    migration_bench.py [ROWS [RUNS]]     ROWS of each table, 400000 unless said; the median of RUNS, 3

Prints the seconds of both, their ratio, the rows a second, and the number of cores.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

TARN = os.environ.get("TARN_BIN", str(pathlib.Path(__file__).parents[1] / "build/release/bin/tarn"))
TABLES = 10


def tarn(home, *args):
    done = subprocess.run([TARN, *args, "--home", home], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"tarn {' '.join(args)}: {done.stderr}")
    return done.stdout


def migrate(home, name, parallel):
    """Seconds of the whole command."""
    begin = time.perf_counter()
    result = json.loads(tarn(home, "migrate", "src", name, "--all-tables", "--parallel", str(parallel), "--json"))
    seconds = time.perf_counter() - begin
    assert result["status"] == "success" and all(t["checksum_match"] for t in result["tables"])
    return seconds


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 400_000
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory() as folder:
        home = folder + "/home"
        tarn(home, "sql", "--dialect", "duckdb", "-e", "CREATE SCHEMA src;" + "".join(
            f"CREATE TABLE src.t{t} AS SELECT i AS id, 'customer ' || (i % 977) AS who, i / 7 AS total, "
            f"TIMESTAMP '2024-01-01' + to_seconds(i) AS at FROM range({rows}) t(i);" for t in range(TABLES)))
        taken = {1: [], TABLES: []}
        for run in range(runs):
            for parallel, seconds in taken.items():
                seconds.append(migrate(home, f"run{run}_{parallel}", parallel))
        one, all_at_once = (statistics.median(seconds) for seconds in taken.values())
    print(f"{TABLES} tables of {rows} rows, {os.cpu_count()} cores")
    print(f"one after another  {one:7.2f} s   {TABLES * rows / one:12,.0f} rows/s")
    print(f"ten at once        {all_at_once:7.2f} s   {TABLES * rows / all_at_once:12,.0f} rows/s")
    print(f"ratio              {all_at_once / one:7.2f}")


if __name__ == "__main__":
    main()
