#!/usr/bin/env python3
"""Many kept connections with mixed calls for long: no error, and memory that does not grow.

    soak_bench.py [--connections 2000] [--seconds 1200] [--rate 400] [--store sqlite|postgresql]
                  [--binary build/release/bin/tarn] [--json FILE]

One process (epoll, raw sockets) keeps all connections open and makes `--rate` calls a second in all, each connection its
share at times of its own: loads, 304s, commits, lists, creates and drops, HEADs, configurations, plans of scans, reports,
tokens (soak_calls.py). `tarn serve` runs with its default settings, authentication on, and 1024 open files as most systems
give programs. An error is every answer but the expected one, a lost connection, an answer that takes more than a minute;
503 with Retry-After is counted apart and asked again. At the end the tables that callers have made must be those that the
server lists. The first half of the time is for caches that have a bound to fill (answers to requests with a key, 8 MiB, are
the largest here). In the second half memory is flat if it ends less than 20 MB and 10 % above where it began and does not grow
by more than 1 % a minute. "late": how long after its time the client could send, that is, whether it kept pace.
"""
import argparse
import collections
import heapq
import json
import os
import pathlib
import random
import resource
import select
import socket
import statistics
import subprocess
import sys
import time

from catalog_servers import SERVERS
from rest_wire import AnswerReader, percentiles
from soak_calls import Caller, Mix

ROOT = pathlib.Path(__file__).parents[1]
ANSWER_SECONDS_MAX = 60
OPENING_SECONDS_MAX = 10  # in which the connections are opened
USUAL_OPEN_FILES = 1024


class Peer:
    """A connection and the call that is on its way."""

    def __init__(self, caller):
        self.caller, self.socket, self.call, self.again = caller, None, None, None


class Sample:
    """The server at one second: resident MB, open files, threads."""

    def __init__(self, pid, second):
        status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
        self.second = second
        self.resident_mb = int(status["VmRSS"].split()[0]) / 1024
        self.threads = int(status["Threads"])
        self.open_files = len(os.listdir(f"/proc/{pid}/fd"))


class Soak:
    """Drives the connections, each at its own times."""

    def __init__(self, server, connections, rate):
        self.server, self.interval = server, connections / rate
        self.mix = Mix(server)
        self.peers = [Peer(Caller(self.mix, number)) for number in range(connections)]
        self.poll = select.epoll()
        self.by_file, self.due = {}, []
        self.times, self.late = collections.defaultdict(list), []
        self.errors, self.busy, self.samples = [], 0, []

    def run(self, seconds):
        self.began = time.monotonic()
        spread = min(self.interval, OPENING_SECONDS_MAX, seconds / 2)
        self.due = [(self.began + random.random() * spread, number) for number in range(len(self.peers))]
        heapq.heapify(self.due)
        self.end = self.began + seconds
        next_sample = self.began
        while (now := time.monotonic()) < self.end or self.has_open_calls():
            if now >= next_sample:
                self.samples.append(Sample(self.server.process.pid, now - self.began))
                self.expire(now)
                next_sample += 1
            while self.due and self.due[0][0] <= now < self.end:
                self.begin(*heapq.heappop(self.due))
            wake = min(next_sample, self.due[0][0] if self.due else next_sample)
            for file, _ in self.poll.poll(max(0, min(wake - time.monotonic(), 0.1))):
                self.receive(self.by_file[file])
        for peer in self.peers:
            if peer.socket is not None:
                peer.socket.close()

    def has_open_calls(self):
        return any(peer.call is not None for peer in self.peers)

    def begin(self, due, number):
        peer = self.peers[number]
        self.late.append(time.monotonic() - due)
        try:
            if peer.socket is None:
                peer.socket = socket.create_connection(("127.0.0.1", self.server.port), timeout=10)
                peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.by_file[peer.socket.fileno()] = peer
                self.poll.register(peer.socket.fileno(), select.EPOLLIN)
            peer.call, peer.again = peer.again or peer.caller.next(), None
            peer.reader = AnswerReader(peer.call.is_head)
            peer.began = time.monotonic()
            peer.socket.sendall(peer.call.request)
        except OSError as error:
            self.lose(peer, repr(error))

    def schedule(self, peer, seconds=None):
        pause = self.interval * (0.5 + random.random()) if seconds is None else seconds
        heapq.heappush(self.due, (time.monotonic() + pause, peer.caller.number))

    def receive(self, peer):
        try:
            data = peer.socket.recv(1 << 18)
        except OSError as error:
            return self.lose(peer, repr(error))
        if not data:
            return self.lose(peer, "the server closed the connection")
        if peer.call is None:
            return self.lose(peer, f"bytes that nobody asked for: {data[:100]}")
        if peer.reader.feed(data):
            self.answered(peer)

    def answered(self, peer):
        call, reader = peer.call, peer.reader
        peer.call = None
        taken = time.monotonic() - peer.began
        if reader.status == call.status:
            self.times[call.kind].append(taken)
            if call.then is not None:
                call.then()
        elif reader.status == 503 and reader.header("Retry-After") is not None:
            self.busy += 1
            peer.again = call
            return self.schedule(peer, float(reader.header("Retry-After")))
        else:
            self.errors.append(f"{call.kind} was answered {reader.status}, not {call.status}: {reader.body()[:200]}")
        self.schedule(peer)

    def lose(self, peer, why):
        self.errors.append(f"{peer.call.kind if peer.call else 'an idle connection'}: {why}")
        if peer.call is not None and peer.call.table is not None:
            self.mix.unknown.add(peer.call.table)
        if peer.socket is not None:
            self.poll.unregister(peer.socket.fileno())
            del self.by_file[peer.socket.fileno()]
            peer.socket.close()
        peer.socket, peer.call = None, None
        self.schedule(peer)

    def expire(self, now):
        for peer in self.peers:
            if peer.call is not None and now - peer.began > ANSWER_SECONDS_MAX:
                self.lose(peer, f"no answer in {ANSWER_SECONDS_MAX} s")


