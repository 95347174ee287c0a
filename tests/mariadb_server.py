"""A MariaDB of the tests' own, on loopback, in a temporary directory; root runs it as another user, whom it wants."""

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


def program(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    assert found, f"there is no {name}: install the packages mariadb-server-core and mariadb-client-core"
    return found


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class MariaDbServer:
    """User reader, password `password`, may read all; root may do all, through the socket."""

    password = "geheimes wort"

    def __init__(self, settings=()):
        self.settings = settings
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tarn-maria-"))
        self.socket = self.directory / "s"
        self.user = {}
        words = ["--no-defaults", f"--datadir={self.directory / 'data'}"]
        if os.geteuid() == 0:
            other = pwd.getpwnam("nobody")
            os.chown(self.directory, other.pw_uid, other.pw_gid)
            self.user = {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}
        subprocess.run([program("mariadb-install-db"), *words, "--auth-root-authentication-method=normal", "--skip-test-db"],
                       check=True, capture_output=True, cwd=self.directory, **self.user)
        self.port = _free_port()
        self.start()
        self.sql(f"CREATE USER reader@'%' IDENTIFIED BY '{self.password}'; GRANT SELECT ON *.* TO reader@'%'; "
                 "CREATE DATABASE shop")

    def start(self):
        with open(self.directory / "server.log", "a") as log:
            self.process = subprocess.Popen(
                [program("mariadbd"), "--no-defaults", f"--datadir={self.directory / 'data'}", f"--socket={self.socket}",
                 f"--port={self.port}", "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0",
                 "--innodb-buffer-pool-size=16M", "--skip-name-resolve", *self.settings],
                stdout=log, stderr=log, cwd=self.directory, preexec_fn=_die_with_parent, **self.user)
        deadline = time.monotonic() + 30
        while self._client("SELECT 1").returncode != 0:
            assert self.process.poll() is None and time.monotonic() < deadline, (self.directory / "server.log").read_text()
            time.sleep(0.05)

    def _client(self, statement, *more):
        return subprocess.run([program("mariadb"), "--no-defaults", f"--socket={self.socket}", "-uroot", "-N", "-B", *more,
                               "-e", statement], capture_output=True, text=True)

    def sql(self, statement, database=None):
        """Rows of a statement, their columns parted by tabs."""
        done = self._client(statement, *([database] if database else []))
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def stop(self, how=signal.SIGTERM):
        """SIGKILL is as if the power had failed."""
        self.process.send_signal(how)
        self.process.wait(timeout=60)

    def close(self):
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
