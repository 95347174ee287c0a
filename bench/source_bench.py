#!/usr/bin/env python3
"""A table of a real PostgreSQL into an Iceberg table by `tarn load`, against what reads the same rows, in turn.

    source_bench.py [--rows 2000000] [--runs 5] [--only tarn,psql,duckdb,pandas,spark] [--connections 4] [--json FILE]

  tarn     tarn load postgresql://… into an Iceberg table (Parquet, a commit)
  psql     psql \\copy (SELECT * FROM t) TO /dev/null: text, written nowhere
  duckdb   COPY (SELECT * FROM postgres_scan(…)) TO a Parquet file: DuckDB's postgres extension, all threads
  spark    Spark's JDBC source, as many partitions of the id as connections, into an Iceberg table of a Hadoop catalog, local[2];
           its start is not counted, and its memory is the driver's, where all is done
  pandas   data frames of 100 000 rows (psycopg, a cursor on the server), appended by PyIceberg to a SqlCatalog

Eight columns: bigint, integer, double precision, numeric(12, 2), two texts, date, timestamptz. The server is the tests' own,
on this machine, and its table is in memory after one read. Every way must find all rows. Prints the median of each, rows
a second, how fast it is beside psql, and the peak memory of its process; with `--grow 10` tarn's once more on a table of ten
times the rows.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import peer_packages  # noqa: E402
from postgres_server import PostgresServer  # noqa: E402

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
DEPS = pathlib.Path(os.environ.get("TARN_DEPS", CACHE / "tarn/deps"))
TARN = os.environ.get("TARN_BIN", str(ROOT / "build/release/bin/tarn"))
FILL = """
CREATE TABLE {table} AS SELECT i::bigint AS id, (i::bigint * 7919 % 100003)::int AS customer, i * 0.37::float8 AS weight,
  (i % 1000000 * 0.01)::numeric(12, 2) AS price, 'item ' || i % 5000 AS item, md5(i::text) AS note,
  date '2020-01-01' + i % 1500 AS day, timestamptz '2024-01-01 00:00:00Z' + i * interval '1 second' AS at
FROM generate_series(1, {rows}) i
"""
DUCKDB = """
import duckdb, sys
uri, extension, out, table = sys.argv[1:]
connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
connection.execute("SET enable_progress_bar = false")
connection.execute(f"LOAD '{extension}'")
connection.execute(f"COPY (SELECT * FROM postgres_scan('{uri}', 'public', '{table}')) TO '{out}' (FORMAT parquet)")
print(connection.execute(f"SELECT count(*) FROM '{out}'").fetchone()[0])
"""
PANDAS = """
import pandas, psycopg, pyarrow, sys, warnings
from pyiceberg.catalog.sql import SqlCatalog
warnings.simplefilter("ignore")
uri, folder, table = sys.argv[1:]
catalog = SqlCatalog("bench", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")
catalog.create_namespace("a")
schema = pyarrow.schema([("id", pyarrow.int64()), ("customer", pyarrow.int32()), ("weight", pyarrow.float64()),
                         ("price", pyarrow.decimal128(12, 2)), ("item", pyarrow.string()), ("note", pyarrow.string()),
                         ("day", pyarrow.date32()), ("at", pyarrow.timestamp("us", "UTC"))])
made, rows = catalog.create_table("a.t", schema=schema), 0
with psycopg.connect(uri) as connection, connection.cursor(name="rows") as cursor:
    cursor.itersize = 100_000
    cursor.execute(f"SELECT * FROM {table}")
    while chunk := cursor.fetchmany(100_000):
        frame = pandas.DataFrame(chunk, columns=schema.names)
        arrow = pyarrow.Table.from_pandas(frame, schema=schema, preserve_index=False)
        made.append(arrow)
        rows += len(arrow)
print(rows)
"""
SPARK = """
import sys, time
from pyspark.sql import SparkSession
uri, user, jars, folder, table, connections, rows = sys.argv[1:]
lake = "spark.sql.catalog.lake"
session = (SparkSession.builder.master("local[2]").appName("source-bench").config("spark.jars", jars)
           .config("spark.driver.extraClassPath", jars.replace(",", ":")).config("spark.driver.memory", "4g")
           .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").config("spark.ui.enabled", "false")
           .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
           .config(lake, "org.apache.iceberg.spark.SparkCatalog").config(f"{lake}.type", "hadoop")
           .config(f"{lake}.warehouse", folder).getOrCreate())
session.sparkContext.setLogLevel("ERROR")
session.sql("SELECT 1").collect()
start = time.perf_counter()
frame = (session.read.format("jdbc").option("url", uri).option("user", user).option("driver", "org.postgresql.Driver")
         .option("dbtable", table).option("fetchsize", "10000").option("partitionColumn", "id").option("lowerBound", "1")
         .option("upperBound", rows).option("numPartitions", connections).load())
frame.writeTo("lake.a.t").create()
took = time.perf_counter() - start
print(session.table("lake.a.t").count(), took)
gateway = session.sparkContext._gateway
session.stop()
gateway.shutdown()
gateway.proc.stdin.close()
gateway.proc.wait()  # its memory counts
"""


def run(command, env=None):
    """Seconds, peak memory in MB and what it said, of one child."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
    said, errors = child.stdout.read(), child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command[0]} failed with {child.returncode}: {errors.decode()}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024, said.decode()


