#!/usr/bin/env python3
"""`tarn load` of TPC-H lineitem against pyarrow.parquet writing the same rows with the same codec, in turn.

    load_bench.py DIRECTORY [RUNS]     DIRECTORY holds lineitem.parquet (tpch_data.py)

Both read the same Parquet file and write snappy Parquet; pyarrow streams batches of the same size. Prints the median
seconds of each, the ratio of speeds, and the peak memory of each process.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

TARN = os.environ.get("TARN_BIN", str(pathlib.Path(__file__).parents[1] / "build/release/bin/tarn"))
PYARROW = """
import sys, pyarrow.parquet as pq
source = pq.ParquetFile(sys.argv[1])
with pq.ParquetWriter(sys.argv[2], source.schema_arrow, compression="snappy") as out:
    for batch in source.iter_batches(batch_size=122880):
        out.write_batch(batch)
"""


def run(command):
    """Seconds and peak memory in MB of one child."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command[0]} failed with {child.returncode}: {errors}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main():
    source = pathlib.Path(sys.argv[1]) / "lineitem.parquet"
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    seconds = {"tarn": [], "pyarrow": []}
    memory = {"tarn": [], "pyarrow": []}
    for _ in range(runs):
        work = pathlib.Path(tempfile.mkdtemp(prefix="tarn-load-bench-"))
        commands = {"tarn": [TARN, "load", str(source), "--into", "tpch.lineitem", "--home", str(work / "home")],
                    "pyarrow": [sys.executable, "-c", PYARROW, str(source), str(work / "out.parquet")]}
        for name, command in commands.items():
            took, peak = run(command)
            seconds[name].append(took)
            memory[name].append(peak)
        shutil.rmtree(work)
    for name in seconds:
        print(f"{name:8} median {statistics.median(seconds[name]):.2f} s (min {min(seconds[name]):.2f}, "
              f"max {max(seconds[name]):.2f}), peak memory {max(memory[name]):.0f} MB")
    print(f"speed of tarn / pyarrow: {statistics.median(seconds['pyarrow']) / statistics.median(seconds['tarn']):.2f}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main()
