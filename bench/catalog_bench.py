#!/usr/bin/env python3
"""Calls of the Iceberg REST protocol: Tarn, Iceberg's reference server and PyIceberg's SqlCatalog, one after another.

    catalog_bench.py [--tables 100] [--loads 500] [--commits 200] [--seconds 3] [--auth] [--only tarn,reference,pyiceberg]
                     [--class-path JARS] [--binary build/release/bin/tarn] [--json FILE]

Wire figures are taken on one kept connection of a raw socket, so that they are the server's and not a client library's;
throughput with 1 and 8 connections of one process that does nothing else (epoll). --auth: Tarn asks for a bearer token
on every call; the reference server has no such thing. --class-path: the kit's jars, by default those that
tools/install_deps.sh --test has put down. Run it on a quiet machine.
"""
import argparse
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).parents[1]
SCHEMA = {"type": "struct", "schema-id": 0, "fields": [
    {"id": i, "name": f"column_{i}", "required": False, "type": kind}
    for i, kind in enumerate(["long", "string", "timestamptz", "decimal(18,2)", "date", "double", "boolean", "string"], 1)]}


class Connection:
    """One kept connection; a call is one write and as few reads as it takes."""

    def __init__(self, port, path, token):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.base, self.token = path, token
        self.tag = None

    def bytes_of(self, method, path, body=None, headers=()):
        text = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {self.base}{path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json",
                 f"Content-Length: {len(text)}", *headers]
        if self.token:
            lines.append(f"Authorization: Bearer {self.token}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + text

    def send(self, request):
        self.socket.sendall(request)
        data = self.socket.recv(1 << 20)
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self.socket.recv(1 << 20)
        head, body = data[:end], data[end + 4:]
        status = int(head[9:12])
        if b"ransfer-" in head:  # chunked
            while not body.endswith(b"0\r\n\r\n"):
                body += self.socket.recv(1 << 20)
            pieces, left = [], body
            while True:
                size, _, left = left.partition(b"\r\n")
                if int(size, 16) == 0:
                    break
                pieces.append(left[:int(size, 16)])
                left = left[int(size, 16) + 2:]
            body = b"".join(pieces)
        elif status not in (204, 304) and not request.startswith(b"HEAD"):
            length = int(re.search(rb"\r\n[Cc]ontent-[Ll]ength: (\d+)", head).group(1))
            while len(body) < length:
                body += self.socket.recv(1 << 20)
        tag = re.search(rb"\r\nE[Tt]ag: ([^\r]+)", head)
        self.tag = tag.group(1).decode() if tag else None
        return status, body

    def call(self, method, path, body=None, headers=()):
        return self.send(self.bytes_of(method, path, body, headers))


def percentiles(times):
    times = sorted(times)
    return {"p50": statistics.median(times) * 1000, "p99": times[min(len(times) - 1, int(len(times) * 0.99))] * 1000}


def timed(count, request_of, connection, statuses=(200, 204)):
    times = []
    for i in range(count):
        request = request_of(i)
        began = time.perf_counter()
        status, body = connection.send(request)
        times.append(time.perf_counter() - began)
        if status not in statuses:
            sys.exit(f"{request[:80]} was answered {status}: {body[:300]}")
    return percentiles(times)


def throughput(port, request, connections, seconds):
    """Requests a second, each connection asking again as soon as it is answered."""
    poll = select.epoll()
    sockets, wanted = {}, None
    for _ in range(connections):
        one = socket.create_connection(("127.0.0.1", port))
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(one.fileno(), select.EPOLLIN)
        sockets[one.fileno()] = [one, 0]
    for one, _ in sockets.values():
        one.sendall(request)
    done, began = 0, None
    while began is None or time.perf_counter() - began < seconds:
        for number, _ in poll.poll(1):
            state = sockets[number]
            data = state[0].recv(1 << 20)
            if wanted is None:  # all answers are of one size
                head = data.index(b"\r\n\r\n") + 4
                length = re.search(rb"\r\n[Cc]ontent-[Ll]ength: (\d+)", data[:head])
                if length is None:
                    return None  # streamed: sizes may differ
                wanted, began = head + int(length.group(1)), time.perf_counter()
            state[1] += len(data)
            if state[1] >= wanted:
                state[1] = 0
                done += 1
                state[0].sendall(request)
    took = time.perf_counter() - began
    for one, _ in sockets.values():
        one.close()
    return done / took


def resident_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, path, process):
    """Seconds until the first answer of 200."""
    while True:
        if process.poll() is not None:
            sys.exit(f"the server ended with {process.returncode}")
        try:
            if Connection(port, path, None).call("GET", "/v1/config")[0] in (200, 401):
                return
        except (ConnectionError, OSError, IndexError, ValueError):
            pass
        time.sleep(0.001)


