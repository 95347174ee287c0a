#!/usr/bin/env python3
"""The write path against others, on the same rows, each side in turn in one run; prints a report in markdown.

    storage_bench.py DIR [--rows 6000000] [--runs 3] [--parts arrow,json,pyiceberg,spark] [--json FILE]

DIR holds lineitem.parquet (tpch_data.py). Figures are medians over the runs; a line says if its aim is met.

arrow      Arrow's Parquet writer with our settings, from rows in memory (tarn_bench_storage): one thread, both cores,
           two writers; and what checking the rows costs.
json       the rows as JSON lines, written and queried by DuckDB; `tarn load` and `tarn sql` on a table of them.
           Memory is that of the process of Tarn against the bytes of the JSON text, which is the least that rows kept
           as JSON take in memory, and against that of DuckDB at the same work.
pyiceberg  `append` of the rows read with pyarrow against `tarn load` of the same file, whole processes.
spark      Spark local with Iceberg, warmed up, the insert alone, against all of `tarn load`.
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

import duckdb

ROOT = pathlib.Path(__file__).parents[1]
TARN = os.environ.get("TARN_BIN", str(ROOT / "build/release/bin/tarn"))
BENCH = os.environ.get("TARN_BENCH_STORAGE", str(ROOT / "build/release/bin/tarn_bench_storage"))
QUERIES = {
    "sums by status": "SELECT l_returnflag, l_linestatus, sum(l_quantity) q, sum(l_extendedprice) e, avg(l_discount) d, count(*) n "
                      "FROM {t} WHERE l_shipdate <= DATE '1998-09-02' GROUP BY ALL ORDER BY ALL",
    "one filter": "SELECT sum(l_extendedprice * l_discount) r FROM {t} WHERE l_shipdate >= DATE '1994-01-01' "
                  "AND l_shipdate < DATE '1995-01-01' AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24",
    "by month": "SELECT date_trunc('month', l_shipdate)::DATE m, count(*) n, sum(l_extendedprice) e FROM {t} GROUP BY 1 ORDER BY 1",
    "largest orders": "SELECT l_orderkey, sum(l_quantity) q FROM {t} GROUP BY 1 ORDER BY q DESC, 1 LIMIT 10",
    "late by mode": "SELECT l_shipmode, count(*) n FROM {t} WHERE l_receiptdate > l_commitdate AND l_commitdate > l_shipdate "
                    "GROUP BY 1 ORDER BY 1",
}
WRITE_JSON = """
import sys, duckdb
duckdb.execute(f"COPY (SELECT * FROM '{sys.argv[1]}') TO '{sys.argv[2]}' (FORMAT json)")
"""
QUERY_JSON = """
import json, sys, time, duckdb
path, columns, query = sys.argv[1:]
start = time.perf_counter()
rows = duckdb.execute(query.replace("{t}", f"read_json('{path}', format='newline_delimited', columns={columns})")).fetchall()
print(json.dumps([time.perf_counter() - start, [[str(v) for v in row] for row in rows]]))
"""
PYICEBERG = """
import json, sys, time, pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
source, work = sys.argv[1:]
catalog = SqlCatalog("bench", uri=f"sqlite:///{work}/catalog.db", warehouse=f"file://{work}/warehouse")
catalog.create_namespace("bench")
start = time.perf_counter()
rows = pq.read_table(source)
catalog.create_table("bench.lineitem", rows.schema, properties={"write.parquet.compression-codec": "snappy"}).append(rows)
print(json.dumps([time.perf_counter() - start, rows.num_rows]))
"""
SPARK = """
import json, sys, time
from pyspark.sql import SparkSession
source, work, jars = sys.argv[1:]
session = (SparkSession.builder.master("local[2]").config("spark.jars", jars).config("spark.driver.extraClassPath", jars.replace(",", ":"))
           .config("spark.sql.warehouse.dir", f"{work}/spark-warehouse")
           .config("spark.driver.memory", "4g").config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
           .config("spark.ui.enabled", "false").config("spark.sql.catalog.bench", "org.apache.iceberg.spark.SparkCatalog")
           .config("spark.sql.catalog.bench.type", "hadoop").config("spark.sql.catalog.bench.warehouse", f"file:{work}/warehouse").getOrCreate())
session.sparkContext.setLogLevel("ERROR")
rows = session.read.parquet(source)
def write(frame, name):
    frame.writeTo(f"bench.db.{name}").tableProperty("write.parquet.compression-codec", "snappy").create()
