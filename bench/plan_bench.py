"""Plans scans of one synthetic table with Tarn, PyIceberg and Spark's Iceberg, and prints times and ratios.

    plan_bench.py DIR [--files 100000] [--manifests 1000] [--runs 5] [--skip pyiceberg,spark] [--binary build/release/bin/tarn_bench_plan]

DIR gets the table's metadata (its data files are only named). Cold: nothing of the table is in the engine's memory,
files are in the page cache. Warm: the same process planned the table before. Run it on a quiet machine.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

FIRST_DAY = 19_000
ROWS_PER_FILE = 250_000
QUERIES = ("full", "partition", "bounds", "both")


def tarn(options, table):
    command = [options.binary, "--table", str(table), "--files", str(options.files), "--manifests",
               str(options.manifests), "--runs", str(options.runs)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def literals(options):
    """The day and the id that the selective queries ask for."""
    return FIRST_DAY + options.manifests // 2, options.files // 2 * ROWS_PER_FILE


def timed(times, run):
    began = time.perf_counter()
    count = run()
    times.append((time.perf_counter() - began) * 1000)
    return count


def pyiceberg(options, table):
    import datetime

    from pyiceberg import manifest
    from pyiceberg.expressions import AlwaysTrue, And, EqualTo
    from pyiceberg.table import StaticTable

    day, row_id = literals(options)
    on_day = EqualTo("day", (datetime.date(1970, 1, 1) + datetime.timedelta(days=day)).isoformat())
    of_id = EqualTo("id", row_id)
    filters = {"full": AlwaysTrue(), "partition": on_day, "bounds": of_id, "both": And(on_day, of_id)}
    result = {}
    runs = 1 if options.files > 200_000 else min(options.runs, 3)
    for name in QUERIES:
        cold, warm = [], []
        for _ in range(runs):
            manifest.clear_manifest_cache()
            opened = StaticTable.from_metadata(str(table / "metadata" / "v1.metadata.json"))
            count = timed(cold, lambda: len(list(opened.scan(row_filter=filters[name]).plan_files())))
            timed(warm, lambda: len(list(opened.scan(row_filter=filters[name]).plan_files())))
        result[f"cold_{name}"], result[f"warm_{name}"] = statistics.median(cold), statistics.median(warm)
        result[f"tasks_{name}"] = count
    return result


def spark_session():
    from pyspark.sql import SparkSession

    deps = pathlib.Path(os.environ.get("TARN_DEPS") or pathlib.Path(
        os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "tarn" / "deps")
    jars = [str(jar) for jar in sorted(deps.glob("spark-jars-*/iceberg-spark-runtime-*.jar"))]
    if not jars:
        sys.exit(f"no Iceberg jar for Spark under {deps}: run tools/install_deps.sh --test")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (SparkSession.builder.master("local[2]").appName("plan-bench").config("spark.jars", ",".join(jars))
               .config("spark.driver.extraClassPath", ":".join(jars)).config("spark.driver.memory", "6g")
               .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
               .config("spark.ui.enabled", "false").getOrCreate())
    session.sparkContext.setLogLevel("ERROR")
    return session


def spark(options, table):
    """Iceberg's own planning in the JVM that Spark runs in: table.newScan().filter(…).planFiles()."""
    session = spark_session()
    jvm = session.sparkContext._jvm
    tables = jvm.org.apache.iceberg.hadoop.HadoopTables(session.sparkContext._jsc.hadoopConfiguration())
    expressions = jvm.org.apache.iceberg.expressions.Expressions
    size = jvm.org.apache.iceberg.relocated.com.google.common.collect.Iterables.size
    day, row_id = literals(options)
    on_day = expressions.equal("day", jvm.java.lang.Integer(day))
    of_id = expressions.equal("id", jvm.java.lang.Long(row_id))
    filters = {"full": expressions.alwaysTrue(), "partition": on_day, "bounds": of_id,
               "both": getattr(expressions, "and")(on_day, of_id)}
    result = {}
    for name in QUERIES:
        times = []
        for _ in range(options.runs + 1):
            opened = tables.load(str(table))
            count = timed(times, lambda: size(opened.newScan().filter(filters[name]).planFiles()))
        # The first run of all also starts the JVM's classes; Iceberg keeps nothing between runs.
        result[f"cold_{name}"], result[f"warm_{name}"] = times[0], statistics.median(times[1:])
        result[f"tasks_{name}"] = count
    session.stop()
    return result


def show(options, results):
    ours = results["tarn"]
    names = [name for name in ("pyiceberg", "spark") if name in results]
    print(f"{options.files} data files in {options.manifests} manifests; milliseconds (times Tarn's)")
    print("| plan | files | tarn |" + "".join(f" {name} |" for name in names))
    print("| --- | --- | --- |" + " --- |" * len(names))
    for state in ("cold", "warm"):
        for query in QUERIES:
            key = f"{state}_{query}"
            cells = [f"{state} {query}", str(int(ours[f"tasks_{query}"])), f"{ours[key]:.2f}"]
            for name in names:
                assert results[name][f"tasks_{query}"] == ours[f"tasks_{query}"], (name, query, results[name])
                cells.append(f"{results[name][key]:.1f} ({results[name][key] / ours[key]:.1f} ×)")
            print("| " + " | ".join(cells) + " |")
    print(f"decoding on one thread: {ours['decode_us_per_entry']:.2f} µs an entry in columns, "
          f"{ours['rowwise_us_per_entry']:.2f} µs in rows; {ours['cached_bytes_per_entry']:.0f} bytes cached an entry")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--manifests", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--skip", default="")
    parser.add_argument("--binary", default="build/release/bin/tarn_bench_plan")
    parser.add_argument("--json", type=pathlib.Path, help="also written here")
    options = parser.parse_args()
    table = options.dir.resolve() / f"plan-{options.files}-{options.manifests}"
    if not (table / "metadata" / "v1.metadata.json").exists():
        subprocess.run([options.binary, "--make", str(table), "--files", str(options.files), "--manifests",
                        str(options.manifests)], check=True)
    results = {"tarn": tarn(options, table)}
    for name, engine in (("pyiceberg", pyiceberg), ("spark", spark)):
        if name not in options.skip.split(","):
            results[name] = engine(options, table)
    show(options, results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
