"""The program under test (TARN_BIN, else the release build) and a fresh home for each test."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile

import pytest

from postgres_server import PostgresServer

TARN_BIN = os.environ.get("TARN_BIN", str(pathlib.Path(__file__).parents[1] / "build/release/bin/tarn"))


class Tarn:
    """Runs `tarn` with one home."""

    def __init__(self, home):
        self.home = pathlib.Path(home)

    def command(self, *args):
        return [TARN_BIN, *map(str, args), "--home", str(self.home)]

    def start(self, *args, **options):
        return subprocess.Popen(self.command(*args), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def run(self, *args, input=None, env=None, cwd=None, timeout=120, text=True):
        environment = {**os.environ, **(env or {})}
        return subprocess.run(self.command(*args), input=input, env=environment, cwd=cwd, timeout=timeout, text=text,
                              capture_output=True, stdin=subprocess.DEVNULL if input is None else None)

    def ok(self, *args, **options):
        """Standard output of a command that must succeed."""
        done = self.run(*args, **options)
        assert done.returncode == 0, f"tarn {args}: exit {done.returncode}: {done.stderr}"
        return done.stdout

    def json(self, *args, **options):
        return json.loads(self.ok(*args, "--json", **options))

    def fails(self, *args, code=1, **options):
        """The one line that a failing command prints to standard error."""
        done = self.run(*args, **options)
        assert done.returncode == code, f"tarn {args}: exit {done.returncode}, not {code}: {done.stderr}{done.stdout}"
        lines = done.stderr.splitlines()
        assert len(lines) == 1 and lines[0].startswith("tarn: "), f"not one clear line: {done.stderr!r}"
        return lines[0].removeprefix("tarn: ")

    def sql(self, statement, dialect=None):
        """Rows of one query as dicts."""
        chosen = ["--dialect", dialect] if dialect else []
        return json.loads(self.ok("sql", *chosen, "--format", "json", "-e", statement))

    def value(self, statement):
        return next(iter(self.sql(statement)[0].values()))

    def tables(self):
        return [f'{t["namespace"]}.{t["name"]}' for t in self.json("table", "list") if t["type"] == "table"]

    def data_files(self):
        """Every Parquet file in the warehouse, referenced or not."""
        return sorted(self.home.glob("warehouse/**/*.parquet"))


@pytest.fixture
def tarn(tmp_path):
    return Tarn(tmp_path / "home")


@pytest.fixture
def tarn_at():
    """Homes at chosen places."""
    return Tarn


class Server:
    """A `tarn serve` on a port that the system gave; its log is in a file beside the home."""

    def __init__(self, tarn, *args, listen="127.0.0.1:0", env=None):
        self.tarn = tarn
        handle, log = tempfile.mkstemp(dir=tarn.home.parent, prefix="serve-", suffix=".log")
        self.log_file = pathlib.Path(log)
        with os.fdopen(handle, "w") as stderr:
            self.process = subprocess.Popen(tarn.command("serve", "--listen", listen, *args), stderr=stderr,
                                            stdout=subprocess.PIPE, text=True, env={**os.environ, **(env or {})})
        self.said = ""
        self.catalog_uri = self.hear(r"https?://\S+/catalog").group()
        self.uri = self.catalog_uri.removesuffix("/catalog")

    def hear(self, pattern):
        """The match in what it says on standard output, once it has said so."""
        while (found := re.search(pattern, self.said)) is None:
            line = self.process.stdout.readline()
            assert line, f"tarn serve ended: {self.log()}"
            self.said += line
        return found

    def log(self):
        return self.log_file.read_text()

    def stop(self):
        """Its exit code after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        return code


@pytest.fixture
def serve(tarn):
    """Starts servers; what still runs at the test's end must end well.

    serve(*options of tarn serve, home=tarn, settings=None, listen="127.0.0.1:0", env=None): `home` is a Tarn, the test's
    own unless said; `settings` become its tarn.yaml."""
    running = []

    def start(*args, home=tarn, settings=None, **options):
        if settings is not None:
            home.home.mkdir(exist_ok=True)
            (home.home / "tarn.yaml").write_text(json.dumps(settings, default=str))  # JSON is YAML
        running.append(Server(home, *args, **options))
        return running[-1]

    yield start
    for server in running:
        if server.process.poll() is None:
            assert server.stop() == 0, server.log()


@pytest.fixture
def server(serve):
    return serve()


@pytest.fixture(scope="session")
def postgres():
    """A real PostgreSQL."""
    running = PostgresServer()
    yield running
    running.close()


@pytest.fixture(scope="session")
def deps():
    """Where tools/install_deps.sh puts what does not come from apt."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    return pathlib.Path(os.environ.get("TARN_DEPS", cache / "tarn" / "deps"))


@pytest.fixture(scope="session")
def programs():
    """Tarn and Server, for fixtures that live longer than one test."""
    return Tarn, Server