class Ways:
    """How each of them is run, and how many rows it found."""

    def __init__(self, server, uri, connections, rows):
        self.server, self.uri, self.connections, self.rows = server, uri, connections, rows

    def tarn(self, work, table):
        took, peak, said = run([TARN, "load", self.uri, "--into", "bench.t", "--option", f"table={table}", "--option",
                                f"connections={self.connections}", "--home", str(work / "home"), "--json"])
        return took, peak, json.loads(said)["rows_loaded"]

    def psql(self, work, table):
        took, peak, said = run([str(self.server.bin / "psql"), "-X", self.uri, "-c", f"\\copy (SELECT * FROM {table}) TO /dev/null"])
        return took, peak, int(said.split()[1])

    def duckdb(self, work, table):
        extension = next(DEPS.glob("duckdb-federation-*/postgres_scanner.duckdb_extension"))
        took, peak, said = run([sys.executable, "-c", DUCKDB, self.uri, str(extension), str(work / "out.parquet"), table])
        return took, peak, int(said)

    def spark(self, work, table):
        """Spark has its driver, and a user that it can name."""
        at = urllib.parse.urlsplit(self.uri)
        jars = [str(jar) for jar in sorted(DEPS.glob("spark-jars-*/iceberg-spark-runtime-*.jar"))[:1]]
        if not jars:
            sys.exit("There is no Iceberg runtime for Spark: run tools/install_deps.sh --test")
        jars.append(str(peer_packages.postgres_jdbc_jar()))
        # What Spark says of itself goes to stderr; the process's own time has its start in it.
        _, peak, said = run([sys.executable, "-c", SPARK, f"jdbc:postgresql://{at.hostname}:{at.port}{at.path}", at.username or "postgres",
                             ",".join(jars), str(work / "lake"), table, str(self.connections), str(self.rows[table])],
                            {**os.environ, "PYSPARK_PYTHON": sys.executable})
        found, took = said.split()
        return float(took), peak, int(found)

    def pandas(self, work, table):
        took, peak, said = run([sys.executable, "-c", PANDAS, self.uri, str(work), table])
        return took, peak, int(said)


def measure(ways, names, table, rows, runs):
    figures = {name: [] for name in names}
    for _ in range(runs):
        for name in names:
            work = pathlib.Path(tempfile.mkdtemp(prefix="tarn-source-bench-"))
            took, peak, found = getattr(ways, name)(work, table)
            assert found == rows, f"{name} found {found} rows"
            figures[name].append((took, peak))
            shutil.rmtree(work)
    return {name: {"seconds": statistics.median(took for took, _ in done), "seconds_min": min(took for took, _ in done),
                   "seconds_max": max(took for took, _ in done), "peak_mb": max(peak for _, peak in done),
                   "rows_per_second": rows / statistics.median(took for took, _ in done)} for name, done in figures.items()}


def show(figures):
    base = figures.get("psql", {}).get("seconds")
    for name, figure in figures.items():
        beside = f", {base / figure['seconds']:.2f} of psql's speed" if base else ""
        print(f"{name:8} median {figure['seconds']:.2f} s (min {figure['seconds_min']:.2f}, max {figure['seconds_max']:.2f}), "
              f"{figure['rows_per_second']:,.0f} rows/s{beside}, peak memory {figure['peak_mb']:.0f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="tarn,psql,duckdb,pandas,spark")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--grow", type=int, default=0)
    parser.add_argument("--json", type=pathlib.Path)
    given = parser.parse_args()
    server = PostgresServer()
    try:
        uri = server.new_database()
        name = uri.rsplit("/", 1)[1]
        server.sql(name, FILL.format(table="small", rows=given.rows))
        server.sql(name, "VACUUM ANALYZE small")
        ways = Ways(server, uri, given.connections, {"small": given.rows})
        figures = measure(ways, given.only.split(","), "small", given.rows, given.runs)
        show(figures)
        if given.grow:
            server.sql(name, FILL.format(table="large", rows=given.rows * given.grow))
            server.sql(name, "VACUUM ANALYZE large")
            large = measure(ways, ["tarn"], "large", given.rows * given.grow, 1)
            print(f"{given.grow} times the rows:")
            show(large)
            figures["tarn-large"] = large["tarn"]
    finally:
        server.close()
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
