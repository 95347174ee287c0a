#!/usr/bin/env python3
"""Many sessions of short queries at once over Trino's client protocol: how long they wait, and what memory they leave.

    sessions_bench.py [--sessions 100] [--seconds 20] [--pause 0] [--binary build/release/bin/tarn] [--json FILE]

Each session is a connection of its own that asks one short query after the other: a row by its key from a table of 100,000 rows,
a sum over a hundredth of it, SELECT 1, and what dbt asks of information_schema. One process asks, so on few cores its own work is
part of the figures. Prints queries per second, median, p99 and the longest, and the server's resident memory before, after, and
a few seconds later, with its course by the minute if it takes longer. Run it on a quiet machine; with `--pause 1 --seconds 3600`,
where each session waits a second between queries, memory over an hour can be watched beside other work.
"""
import argparse
import http.client
import json
import pathlib
import random
import shutil
import statistics
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).parents[1]
SETUP = ("CREATE SCHEMA s; CREATE TABLE s.t AS SELECT CAST(i AS bigint) AS id, 'name ' || i AS name, CAST(i % 1000 AS double) AS x "
         "FROM range(100000) r(i)")
HEADERS = {"X-Trino-User": "bench", "X-Trino-Catalog": "iceberg", "X-Trino-Schema": "s"}


def statement(kind, randomness):
    key = randomness.randrange(100_000)
    return ["SELECT 1", f"SELECT name, x FROM t WHERE id = {key}",
            f"SELECT sum(x) FROM t WHERE id BETWEEN {key} AND {key + 1000}",
            "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 's'"][kind % 4]


def ask(connection, text):
    """Runs a statement to its last page; raises if it fails."""
    connection.request("POST", "/v1/statement", text.encode(), HEADERS)
    page = json.loads(connection.getresponse().read())
    while "nextUri" in page:
        connection.request("GET", "/" + page["nextUri"].split("/", 3)[3], headers=HEADERS)
        page = json.loads(connection.getresponse().read())
    if "error" in page:
        raise RuntimeError(page["error"]["message"])


def session(port, number, end, pause, took):
    randomness = random.Random(number)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    kind = number
    while time.monotonic() < end:
        began = time.perf_counter()
        ask(connection, statement(kind, randomness))
        took.append(time.perf_counter() - began)
        kind += 1
        time.sleep(pause)
    connection.close()


def resident_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


def start(binary, home):
    subprocess.run([binary, "--home", home, "sql", "--dialect", "duckdb", "-e", SETUP], check=True, stdout=subprocess.DEVNULL)
    process = subprocess.Popen([binary, "serve", "--home", home, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        if "http://127.0.0.1:" in line:
            return process, int(line.split("http://127.0.0.1:")[1].split("/")[0].split()[0])
    raise RuntimeError("the server does not start")


def measure(process, port, options):
    warm = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for kind in range(8):
        ask(warm, statement(kind, random.Random(0)))
    result = {"sessions": options.sessions, "MB before": resident_mb(process.pid)}
    took = [[] for _ in range(options.sessions)]
    began = time.monotonic()
    threads = [threading.Thread(target=session, args=(port, i, began + options.seconds, options.pause, took[i])) for i in range(options.sessions)]
    for thread in threads:
        thread.start()
    by_minute = []
    for thread in threads:
        while thread.is_alive():
            thread.join(timeout=max(0.0, began + 60 * (len(by_minute) + 1) - time.monotonic()))
            if time.monotonic() - began >= 60 * (len(by_minute) + 1):
                by_minute.append(round(resident_mb(process.pid)))
    if by_minute:
        result["MB by the minute"] = " ".join(map(str, by_minute))
    seconds = time.monotonic() - began
    all_times = sorted(1000 * one for times in took for one in times)
    if not all(took):
        raise RuntimeError("a session had no answer")
    result |= {"queries": len(all_times), "queries/s": len(all_times) / seconds, "median ms": statistics.median(all_times),
               "p99 ms": all_times[int(len(all_times) * 0.99)], "longest ms": all_times[-1], "MB after": resident_mb(process.pid)}
    time.sleep(5)
    return result | {"MB 5 s later": resident_mb(process.pid)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--pause", type=float, default=0)
    parser.add_argument("--binary", default=ROOT / "build/release/bin/tarn")
    parser.add_argument("--json")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="tarn-sessions-")
    process = None
    try:
        process, port = start(options.binary, f"{folder}/home")
        result = measure(process, port, options)
    finally:
        if process is not None:
            process.terminate()
            process.wait(timeout=60)
        shutil.rmtree(folder)
    for name, value in result.items():
        print(f"{name:14} {value:10.1f}" if isinstance(value, float) else f"{name:14} {value:>10}")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
