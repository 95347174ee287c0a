#!/usr/bin/env python3
"""A Trino server on this machine, for tests, and a client of its protocol.

    trino_server.py           runs one and prints its address until it is interrupted

One node on a free port of 127.0.0.1, with the connectors iceberg, tpch and memory. It starts without catalogs: `attached`
makes them (CREATE CATALOG), so that one server serves a whole session of tests, each with its own Tarn. Trino and the
Java that it needs are what `tools/install_deps.sh --test` installs.
"""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

from store_servers import DEPS, OPENER, free_port

CONFIGURATION = """\
node.environment=test
node.id=test
node.bind-ip=127.0.0.1
node.internal-address=127.0.0.1
coordinator=true
node-scheduler.include-coordinator=true
http-server.http.port={port}
discovery.uri=http://127.0.0.1:{port}
catalog.management=dynamic
catalog.store=memory
plugin.dir={plugins}
query.max-memory={memory}
query.max-memory-per-node={memory}
"""

JAVA_OPTIONS = ["-XX:-OmitStackTraceInFastThrow", "-Djdk.attach.allowAttachSelf=true", "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Duser.timezone=UTC"]
# Tests are short: what the second compiler would win, it has cost before.
FOR_TESTS = {"memory": "512MB", "java": ["-Xmx1200M", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]}
# As Trino's documentation says, with a heap that suits the machine: for benchmarks.
FOR_FIGURES = {"memory": "4GB", "java": ["-Xmx8G", "-XX:+UseG1GC", "-XX:ReservedCodeCacheSize=512M",
                                         "-XX:PerMethodRecompilationCutoff=10000", "-XX:PerBytecodeRecompilationCutoff=10000"]}


# With the capability, moments come with all their digits.
HEADERS = {"X-Trino-User": "test", "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME"}


class TrinoError(Exception):
    """What Trino answers to a query that fails; `name` is its code, like TABLE_NOT_FOUND."""

    def __init__(self, name, message):
        super().__init__(f"{name}: {message}")
        self.name = name


class Trino:
    """The client. Values are those of the protocol: numbers, text, lists; rows are lists."""

    def __init__(self, uri):
        self.uri = uri

    def ask(self, url, body=None, headers=None):
        request = urllib.request.Request(url, data=body, headers={**HEADERS, **(headers or {})})
        with OPENER.open(request, timeout=120) as answer:
            return json.loads(answer.read())

    def result(self, statement, schema=None, session=None):
        """(columns, rows): names and types of the columns as Trino says them, and all rows."""
        headers = dict(zip(("X-Trino-Catalog", "X-Trino-Schema"), (schema or "").split(".")) if schema else [])
        if session:
            headers["X-Trino-Session"] = ",".join(f"{key}={value}" for key, value in session.items())
        page = self.ask(f"{self.uri}/v1/statement", statement.encode(), headers)
        columns, rows = [], []
        while True:
            if "error" in page:
                raise TrinoError(page["error"]["errorName"], page["error"]["message"])
            columns = [(column["name"], column["type"]) for column in page.get("columns", [])] or columns
            rows += page.get("data", [])
            if "nextUri" not in page:
                return columns, rows
            page = self.ask(page["nextUri"])

    def sql(self, statement, **options):
        return self.result(statement, **options)[1]

    def value(self, statement, **options):
        return self.sql(statement, **options)[0][0]

    @contextlib.contextmanager
    def attached(self, name, connector, properties):
        """A catalog for the time of the block."""
        pairs = ", ".join(f"\"{key}\" = '{value}'" for key, value in properties.items())
        self.sql(f"CREATE CATALOG {name} USING {connector}" + (f" WITH ({pairs})" if pairs else ""))
        try:
            yield name
        finally:
            self.sql(f"DROP CATALOG {name}")

    def attached_iceberg(self, name, properties):
        """A catalog of Iceberg tables, on this machine's disk unless the properties name another store."""
        # The Java that is installed has no vector module, which the Parquet reader would use.
        fixed = {"parquet.experimental.vectorized-decoding.enabled": "false"}
        if not any(key.startswith("fs.") for key in properties):
            fixed |= {"fs.native-local.enabled": "true", "local.location": "/"}
        return self.attached(name, "iceberg", fixed | properties)


def versions():
    text = (pathlib.Path(__file__).parents[2] / "versions.env").read_text()
    pairs = (line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {key: value.strip('"') for key, value in pairs}


def installed():
    """The directories of Trino and of its Java."""
    pinned = versions()
    trino = DEPS / "-".join(["trino", pinned["TARN_TRINO_VERSION"], *pinned["TARN_TRINO_PLUGINS"].split()])
    java = DEPS / f"jdk-{pinned['TARN_JDK_VERSION']}"
    for directory in (trino, java):
        if not directory.is_dir():
            raise RuntimeError(f"{directory} is not there: run tools/install_deps.sh --test")
    return trino, java


def started(uri, process, log, seconds):
    """Waits until the server takes queries."""
    end = time.monotonic() + seconds
    while True:
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"Trino does not run: {log.read_text(errors='replace')[-3000:]}")
        with contextlib.suppress(OSError, ValueError):
            with OPENER.open(f"{uri}/v1/info", timeout=5) as answer:
                if json.loads(answer.read())["starting"] is False:
                    return
        time.sleep(0.1)


@contextlib.contextmanager
def trino_server(directory, seconds=240, size=None):
    """Runs Trino until the block ends; yields its client. `directory` is for its configuration and its log, `size` one of FOR_…."""
    size = size or FOR_TESTS
    directory = pathlib.Path(directory)
    trino, java = installed()
    port = free_port()
    configuration, log = directory / "config.properties", directory / "trino.log"
    configuration.write_text(CONFIGURATION.format(port=port, plugins=trino / "plugin", memory=size["memory"]))
    # Nothing of the caller's own: keys of stores would hide that the catalog gave none.
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory), "LANG": "C.UTF-8",
                   "AWS_EC2_METADATA_DISABLED": "true"}
    command = [java / "bin/java", *size["java"], *JAVA_OPTIONS, f"-Djava.io.tmpdir={directory}", f"-Dconfig={configuration}", "-cp",
               f"{trino / 'lib'}/*", "io.trino.server.TrinoServer"]
    with open(log, "wb") as out:
        process = subprocess.Popen(list(map(str, command)), stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                   cwd=directory, env=environment, start_new_session=True)
    try:
        uri = f"http://127.0.0.1:{port}"
        started(uri, process, log, seconds)
        yield Trino(uri)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="tarn-trino-") as home:
        began = time.monotonic()
        with trino_server(home) as trino, contextlib.suppress(KeyboardInterrupt):
            print(f"{trino.uri} after {time.monotonic() - began:.1f} s", flush=True)
            while True:
                time.sleep(3600)


if __name__ == "__main__":
    sys.exit(main())