def memory_of(samples, seconds):
    """What became of the server's memory, and whether it is flat."""
    def around(second):
        return statistics.median(s.resident_mb for s in samples if abs(s.second - second) <= max(2, seconds / 40))

    steady = [sample for sample in samples if sample.second >= seconds / 2]
    half, end = around(seconds / 2), around(seconds)
    slope = statistics.linear_regression([s.second for s in steady], [s.resident_mb for s in steady]).slope * 60
    return {"minute_mb": round(around(min(60, seconds / 3)), 1), "half_mb": round(half, 1), "end_mb": round(end, 1),
            "most_mb": round(max(s.resident_mb for s in samples), 1), "growth_mb_a_minute": round(slope, 2),
            "each_minute_mb": [round(sample.resident_mb, 1) for sample in samples[::60]],
            "is_flat": end - half <= min(20, half * 0.1) and slope <= half * 0.01}


def allow_open_files(count):
    """As many as this process may have; the server has been started with fewer."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < count:
        sys.exit(f"{count} open files are needed, the limit is {hard} (ulimit -Hn)")


def soak(binary, connections, seconds, rate, store="sqlite"):
    """Starts a server, drives it, and gives the report."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (USUAL_OPEN_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    options = argparse.Namespace(binary=str(pathlib.Path(binary).resolve()), auth=True)
    with SERVERS["tarn" if store == "sqlite" else f"tarn-{store}"](options) as server:
        allow_open_files(connections + 200)
        subprocess.run([options.binary, "load", "--sample", "--home", server.home], check=True, capture_output=True)
        run = Soak(server, connections, rate)
        run.run(seconds)
        calls = sum(map(len, run.times.values()))
        there, noted = run.mix.tables_of(server) - run.mix.unknown, run.mix.tables - run.mix.unknown
        return {"connections": connections, "seconds": seconds, "store": store, "calls": calls,
                "calls_a_second": round(calls / seconds, 1), "errors": len(run.errors), "first_errors": run.errors[:10],
                "busy_503": run.busy, "tables_lost": len(noted - there), "tables_too_many": len(there - noted),
                "late_ms": percentiles(run.late), "memory": memory_of(run.samples, seconds),
                "threads_most": max(sample.threads for sample in run.samples),
                "open_files_most": max(sample.open_files for sample in run.samples),
                "calls_ms": {kind: {"count": len(times), **percentiles(times), "most": max(times) * 1000}
                             for kind, times in sorted(run.times.items())}}


def show(report):
    print(f"{report['connections']} connections, {report['seconds']:g} s, {report['store']}: {report['calls']} calls "
          f"({report['calls_a_second']} a second), {report['errors']} errors, {report['busy_503']} times 503 with Retry-After")
    for error in report["first_errors"]:
        print(f"  {error}")
    print(f"tables lost {report['tables_lost']}, too many {report['tables_too_many']}; threads {report['threads_most']}, "
          f"open files {report['open_files_most']}; the client was late by p50 {report['late_ms']['p50']:.2f} ms, "
          f"p99 {report['late_ms']['p99']:.2f} ms")
    print(f"{'call':12}{'count':>9}{'p50 ms':>10}{'p99 ms':>10}{'most ms':>10}")
    for kind, times in report["calls_ms"].items():
        print(f"{kind:12}{times['count']:>9}{times['p50']:>10.2f}{times['p99']:>10.2f}{times['most']:>10.2f}")
    memory = report["memory"]
    print(f"memory, MB: {memory['minute_mb']} after the first minute, {memory['half_mb']} after half of the time, "
          f"{memory['end_mb']} at the end, {memory['most_mb']} at most; {memory['growth_mb_a_minute']} more a minute in the "
          f"second half: {'flat' if memory['is_flat'] else 'NOT FLAT'}; each minute {memory['each_minute_mb']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=1200)
    parser.add_argument("--rate", type=float, default=400)
    parser.add_argument("--store", default="sqlite", choices=["sqlite", "postgresql"])
    parser.add_argument("--binary", default=os.environ.get("TARN_BIN", str(ROOT / "build/release/bin/tarn")))
    parser.add_argument("--json")
    given = parser.parse_args()
    report = soak(given.binary, given.connections, given.seconds, given.rate, given.store)
    show(report)
    if given.json:
        pathlib.Path(given.json).write_text(json.dumps(report, indent=1))
    if report["errors"] or report["tables_lost"] or report["tables_too_many"] or not report["memory"]["is_flat"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
