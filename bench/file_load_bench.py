#!/usr/bin/env python3
"""Loads of files, in turn, in one run: `tarn load` into an Iceberg table against others doing the same work.

    file_load_bench.py [--rows N] [--runs N] [--only csv,s3,memory]

csv: a CSV file, against DuckDB's COPY (FROM read_csv) TO a Parquet file and against pandas with PyIceberg's append.
s3: Parquet in versitygw, against pyarrow that streams the same object into a Parquet file.
memory: the peak of `tarn load` with a CSV, and with one of ten times the rows.
Prints the median seconds, rows a second, peak memory, and the ratio of speeds; all write zstd.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "tests/interop"))
TARN = os.environ.get("TARN_BIN", str(TOP / "build/release/bin/tarn"))
BUCKET_CODE = "import pyarrow.fs, sys\nfiles = pyarrow.fs.S3FileSystem(access_key=sys.argv[3], secret_key=sys.argv[4], " \
              "endpoint_override=sys.argv[5], region='us-east-1')\n"
DUCKDB = """
import duckdb, sys
duckdb.sql(f"COPY (FROM read_csv('{sys.argv[1]}')) TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION zstd)")
"""
PANDAS = """
import pandas, pyarrow, sys
from pyiceberg.catalog.sql import SqlCatalog
catalog = SqlCatalog("b", uri=f"sqlite:///{sys.argv[2]}/catalog.db", warehouse=f"file://{sys.argv[2]}")
rows = pyarrow.Table.from_pandas(pandas.read_csv(sys.argv[1], parse_dates=["at"]), preserve_index=False)
rows = rows.set_column(1, "at", rows["at"].cast(pyarrow.timestamp("us")))
catalog.create_namespace("b")
catalog.create_table("b.t", rows.schema).append(rows)
"""
PYARROW = BUCKET_CODE + """
import pyarrow.parquet as pq
source = pq.ParquetFile(files.open_input_file(sys.argv[1]), pre_buffer=True)
with pq.ParquetWriter(sys.argv[2], source.schema_arrow, compression="zstd") as out:
    for batch in source.iter_batches(batch_size=122880):
        out.write_batch(batch)
"""


def make_rows(rows, seed):
    import numpy
    import pyarrow as pa
    random = numpy.random.default_rng(seed)
    return pa.table({
        "id": pa.array(numpy.arange(rows, dtype="int64") + seed * rows),
        "at": pa.array(random.integers(1_600_000_000, 1_700_000_000, rows), pa.int64()).cast(pa.timestamp("s")),
        "customer": pa.array(random.integers(0, 100_000, rows)),
        "amount": pa.array(numpy.round(random.random(rows) * 1_000, 2)),
        "city": pa.array(random.choice(["Oslo", "Roma", "Lima", "Bern", "Kyoto"], rows)),
        "note": pa.array(numpy.char.add("order of customer ", random.integers(0, 1_000_000, rows).astype(str)))})


def write_csv(path, rows):
    import pyarrow.csv
    step = 500_000
    with open(path, "wb") as out:
        for part in range(0, rows, step):
            pyarrow.csv.write_csv(make_rows(min(step, rows - part), part // step), out,
                                  pyarrow.csv.WriteOptions(include_header=part == 0))


# A process of its own for each: the peak of a child begins with that of who starts it.
CHILD = """
import resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
sys.exit(done.returncode)
"""


def run(command):
    """Seconds and peak memory in MB of one command."""
    done = subprocess.run([sys.executable, "-c", CHILD, *map(str, command)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed with {done.returncode}: {done.stderr}")
    took, peak = map(float, done.stdout.split())
    return took, peak


def in_turn(what, rows, runs, commands):
    """`commands` give a command for a new directory, by name; the first one is Tarn's."""
    seconds = {name: [] for name in commands}
    memory = {name: 0 for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            with tempfile.TemporaryDirectory(prefix="tarn-load-bench-") as work:
                took, peak = run(command(work))
                seconds[name].append(took)
                memory[name] = max(memory[name], peak)
    medians = {name: statistics.median(took) for name, took in seconds.items()}
    for name, median in medians.items():
        print(f"{what:7} {name:17} {median:7.2f} s  {rows / median / 1e6:6.2f} M rows/s  peak {memory[name]:6.0f} MB")
    for name in list(medians)[1:]:
        print(f"{what:7} speed of tarn / {name}: {medians[name] / medians['tarn']:.2f}")


def bench_csv(rows, runs, folder):
    path = folder / "rows.csv"
    write_csv(path, rows)
    in_turn("csv", rows, runs, {
        "tarn": lambda work: [TARN, "load", path, "--into", "b.t", "--home", f"{work}/home"],
        "duckdb": lambda work: [sys.executable, "-c", DUCKDB, path, f"{work}/out.parquet"],
        "pandas+pyiceberg": lambda work: [sys.executable, "-c", PANDAS, path, work]})


def bench_s3(rows, runs, folder):
    import pyarrow.fs
    import pyarrow.parquet as pq
    from store_servers import BUCKET, S3_KEY, S3_SECRET, s3_server
    with s3_server(folder / "server") as endpoint:
        files = pyarrow.fs.S3FileSystem(access_key=S3_KEY, secret_key=S3_SECRET, endpoint_override=endpoint, region="us-east-1")
        with files.open_output_stream(f"{BUCKET}/rows.parquet") as out:
            pq.write_table(make_rows(rows, 1), out, row_group_size=250_000, coerce_timestamps="us")
        settings = folder / "tarn.yaml"
        settings.write_text(f'"s3.endpoint": "{endpoint}"\n"s3.access-key-id": "{S3_KEY}"\n"s3.secret-access-key": "{S3_SECRET}"\n'
                            '"s3.region": "us-east-1"\n"s3.path-style-access": "true"\n')

        def tarn(work):
            home = pathlib.Path(work) / "home"
            home.mkdir()
            (home / "tarn.yaml").write_text(settings.read_text())
            return [TARN, "load", f"s3://{BUCKET}/rows.parquet", "--into", "b.t", "--home", home]
        in_turn("s3", rows, runs, {
            "tarn": tarn,
            "pyarrow": lambda work: [sys.executable, "-c", PYARROW, f"{BUCKET}/rows.parquet", f"{work}/out.parquet",
                                     S3_KEY, S3_SECRET, endpoint]})


def bench_memory(rows, folder):
    peaks = []
    for times in (1, 10):
        path = folder / f"rows-{times}.csv"
        write_csv(path, rows * times)
        with tempfile.TemporaryDirectory(prefix="tarn-load-bench-") as work:
            took, peak = run([TARN, "load", path, "--into", "b.t", "--home", f"{work}/home"])
        path.unlink()
        peaks.append(peak)
        print(f"memory  {rows * times} rows: {took:.2f} s, peak {peak:.0f} MB")
    print(f"memory  ten times the rows / the rows: {peaks[1] / peaks[0]:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="csv,s3,memory")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tarn-load-bench-data-") as folder:
        folder = pathlib.Path(folder)
        for what in options.only.split(","):
            if what == "csv":
                bench_csv(options.rows, options.runs, folder)
            elif what == "s3":
                bench_s3(options.rows, options.runs, folder)
            elif what == "memory":
                bench_memory(options.rows, folder)
            else:
                parser.error(f"--only takes csv, s3 and memory, not {what}")


if __name__ == "__main__":
    main()
