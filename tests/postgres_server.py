"""A PostgreSQL of the tests' own, on loopback, in a temporary directory; initdb refuses root, so root runs it as postgres."""

import ctypes
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PR_SET_PDEATHSIG = 1


def programs():
    """The newest that the distribution's package installed."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    assert found, "there is no PostgreSQL to start: install the package postgresql"
    return found[-1].parent


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


class PostgresServer:
    def __init__(self, settings=("fsync=off",)):
        self.settings = settings
        self.bin = programs()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tarn-pg-"))
        self.user = {}
        if os.geteuid() == 0:
            other = pwd.getpwnam("postgres")
            os.chown(self.directory, other.pw_uid, other.pw_gid)
            self.user = {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}
        self.port = _free_port()
        self.databases = 0
        subprocess.run([self.bin / "initdb", "-D", self.directory / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                        "--no-sync"], check=True, capture_output=True, cwd=self.directory, **self.user)
        self.start()

    def start(self):
        with open(self.directory / "server.log", "a") as log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.directory / "data", "-k", self.directory, "-p", str(self.port), "-c",
                 "listen_addresses=127.0.0.1", *(word for setting in self.settings for word in ("-c", setting))],
                stdout=log, stderr=log, cwd=self.directory, preexec_fn=_die_with_parent, **self.user)
        deadline = time.monotonic() + 30
        while subprocess.run([self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode != 0:
            assert self.process.poll() is None and time.monotonic() < deadline, (self.directory / "server.log").read_text()
            time.sleep(0.05)

    def stop(self, how=signal.SIGINT):
        """SIGINT is its fast shutdown, SIGQUIT as if the power had failed."""
        self.process.send_signal(how)
        self.process.wait(timeout=60)

    def close(self):
        if self.process.poll() is None:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.directory, ignore_errors=True)

    def new_database(self):
        """The URI of a database that nobody has used."""
        self.databases += 1
        name = f"tarn{self.databases}"
        self.sql("postgres", f"CREATE DATABASE {name}")
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def sql(self, database, statement):
        """Rows of a statement, their columns parted by |."""
        done = subprocess.run([self.bin / "psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-At", "-d",
                               database, "-v", "ON_ERROR_STOP=1", "-c", statement], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()