def start_tarn(options, work):
    port = free_port()
    command = [options.binary, "serve", "--home", str(work / "home"), "--listen", f"127.0.0.1:{port}"]
    began = time.perf_counter()
    log = open(work / "tarn.log", "wb")
    process = subprocess.Popen(command + (["--auth"] if options.auth else []), stdout=log, stderr=log)
    wait_for(port, "/catalog", process)
    started = time.perf_counter() - began
    token = None
    if options.auth:
        while not (secret := work / "home" / "admin-credentials").exists():
            time.sleep(0.01)
        values = re.findall(r'"?(client[-_]id|client[-_]secret)"?\s*[:=]\s*"?([^",\s]+)', secret.read_text())
        known = {key.replace("-", "_"): value for key, value in values}
        form = urllib.parse.urlencode({"grant_type": "client_credentials", **known}).encode()
        connection = Connection(port, "/catalog", None)
        request = (f"POST /catalog/v1/oauth/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: {len(form)}\r\n"
                   "Content-Type: application/x-www-form-urlencoded\r\n\r\n").encode() + form
        status, body = connection.send(request)
        if status != 200:
            sys.exit(f"no token: {body}")
        token = json.loads(body)["access_token"]
    return process, port, "/catalog", token, started


def start_reference(options, work):
    port = free_port()
    environment = {**os.environ, "CATALOG_REST_PORT": str(port), "CATALOG_URI": f"jdbc:sqlite:{work}/catalog.db",
                   "CATALOG_WAREHOUSE": f"file://{work}/warehouse"}
    began = time.perf_counter()
    process = subprocess.Popen(["java", "-Xmx1g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-cp", options.class_path,
                                "org.apache.iceberg.rest.RESTCatalogServer"], env=environment, cwd=work,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(port, "", process)
    return process, port, "", None, time.perf_counter() - began


def measure_server(start, options):
    work = pathlib.Path(tempfile.mkdtemp(prefix="tarn-catalog-bench-"))
    process, port, path, token, started = start(options, work)
    try:
        result = {"start": {"p50": started * 1000}, "memory, MB": {"idle": resident_mb(process.pid)}}
        one = Connection(port, path, token)
        one.call("POST", "/v1/namespaces", {"namespace": ["ns"]})
        for i in range(2):  # what is read and compiled the first time
            one.call("POST", "/v1/namespaces/ns/tables", {"name": f"warm{i}", "schema": SCHEMA})
            one.call("GET", f"/v1/namespaces/ns/tables/warm{i}")
            one.call("DELETE", f"/v1/namespaces/ns/tables/warm{i}")
        result["create"] = timed(options.tables, lambda i: one.bytes_of(
            "POST", "/v1/namespaces/ns/tables", {"name": f"t{i:03}", "schema": SCHEMA}), one)
        table = "/v1/namespaces/ns/tables/t000"
        load = one.bytes_of("GET", table)
        result["commit"] = timed(options.commits, lambda i: one.bytes_of("POST", table, {
            "requirements": [], "updates": [{"action": "set-properties", "updates": {"p": str(i)}}]}), one)
        timed(50, lambda i: load, one)
        result["load"] = timed(options.loads, lambda i: load, one)
        result["load, each of all"] = timed(options.loads, lambda i: one.bytes_of(
            "GET", f"/v1/namespaces/ns/tables/t{i % options.tables:03}"), one)
        _, body = one.send(load)
        if one.tag:
            known = one.bytes_of("GET", table, headers=[f"If-None-Match: {one.tag}"])
            result["304"] = timed(options.loads, lambda i: known, one, (304,))
        result["HEAD"] = timed(options.loads, lambda i: one.bytes_of("HEAD", table), one)
        listing = one.bytes_of("GET", "/v1/namespaces/ns/tables")
        result["list"] = timed(options.loads // 2, lambda i: listing, one)
        result["load, bytes"] = {"p50": len(body)}
        result["loads a second"] = {f"{n} connections": throughput(port, load, n, options.seconds) for n in (1, 8)}
        result["memory, MB"]["after"] = resident_mb(process.pid)
        return result
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        shutil.rmtree(work)


def measure_pyiceberg(options):
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.schema import Schema

    work = pathlib.Path(tempfile.mkdtemp(prefix="tarn-catalog-bench-"))
    catalog = SqlCatalog("bench", uri=f"sqlite:///{work}/catalog.db", warehouse=f"file://{work}/warehouse")
    catalog.create_namespace("ns")
    schema = Schema.model_validate(SCHEMA)

    def times(count, call):
        taken = []
        for i in range(count):
            began = time.perf_counter()
            call(i)
            taken.append(time.perf_counter() - began)
        return percentiles(taken)

    result = {"create": times(options.tables, lambda i: catalog.create_table(f"ns.t{i:03}", schema))}
    result["load"] = times(options.loads, lambda i: catalog.load_table("ns.t000"))

    def commit(i):
        with catalog.load_table("ns.t000").transaction() as transaction:
            transaction.set_properties({"p": str(i)})

    result["commit"] = times(options.commits, commit)
    result["list"] = times(options.loads // 2, lambda i: catalog.list_tables("ns"))
    shutil.rmtree(work)
    return result


def show(results):
    names = list(results)
    print(f"{'':24}" + "".join(f"{name:>26}" for name in names))
    rows = {}
    for result in results.values():
        for what, figures in result.items():
            rows.setdefault(what, {}).update(dict.fromkeys(figures))
    for what, figures in rows.items():
        for figure in figures:
            cells = [results[name].get(what, {}).get(figure) for name in names]
            line = f"{what + ' ' + figure:24}"
            for cell in cells:
                ratio = ""
                if cell is not None and cells[0] is not None and cell is not cells[0]:
                    ratio = f"({cell / cells[0]:.2f}x)"
                line += f"{'–' if cell is None else f'{cell:,.2f}':>16}{ratio:>10}"
            print(line)
    print("Milliseconds unless it says so; (x): of the first column's.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=100)
    parser.add_argument("--loads", type=int, default=500)
    parser.add_argument("--commits", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--auth", action="store_true")
    parser.add_argument("--only", default="tarn,reference,pyiceberg")
    parser.add_argument("--class-path")
    parser.add_argument("--binary", default=os.environ.get("TARN_BIN", str(ROOT / "build/release/bin/tarn")))
    parser.add_argument("--json")
    options = parser.parse_args()
    if options.class_path is None:
        cache = pathlib.Path(os.environ.get("TARN_DEPS", pathlib.Path.home() / ".cache/tarn/deps"))
        options.class_path = ":".join(f"{jars}/*" for jars in sorted(cache.glob("rest-kit-*")) + sorted(cache.glob("spark-jars-*"))
                                      if jars.is_dir())
    measures = {"tarn": lambda: measure_server(start_tarn, options), "reference": lambda: measure_server(start_reference, options),
                "pyiceberg": lambda: measure_pyiceberg(options)}
    results = {name: measures[name]() for name in options.only.split(",")}
    show(results)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
