#!/usr/bin/env python3
"""What a Python program waits for: SELECT 1, and 500,000 rows of four columns, over Trino's protocol and Arrow Flight SQL.

    client_bench.py [--runs 3] [--small 300] [--rows 500000] [--trino]

The clients are the ones of PyPI: trino (plain pages, and compressed segments) and adbc-driver-flightsql. Their own work is part of
the figures: beside the seconds stand those of this process's CPU. With --trino, a real Trino answers the same in the same run.
Aims: SELECT 1 in 3 ms, the rows in 2 s over Trino's protocol and in 0.3 s over Flight SQL. Run it on a quiet machine.
"""
import argparse
import contextlib
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import adbc_driver_flightsql.dbapi as flight_sql
import trino.dbapi

ROOT = pathlib.Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests/interop"))
TARN = os.environ.get("TARN_BIN", str(ROOT / "build/release/bin/tarn"))
ROWS = ("SELECT x.n * 1000 + y.n AS id, CAST(x.n AS double) / 3 AS part, 'name ' || CAST(y.n AS varchar) AS name, "
        "DATE '2024-01-01' + INTERVAL '1' DAY * (y.n % 365) AS day "
        "FROM UNNEST(sequence(1, {outer})) x(n) CROSS JOIN UNNEST(sequence(1, 1000)) y(n)")


@contextlib.contextmanager
def served(home):
    """Tarn's server: its port of Trino's protocol and its address of Flight SQL."""
    process = subprocess.Popen([TARN, "serve", "--home", home, "--listen", "127.0.0.1:0", "--flight-listen", "127.0.0.1:0"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        said = ""
        while not (flight := re.search(r"grpc://127\.0\.0\.1:\d+", said)):
            said += process.stdout.readline()
        yield int(re.search(r"http://127\.0\.0\.1:(\d+)", said).group(1)), flight.group()
    finally:
        process.terminate()
        process.wait(timeout=60)


def timed(ask):
    """(Seconds, seconds of this process's CPU, the answer)."""
    began, worked = time.perf_counter(), time.process_time()
    answer = ask()
    return time.perf_counter() - began, time.process_time() - worked, answer


def asker(cursor):
    return lambda text: cursor.execute(text).fetchall()


def arrow_asker(cursor):
    def ask(text):
        cursor.execute(text)
        return cursor.fetch_arrow_table()
    return ask


def report(name, ask, options):
    for _ in range(20):
        ask("SELECT 1")
    small = [timed(lambda: ask("SELECT 1"))[0] for _ in range(options.small)]
    text = ROWS.format(outer=options.rows // 1000)
    large = []
    for _ in range(options.runs):
        seconds, worked, rows = timed(lambda: ask(text))
        if len(rows) != options.rows // 1000 * 1000:
            raise RuntimeError(f"{name}: {len(rows)} rows")
        large.append((seconds, worked))
    best = min(large)
    print(f"{name:24} {1000 * statistics.median(small):10.2f} ms {best[0]:9.2f} s {best[1]:9.2f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--small", type=int, default=300)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--trino", action="store_true")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        port, flight = stack.enter_context(served(stack.enter_context(tempfile.TemporaryDirectory(prefix="tarn-clients-"))))

        def over_trino(port, encoding, **more):
            return asker(trino.dbapi.connect(host="127.0.0.1", port=port, user="bench", encoding=encoding, **more).cursor())

        print(f"{'':24} {'SELECT 1':>13} {'rows':>11} {'our CPU':>11}")
        no_cache = {"session_properties": {"result_cache": "false"}}
        report("tarn, pages", over_trino(port, None, **no_cache), options)
        report("tarn, json+zstd", over_trino(port, "json+zstd", **no_cache), options)
        connection = stack.enter_context(flight_sql.connect(flight))
        cursor = connection.cursor()
        cursor.execute("SET SESSION dialect = 'trino'")
        report("tarn, Flight SQL", arrow_asker(cursor), options)
        if options.trino:
            from trino_server import FOR_FIGURES, trino_server
            server = stack.enter_context(trino_server(stack.enter_context(tempfile.TemporaryDirectory()), size=FOR_FIGURES))
            report("trino, pages", over_trino(int(server.uri.rsplit(":", 1)[1]), None), options)


if __name__ == "__main__":
    main()
