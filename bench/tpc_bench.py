#!/usr/bin/env python3
"""TPC-H or TPC-DS in Trino's text: Tarn's server on Iceberg tables against bare DuckDB on the same rows as Parquet, in turn.

    tpc_bench.py tpch|tpcds [--sf 1] [--runs 3] [--queries 1,6,9] [--trino]

Tarn answers over Trino's protocol; DuckDB runs in this process on as many threads. Prints the best time of each query, the
ratio, and whether the answers are equal; then the totals. Aims: 1.2 in all, no query over 2. With --trino, a real Trino
(tests/interop/trino_server.py) reads Tarn's tables through its REST catalog in the same run.
"""
import argparse
import contextlib
import decimal
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

import duckdb

ROOT = pathlib.Path(__file__).parents[1]
sys.path += [str(ROOT / "tests/sql"), str(ROOT / "tests/interop"), str(ROOT / "tests")]
import tpcds_texts  # noqa: E402
import tpch_data  # noqa: E402

TARN = os.environ.get("TARN_BIN", str(ROOT / "build/release/bin/tarn"))
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
THREADS = os.cpu_count()


def tpch_trino_text(text):
    """Trino groups by columns, not by names of the SELECT list (query 15)."""
    return text.strip().rstrip(";").replace("GROUP BY\n        supplier_no", "GROUP BY\n        l_suppkey")


def data_of(suite, scale_factor):
    """The folder with the tables, and the queries as {number: (DuckDB's text, Trino's)}."""
    folder = ROOT / f"build/bench/{suite}-sf{scale_factor}"
    if suite == "tpch":
        tpch_data.make(scale_factor, folder)
        return folder, {number: (text, tpch_trino_text(text)) for number, text in enumerate(tpch_data.queries(), 1)}
    deps = pathlib.Path(tpch_data.extension("x")).parents[1]
    connection = duckdb.connect()
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        tpcds_texts.generate(connection, deps, scale_factor, folder)
        (folder / "complete").touch()
    connection.execute(f"LOAD '{tpch_data.extension('tpcds')}'")
    queries = dict(connection.execute("SELECT query_nr, query FROM tpcds_queries()").fetchall())
    return folder, {n: (queries[n], tpcds_texts.trino_text(n, queries[n])) for n in tpcds_texts.NUMBERS}


@contextlib.contextmanager
def served(home):
    process = subprocess.Popen([TARN, "serve", "--home", str(home), "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    try:
        yield re.search(r"http://\S+", process.stdout.readline()).group()
    finally:
        process.terminate()
        process.wait(timeout=60)


def rows_of(uri, statement, catalog, schema, session=""):
    """All rows, as the protocol gives them."""
    headers = {"X-Trino-User": "bench", "X-Trino-Catalog": catalog, "X-Trino-Schema": schema, "X-Trino-Session": session}
    url, body, rows = f"{uri}/v1/statement", statement.encode(), []
    while url:
        with OPENER.open(urllib.request.Request(url, data=body, headers=headers), timeout=600) as answer:
            page = json.loads(answer.read())
        if "error" in page:
            raise RuntimeError(f"{page['error']['errorName']}: {page['error']['message']}")
        rows += page.get("data") or []
        url, body = page.get("nextUri"), None
    return rows


def timed(ask):
    began = time.perf_counter()
    rows = ask()
    return time.perf_counter() - began, rows


def is_same(ours, theirs):
    """Numbers to half of our last digit and a billionth: Trino rounds averages and quotients of decimals to their scale."""
    if ours is None or theirs is None or isinstance(theirs, bool) or not isinstance(theirs, (int, float, decimal.Decimal)):
        return ours == theirs or ours == str(theirs)
    number, expected = decimal.Decimal(str(ours)), decimal.Decimal(str(theirs))
    digit = decimal.Decimal(1).scaleb(number.as_tuple().exponent)
    return abs(number - expected) <= max(digit / 2, abs(expected) / 10**9)


def run(suite, queries, runs, askers):
    """Prints a line for each query; gives the totals."""
    totals, worst, wrong = dict.fromkeys(askers, 0.0), 0.0, []
    print("query " + " ".join(f"{name:>9}" for name in askers) + "    ratio")
    for number, (own, trino) in queries.items():
        best, answers = dict.fromkeys(askers, float("inf")), {}
        for _ in range(runs):
            for name, ask in askers.items():
                seconds, answers[name] = timed(lambda: ask(own if name == "duckdb" else trino))
                best[name] = min(best[name], seconds)
        ours, theirs = answers["tarn"], answers["duckdb"]
        same = len(ours) == len(theirs) and all(all(map(is_same, a, b)) for a, b in zip(ours, theirs))
        ratio = best["tarn"] / best["duckdb"]
        worst = max(worst, ratio)
        rounds = suite == "tpcds" and number in tpcds_texts.ROUNDED
        note = "" if same else "  rounded as Trino does" if rounds else "  ANSWERS DIFFER"
        wrong += [] if same or rounds else [number]
        print(f"{number:5} " + " ".join(f"{best[name]:9.3f}" for name in askers) + f" {ratio:8.2f}{note}", flush=True)
        for name in askers:
            totals[name] += best[name]
    print("total " + " ".join(f"{totals[name]:9.2f}" for name in askers))
    print(f"{suite}: {totals['tarn'] / totals['duckdb']:.2f} x DuckDB in all (aim 1.2), worst query {worst:.2f} x (aim 2), "
          f"answers differ: {wrong or 'none'}")
    if "trino" in totals:
        print(f"{suite}: Trino takes {totals['trino'] / totals['tarn']:.1f} x Tarn's time")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", choices=["tpch", "tpcds"])
    parser.add_argument("--sf", type=float, default=1)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--queries", type=lambda text: [int(n) for n in text.split(",")])
    parser.add_argument("--trino", action="store_true")
    options = parser.parse_args()
    folder, queries = data_of(options.suite, f"{options.sf:g}")
    queries = {n: q for n, q in queries.items() if not options.queries or n in options.queries}
    files = sorted(folder.glob("*.parquet"))
    own = duckdb.connect(config={"threads": THREADS})
    for file in files:
        own.execute(f"CREATE VIEW {file.stem} AS FROM '{file}'")
    with contextlib.ExitStack() as stack:
        home = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tarn-tpc-", dir=folder)))
        for file in files:
            subprocess.run([TARN, "load", str(file), "--into", f"tpc.{file.stem}", "--home", str(home)], check=True,
                           stdout=subprocess.DEVNULL)
        uri = stack.enter_context(served(home))
        # Each run works: kept results are not what is compared.
        askers = {"tarn": lambda text: rows_of(uri, text, "iceberg", "tpc", "result_cache=false"),
                  "duckdb": lambda text: own.execute(text).fetchall()}
        if options.trino:
            from trino_server import FOR_FIGURES, trino_server
            trino = stack.enter_context(trino_server(stack.enter_context(tempfile.TemporaryDirectory()), size=FOR_FIGURES))
            stack.enter_context(trino.attached_iceberg("lake", {"iceberg.catalog.type": "rest",
                                                                "iceberg.rest-catalog.uri": f"{uri}/catalog"}))
            askers["trino"] = lambda text: rows_of(trino.uri, text, "lake", "tpc")
        run(options.suite, queries, options.runs, askers)


if __name__ == "__main__":
    main()
