#!/usr/bin/env python3
"""MERGE of 1 % changed rows into TPC-H lineitem, UPDATE and DELETE of 1 %: Tarn, Spark local and DuckDB's iceberg extension.

    merge_bench.py DIRECTORY [--runs 3] [--only tarn,spark,duckdb] [--format-version 2] [--json FILE]

DIRECTORY holds lineitem.parquet (tpch_data.py). One `tarn serve` is the catalog of all: Tarn is asked over Trino's protocol,
the two others over REST. Each run gives each engine a table of its own with the same data files, merge on read, and asks for
the three changes in turn. Prints the median seconds, ratios, and ends badly if tables differ afterwards. What an engine cannot
do is said so. The first statement of each engine is not measured: a count over the table.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

from tpch_data import extension

TARN = os.environ.get("TARN_BIN", str(pathlib.Path(__file__).parents[1] / "build/release/bin/tarn"))
COLUMNS = ["l_orderkey", "l_partkey", "l_suppkey", "l_linenumber", "l_quantity", "l_extendedprice", "l_discount", "l_tax",
           "l_returnflag", "l_linestatus", "l_shipdate", "l_commitdate", "l_receiptdate", "l_shipinstruct", "l_shipmode",
           "l_comment"]
CHANGES = {
    "MERGE": "MERGE INTO {table} t USING {changes} c ON t.l_orderkey = c.l_orderkey AND t.l_linenumber = c.l_linenumber "
             "WHEN MATCHED THEN UPDATE SET l_quantity = c.l_quantity, l_comment = c.l_comment "
             f"WHEN NOT MATCHED THEN INSERT ({', '.join(COLUMNS)}) VALUES ({', '.join('c.' + c for c in COLUMNS)})",
    "UPDATE": "UPDATE {table} SET l_quantity = l_quantity + 1 WHERE l_orderkey % 100 = 7",
    "DELETE": "DELETE FROM {table} WHERE l_orderkey % 100 = 13",
}


class TarnEngine:
    def __init__(self, uri):
        import trino
        connection = trino.dbapi.connect(host="127.0.0.1", port=int(uri.rsplit(":", 1)[1]), user="bench", catalog="iceberg")
        self.cursor = connection.cursor()

    def name(self, table):
        return f"iceberg.bench.{table}"

    def run(self, text):
        return self.cursor.execute(text).fetchall()


class DuckDbEngine:
    def __init__(self, uri):
        import duckdb
        self.connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
        for name in ("httpfs", "avro", "iceberg"):
            self.connection.execute(f"LOAD '{extension(name)}'")
        self.connection.execute(f"ATTACH 'iceberg' AS lake (TYPE iceberg, ENDPOINT '{uri}/catalog', AUTHORIZATION_TYPE 'none')")

    def name(self, table):
        return f"lake.bench.{table}"

    def run(self, text):
        return self.connection.execute(text).fetchall()


class SparkEngine:
    def __init__(self, uri):
        from pyspark.sql import SparkSession
        deps = pathlib.Path(extension("iceberg")).parents[1]
        jars = [str(jar) for jar in sorted(deps.glob("spark-jars-*/iceberg-spark-runtime-*.jar"))][:1]
        os.environ["PYSPARK_PYTHON"] = sys.executable
        catalog = "spark.sql.catalog.lake"
        self.session = (SparkSession.builder.master("local[2]").appName("merge-bench").config("spark.jars", ",".join(jars))
                        .config("spark.driver.extraClassPath", ":".join(jars)).config("spark.driver.memory", "4g")
                        .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
                        .config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "2")
                        .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
                        .config(catalog, "org.apache.iceberg.spark.SparkCatalog").config(f"{catalog}.type", "rest")
                        .config(f"{catalog}.uri", f"{uri}/catalog").config(f"{catalog}.cache-enabled", "false").getOrCreate())
        self.session.sparkContext.setLogLevel("ERROR")

    def name(self, table):
        return f"lake.bench.{table}"

    def run(self, text):
        return [tuple(row) for row in self.session.sql(text).collect()]


ENGINES = {"tarn": TarnEngine, "spark": SparkEngine, "duckdb": DuckDbEngine}


def tarn_sql(home, text):
    done = subprocess.run([TARN, "sql", "--dialect", "duckdb", "--home", str(home), "-e", text], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)


def make_tables(home, source, names, version):
    modes = ", ".join(f"\"write.{kind}.mode\" = 'merge-on-read'" for kind in ("delete", "update", "merge"))
    tarn_sql(home, "CREATE SCHEMA bench; " + "; ".join(
        f"CREATE TABLE bench.{name} WITH (\"format-version\" = '{version}', {modes}) AS SELECT * FROM read_parquet('{source}')"
        for name in names))
    # Of each hundred rows one is changed; of ten of these one is new.
    tarn_sql(home, "CREATE TABLE bench.changes AS SELECT l_orderkey + CASE WHEN l_partkey % 10 = 0 THEN 100000000 ELSE 0 END AS "
                   "l_orderkey, l_partkey, l_suppkey, l_linenumber, l_quantity + 1 AS l_quantity, l_extendedprice, l_discount, "
                   "l_tax, l_returnflag, l_linestatus, l_shipdate, l_commitdate, l_receiptdate, l_shipinstruct, l_shipmode, "
                   f"'changed' AS l_comment FROM read_parquet('{source}') WHERE (l_orderkey * 7 + l_linenumber) % 100 = 0")


def start_server(home):
    server = subprocess.Popen([TARN, "serve", "--home", str(home), "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    for line in server.stdout:
        if found := re.search(r"(https?://\S+)/catalog", line):
            return server, found.group(1)
    sys.exit("tarn serve did not start")


def measure(engine, table, seconds, cannot):
    """Seconds of each change, and what the table holds after each."""
    name = engine.name(table)
    engine.run(f"SELECT count(*) FROM {name}")
    states = {}
    for change, text in CHANGES.items():
        begin = time.perf_counter()
        try:
            engine.run(text.format(table=name, changes=engine.name("changes")))
        except Exception as error:  # whatever an engine throws for what it does not have
            cannot[change] = str(error).splitlines()[0][:160]
            return states
        seconds.setdefault(change, []).append(time.perf_counter() - begin)
        states[change] = [tuple(map(str, row)) for row in engine.run(
            f"SELECT count(*), CAST(sum(l_quantity) AS BIGINT), count(DISTINCT l_comment) FROM {name}")]
    return states


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("directory", type=pathlib.Path)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--only", default=",".join(ENGINES))
    arguments.add_argument("--format-version", default="2")
    arguments.add_argument("--json", type=pathlib.Path)
    given = arguments.parse_args()
    source = given.directory / "lineitem.parquet"
    names = given.only.split(",")
    results = {name: {} for name in names}
    cannot = {name: {} for name in names}
    with tempfile.TemporaryDirectory(prefix="tarn-merge-bench-") as work:
        home = pathlib.Path(work) / "home"
        make_tables(home, source, [f"{name}_{run}" for name in names for run in range(given.runs)], given.format_version)
        server, uri = start_server(home)
        try:
            engines = {name: ENGINES[name](uri) for name in names}
            for run in range(given.runs):
                states = {name: measure(engines[name], f"{name}_{run}", results[name], cannot[name]) for name in names}
                for change in CHANGES:
                    found = {name: state[change] for name, state in states.items() if change in state}
                    if len(set(map(str, found.values()))) > 1:
                        sys.exit(f"after {change} the tables differ: {found}")
        finally:
            server.terminate()
            server.wait()
    report(results, cannot)
    if given.json:
        given.json.write_text(json.dumps({"seconds": results, "cannot": cannot}, indent=1))


def report(results, cannot):
    for change in CHANGES:
        medians = {name: statistics.median(seconds[change]) for name, seconds in results.items() if change in seconds}
        print(f"{change:7}", "  ".join(f"{name} {seconds:.2f} s" for name, seconds in medians.items()), end="")
        for name, seconds in medians.items():
            if name != "tarn" and "tarn" in medians:
                print(f"   tarn / {name}: {medians['tarn'] / seconds:.2f}", end="")
        print()
    for name, changes in cannot.items():
        for change, why in changes.items():
            print(f"{name} cannot {change}: {why}")


if __name__ == "__main__":
    main()
