#!/usr/bin/env python3
"""Appends to one table by 1, 8 and 32 writers, each a process: commits per second, p50, p99, and whether every row is there.

    commit_bench.py [--writers 1,8,32] [--seconds 10] [--store sqlite,postgresql] [--auth]
                    [--binary build/release/bin/tarn] [--uri URI] [--json FILE]

A writer makes a Parquet file, a manifest and a manifest list and then sends the commit; only the commit's round trip is
in p50 and p99, and all of it in commits per second. Writers never reload the table: every commit is built on the empty
table that they saw first, so that the server has to move nearly all of them. --store: where the catalog is kept; PostgreSQL
is the bench's own, durable. --auth: with a bearer token on every call. --uri: a server that runs already, without
authentication, on this machine's disk. The machine's own limits are measured beside it: fsync of a file and its
directory. Needs the Python packages of the tests (the venv of tools/install_deps.sh --test).
"""
import argparse
import json
import multiprocessing
import os
import pathlib
import statistics
import sys
import tempfile
import time
import uuid

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "faults"))
from append_writer import SCHEMA, AppendWriter, Client  # noqa: E402
from catalog_servers import SERVERS  # noqa: E402


def run_writer(uri, token, table, number, seconds, start, results):
    writer = AppendWriter(uri, "bench", table, f"w{number}", token)
    writer.load()
    start.wait()
    end = time.monotonic() + seconds
    latencies, failures, count = [], [], 0
    while time.monotonic() < end:
        body, _ = writer.append([number * 10_000_000 + count])
        sent = time.perf_counter()
        status, answer = writer.send(body)
        latencies.append(time.perf_counter() - sent)
        if status == 200:
            count += 1
        else:
            failures.append(f"{status} {answer}")
    results.put((count, latencies, failures))


def measure(uri, token, writers, seconds):
    client = Client(uri, token)
    table = f"t{writers}_{uuid.uuid4().hex[:6]}"
    status, answer = client.call("POST", "/namespaces/bench/tables", {"name": table, "schema": SCHEMA})
    assert status == 200, answer
    context = multiprocessing.get_context("fork")
    results, start = context.Queue(), context.Barrier(writers + 1)
    running = [context.Process(target=run_writer, args=(uri, token, table, n, seconds, start, results))
               for n in range(writers)]
    for process in running:
        process.start()
    start.wait()
    began = time.monotonic()
    done = [results.get(timeout=seconds + 120) for _ in running]
    elapsed = time.monotonic() - began
    for process in running:
        process.join()
    acknowledged = sum(count for count, _, _ in done)
    latencies = sorted(latency for _, measured, _ in done for latency in measured)
    failures = [failure for _, _, failed in done for failure in failed]
    status, answer = client.call("GET", f"/namespaces/bench/tables/{table}")
    snapshots = {s["snapshot-id"]: s for s in answer["metadata"]["snapshots"]}
    total = int(snapshots[answer["metadata"]["current-snapshot-id"]]["summary"]["total-records"])
    return {"writers": writers, "commits": acknowledged, "failures": len(failures), "first_failure": failures[:1],
            "rows_in_table": total, "commits_per_second": round(acknowledged / elapsed, 1),
            "p50_ms": round(statistics.median(latencies) * 1e3, 2),
            "p99_ms": round(latencies[int(len(latencies) * 0.99)] * 1e3, 2),
            "metadata_files": len(answer["metadata"]["metadata-log"]) + 1}


def measure_properties(uri, token, count):
    """Commits of a property on one kept connection, for the server alone."""
    client = Client(uri, token)
    assert client.call("POST", "/namespaces/bench/tables", {"name": "p", "schema": SCHEMA})[0] == 200
    latencies = []
    for i in range(count):
        body = {"requirements": [], "updates": [{"action": "set-properties", "updates": {"k": str(i)}}]}
        began = time.perf_counter()
        assert client.call("POST", "/namespaces/bench/tables/p", body)[0] == 200
        latencies.append(time.perf_counter() - began)
    latencies.sort()
    return {"set_property_p50_ms": round(statistics.median(latencies) * 1e3, 2),
            "set_property_p99_ms": round(latencies[int(count * 0.99)] * 1e3, 2)}


def measure_disk(folder, count=100):
    def median(task):
        times = []
        for i in range(count):
            began = time.perf_counter()
            task(i)
            times.append(time.perf_counter() - began)
        return round(statistics.median(times) * 1e3, 3)

    def write(i):
        fd = os.open(f"{folder}/f{i}", os.O_CREAT | os.O_WRONLY)
        os.write(fd, b"x" * 3000)
        os.fsync(fd)
        os.close(fd)

    def make(i):
        os.close(os.open(f"{folder}/g{i}", os.O_CREAT | os.O_WRONLY))
        fd = os.open(folder, os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)

    return {"fsync_file_ms": median(write), "fsync_directory_ms": median(make)}


def measure_store(uri, token, given):
    Client(uri, token).call("POST", "/namespaces", {"namespace": ["bench"]})
    report = measure_properties(uri, token, 200)
    report["runs"] = [measure(uri, token, int(writers), given.seconds) for writers in given.writers.split(",")]
    return report


def measure_stores(given):
    """The report of each store, by name."""
    if given.uri is not None:
        return {given.uri: measure_store(given.uri, None, given)}
    reports = {}
    for store in given.store.split(","):
        with SERVERS["tarn" if store == "sqlite" else f"tarn-{store}"](given) as server:
            reports[store] = measure_store(f"http://127.0.0.1:{server.port}/catalog", server.token, given)
    return reports


def show(name, report):
    print(f"{name}: a property's commit p50 {report['set_property_p50_ms']} ms, p99 {report['set_property_p99_ms']} ms")
    print(f"{'writers':>8}{'commits/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'commits':>9}{'failed':>8}{'rows':>7}")
    for run in report["runs"]:
        print(f"{run['writers']:>8}{run['commits_per_second']:>11}{run['p50_ms']:>9}{run['p99_ms']:>9}"
              f"{run['commits']:>9}{run['failures']:>8}{run['rows_in_table']:>7}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", default="1,8,32")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--store", default="sqlite")
    parser.add_argument("--auth", action="store_true")
    parser.add_argument("--binary", default=os.environ.get("TARN_BIN", str(ROOT / "build/release/bin/tarn")))
    parser.add_argument("--uri")
    parser.add_argument("--json")
    given = parser.parse_args()
    given.binary = str(pathlib.Path(given.binary).resolve())
    with tempfile.TemporaryDirectory(prefix="tarn-commit-bench-") as folder:
        disk = measure_disk(folder)
    print(f"disk: fsync of a file {disk['fsync_file_ms']} ms, of a directory {disk['fsync_directory_ms']} ms")
    reports = measure_stores(given)
    for name, report in reports.items():
        show(name, report)
    if given.json:
        pathlib.Path(given.json).write_text(json.dumps({"disk": disk, "stores": reports}, indent=1))
    wrong = [run for report in reports.values() for run in report["runs"]
             if run["failures"] or run["rows_in_table"] != run["commits"]]
    if wrong:
        sys.exit(f"not every commit is there, or some failed: {wrong}")


if __name__ == "__main__":
    main()
