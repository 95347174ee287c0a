#!/usr/bin/env python3
"""Calls of the Iceberg REST protocol: Tarn and other catalog servers, one after another in one run.

    catalog_bench.py [--tables 100] [--loads 500] [--commits 200] [--seconds 3] [--auth] [--store sqlite,postgresql]
                     [--only tarn,rustberg,reference,nessie,tarn-s3,pyiceberg] [--class-path JARS]
                     [--binary build/release/bin/tarn] [--json FILE]

Wire figures are taken on one kept connection of a raw socket, so that they are the server's and not a client library's,
in a second pass, since some compile as they run;
throughput with 1 and 8 connections of one process that does nothing else (epoll). Rustberg keeps its catalog in redb and
files on this disk, the reference server in SQLite; Nessie knows only object stores, so that tarn-s3 (the same versitygw)
is what it is to be compared with; PyIceberg's SqlCatalog runs in this process. --auth: Tarn asks for a bearer token on
every call, as Rustberg does; the reference server knows no such thing and Nessie runs without. --store postgresql: Tarn
with its catalog in a PostgreSQL of the bench's own, durable (fsync). Nessie (a jar of 245 MB, a Java 21) and Rustberg
(cargo, an hour on two cores) are fetched when they are first asked for. --class-path: the kit's jars, by default those that
tools/install_deps.sh --test has put down. Run it on a quiet machine.
"""
import argparse
import json
import os
import pathlib
import shutil
import tempfile
import time

import peer_packages
from catalog_servers import SERVERS, resident_mb
from rest_wire import percentiles, throughput, timed

ROOT = pathlib.Path(__file__).parents[1]
SCHEMA = {"type": "struct", "schema-id": 0, "fields": [
    {"id": i, "name": f"column_{i}", "required": False, "type": kind}
    for i, kind in enumerate(["long", "string", "timestamptz", "decimal(18,2)", "date", "double", "boolean", "string"], 1)]}


def new_table(name):
    """Nessie wants more than the name and the schema, though the protocol does not."""
    return {"name": name, "schema": SCHEMA, "partition-spec": {"spec-id": 0, "fields": []}, "stage-create": False}


def measure_calls(one, namespace, options):
    """Figures of single calls, on one connection."""
    tables = f"/namespaces/{namespace}/tables"
    one.call("POST", "/namespaces", {"namespace": [namespace]})
    result = {"create": timed(options.tables, lambda i: one.bytes_of("POST", tables, new_table(f"t{i:03}")), one)}
    load = one.bytes_of("GET", f"{tables}/t000")
    result["commit"] = timed(options.commits, lambda i: one.bytes_of("POST", f"{tables}/t000", {
        "requirements": [], "updates": [{"action": "set-properties", "updates": {"p": str(i)}}]}), one)
    result["load"] = timed(options.loads, lambda i: load, one)
    result["load, each of all"] = timed(options.loads, lambda i: one.bytes_of(
        "GET", f"{tables}/t{i % options.tables:03}"), one)
    _, body = one.send(load)
    if one.tag:
        known = one.bytes_of("GET", f"{tables}/t000", headers=[f"If-None-Match: {one.tag}"])
        result["304"] = timed(options.loads, lambda i: known, one, (304,))
    result["HEAD"] = timed(options.loads, lambda i: one.bytes_of("HEAD", f"{tables}/t000"), one)
    result["list"] = timed(options.loads // 2, lambda i: one.bytes_of("GET", tables), one)
    result["load, bytes"] = {"p50": len(body)}
    return result


def measure_server(server_class, options):
    with server_class(options) as server:
        result = {"start": {"p50": server.started_seconds * 1000},
                  "memory, MB": {"idle": resident_mb(server.process.pid)}}
        one = server.connection()
        measure_calls(one, "warm", options)  # what is read and compiled the first time
        result |= measure_calls(one, "ns", options)
        load = one.bytes_of("GET", "/namespaces/ns/tables/t000")
        throughput(server.port, load, 8, 0.5)
        result["loads a second"] = {f"{n} connections": throughput(server.port, load, n, options.seconds) for n in (1, 8)}
        result["memory, MB"]["after"] = resident_mb(server.process.pid)
        return result


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


def names_of(options):
    """What is measured, in the order of the columns."""
    kinds = {"sqlite": "tarn", "postgresql": "tarn-postgresql"}
    stores = [kinds[store] for store in options.store.split(",")]
    return [name for given in options.only.split(",") for name in (stores if given == "tarn" else [given])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=100)
    parser.add_argument("--loads", type=int, default=500)
    parser.add_argument("--commits", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--auth", action="store_true")
    parser.add_argument("--store", default="sqlite")
    parser.add_argument("--only", default="tarn,rustberg,reference,nessie,tarn-s3,pyiceberg")
    parser.add_argument("--class-path", default=peer_packages.reference_class_path())
    parser.add_argument("--binary", default=os.environ.get("TARN_BIN", str(ROOT / "build/release/bin/tarn")))
    parser.add_argument("--json")
    options = parser.parse_args()
    options.binary = str(pathlib.Path(options.binary).resolve())
    results = {}
    for name in names_of(options):
        results[name] = measure_pyiceberg(options) if name == "pyiceberg" else measure_server(SERVERS[name], options)
    show(results)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