write(rows.limit(10_000), "warm")
start = time.perf_counter()
write(rows, "lineitem")
print(json.dumps([time.perf_counter() - start, session.table("bench.db.lineitem").count()]))
"""


# A child's peak memory counts that of the process it was forked from: so one between that is small.
RUN = """
import os, sys, time
start = time.perf_counter()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
with open(sys.argv[1], "w") as out:
    print(time.perf_counter() - start, usage.ru_maxrss * 1024, os.waitstatus_to_exitcode(status), file=out)
"""


class Ran:
    def __init__(self, command):
        command = [str(word) for word in command]
        with tempfile.NamedTemporaryFile("r") as figures:
            done = subprocess.run([sys.executable, "-S", "-c", RUN, figures.name, *command], capture_output=True, text=True)
            took, peak, code = figures.read().split()
        if int(code) != 0:
            sys.exit(f"{command[:2]} failed with {code}: {done.stderr[-2000:]}")
        self.seconds, self.bytes, self.out = float(took), int(peak), done.stdout

    def last_json(self):
        return json.loads(self.out.strip().splitlines()[-1])


class Report:
    def __init__(self):
        self.lines = []

    def add(self, what, ours, theirs, ratio, aim, digits=2):
        met = "" if aim is None else ("met" if ratio >= aim else "MISSED")
        self.lines.append({"what": what, "tarn": ours, "other": theirs, "ratio": ratio, "aim": aim})
        print(f"| {what} | {ours} | {theirs} | {ratio:.{digits}f} | {'' if aim is None else f'≥ {aim}'} | {met} |", flush=True)


def seconds(values):
    return f"{statistics.median(values):.2f} s"


def megabytes(count):
    return f"{count / 1e6:.0f} MB"


def load(source, home, table="bench.lineitem"):
    return Ran([TARN, "load", source, "--into", table, "--mode", "replace", "--home", home])


def data_bytes(folder):
    return sum(path.stat().st_size for path in pathlib.Path(folder).rglob("*.parquet"))


def part_arrow(options, source, work, report):
    figures = Ran([BENCH, "--data", source, "--work", work / "files", "--runs", options.runs, "--rows", options.rows]).last_json()
    took = {name: statistics.median(values) for name, values in figures["seconds"].items()}

    def against(what, ours, theirs, aim):
        report.add(what, f"{took[ours]:.3f} s", f"{took[theirs]:.3f} s", took[theirs] / took[ours], aim)

    against("one thread / Arrow's writer on one", "tarn_1", "arrow_1", 0.95)
    against("columns on both cores / Arrow's writer on one", "tarn_2", "arrow_1", None)
    against("two writers / Arrow's writer on one", "writers_2", "arrow_1", None)
    against("columns on both cores / Arrow's on both", "tarn_2", "arrow_2", None)
    best = min(took["tarn_2"], took["writers_2"])
    report.add("the better of these two / Arrow's writer on one", f"{best:.3f} s", f"{took['arrow_1']:.3f} s", took["arrow_1"] / best,
               round(0.95 * 1.7, 3))
    report.add("checks of rows, of the write", f"{took['check']:.3f} s", f"{took['tarn_1']:.3f} s", took["tarn_1"] / took["check"], 20)
    sizes = figures["bytes"]
    report.add("size of the file / Arrow's", megabytes(sizes["tarn_1"]), megabytes(sizes["arrow_1"]), sizes["arrow_1"] / sizes["tarn_1"], 0.99)


def same_answers(ours, theirs):
    """Values as text, numbers as such: both sides compute sums of decimals exactly, averages in doubles."""
    def plain(value):
        try:
            return round(float(value), 6)
        except (TypeError, ValueError):
            return str(value)
    return [[plain(v) for v in row.values()] for row in ours] == [[plain(v) for v in row] for row in theirs]


def part_json(options, source, work, report):
    home, path = work / "home", work / "rows.json"
    described = duckdb.execute(f"DESCRIBE SELECT * FROM '{source}'").fetchall()
    columns = "{" + ", ".join(f"{name}: '{kind}'" for name, kind, *_ in described) + "}"
    written, loaded, theirs, ours = [], [], {name: [] for name in QUERIES}, {name: [] for name in QUERIES}
    for _ in range(options.runs):
        path.unlink(missing_ok=True)
        shutil.rmtree(home, ignore_errors=True)
        written.append(Ran([sys.executable, "-c", WRITE_JSON, source, path]))
        loaded.append(load(source, home))
    queried = {"json": 0, "tarn": 0}
    for _ in range(options.runs):
        for name, query in QUERIES.items():
            run = Ran([sys.executable, "-c", QUERY_JSON, path, columns, query])
            took, answer = run.last_json()
            theirs[name].append(took)
            queried["json"] = max(queried["json"], run.bytes)
            run = Ran([TARN, "sql", "--dialect", "duckdb", "--format", "json", "-e", query.replace("{t}", "iceberg.bench.lineitem"), "--home", home])
            ours[name].append(run.seconds)
            queried["tarn"] = max(queried["tarn"], run.bytes)
            if not same_answers(json.loads(run.out), answer):
                sys.exit(f"the answers to '{name}' differ:\n{run.out}\n{answer}")
    text, table = path.stat().st_size, data_bytes(home)
    peak = max(run.bytes for run in loaded)
    report.add("size of the table / JSON lines", megabytes(table), megabytes(text), text / table, 3)
    write_ours, write_theirs = ([run.seconds for run in runs] for runs in (loaded, written))
    report.add("write / JSON lines by DuckDB", seconds(write_ours), seconds(write_theirs),
               statistics.median(write_theirs) / statistics.median(write_ours), 2)
    report.add("memory of the write / the JSON text held in memory", megabytes(peak), megabytes(text), text / peak, 5)
    report.add("memory of the write / DuckDB's", megabytes(peak), megabytes(max(run.bytes for run in written)),
               max(run.bytes for run in written) / peak, None)
    report.add("memory of the queries / DuckDB's on JSON", megabytes(queried["tarn"]), megabytes(queried["json"]),
               queried["json"] / queried["tarn"], None)
    for name in QUERIES:
        report.add(f"query: {name}", seconds(ours[name]), seconds(theirs[name]),
                   statistics.median(theirs[name]) / statistics.median(ours[name]), 5)


def compare_load(options, source, work, report, who, run_other, time_aim, memory_aim):
    ours, theirs, peaks = [], [], {"tarn": 0, who: 0}
    for _ in range(options.runs):
        folder = pathlib.Path(tempfile.mkdtemp(dir=work))
        other = run_other(folder)
        took, rows = other.last_json()
        mine = load(source, folder / "home")
        ours.append(mine.seconds)
        theirs.append(took)
        peaks["tarn"], peaks[who] = max(peaks["tarn"], mine.bytes), max(peaks[who], other.bytes)
        if rows != options.rows:
            sys.exit(f"{who} wrote {rows} rows, not {options.rows}")
        shutil.rmtree(folder)
    report.add(f"load / {who}", seconds(ours), seconds(theirs), statistics.median(theirs) / statistics.median(ours), time_aim)
    if memory_aim is not None:  # Spark's is in another process than the one that is watched
        report.add(f"memory / {who}", megabytes(peaks["tarn"]), megabytes(peaks[who]), peaks[who] / peaks["tarn"], memory_aim)


def part_pyiceberg(options, source, work, report):
    compare_load(options, source, work, report, "PyIceberg's append",
                 lambda folder: Ran([sys.executable, "-c", PYICEBERG, source, folder]), 1, 5)


def part_spark(options, source, work, report):
    deps = pathlib.Path(os.environ.get("TARN_DEPS") or pathlib.Path(
        os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "tarn" / "deps")
    jars = [str(jar) for jar in sorted(deps.glob("spark-jars-*/iceberg-spark-runtime-*.jar"))]
    if not jars:
        sys.exit(f"no Iceberg jar for Spark under {deps}: run tools/install_deps.sh --test")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    compare_load(options, source, work, report, "Spark local",
                 lambda folder: Ran([sys.executable, "-c", SPARK, source, folder, ",".join(jars)]), 3, None)


PARTS = {"arrow": part_arrow, "json": part_json, "pyiceberg": part_pyiceberg, "spark": part_spark}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=6_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--json", type=pathlib.Path, help="the figures are also written here")
    options = parser.parse_args()
    options.dir = options.dir.resolve()  # Spark takes no relative paths
    work = pathlib.Path(tempfile.mkdtemp(prefix="storage-bench-", dir=options.dir))
    try:
        source = work / "rows.parquet"
        duckdb.execute(f"COPY (SELECT * FROM '{options.dir}/lineitem.parquet' LIMIT {options.rows}) TO '{source}' (FORMAT parquet)")
        [(options.rows,)] = duckdb.execute(f"SELECT count(*) FROM '{source}'").fetchall()
        report = Report()
        print(f"{options.rows} rows of TPC-H lineitem, medians of {options.runs} runs, {os.cpu_count()} cores\n")
        print("| Tarn / the other | Tarn | the other | ratio | aim | |\n| --- | --- | --- | --- | --- | --- |", flush=True)
        for part in options.parts.split(","):
            PARTS[part](options, source, work, report)
    finally:
        shutil.rmtree(work)
    if options.json:
        options.json.write_text(json.dumps(report.lines, indent=1) + "\n")


if __name__ == "__main__":
    main()
