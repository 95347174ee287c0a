"""Starts the catalog servers that the benches measure, each in a directory of its own, and ends them."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

import peer_packages
from rest_wire import Connection, request_bytes

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "interop")]
from postgres_server import PostgresServer  # noqa: E402
from store_servers import BUCKET, S3_KEY, S3_SECRET, s3_server  # noqa: E402

FORM = "Content-Type: application/x-www-form-urlencoded"
JAVA_HEAP = "-Xmx1g"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def resident_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


class CatalogServer:
    """A server that runs while the block lasts: its port, token, and `base`, the path of its calls."""

    catalog_path = ""  # what comes before /v1
    warehouse = ""     # as clients name it
    token = None

    def __init__(self, options):
        self.options = options

    def __enter__(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tarn-bench-server-"))
        self.around = contextlib.ExitStack()  # what it needs beside itself
        self.around.callback(shutil.rmtree, self.work, ignore_errors=True)
        try:
            self.port = free_port()
            self.prepare()
            self.start()
        except BaseException:
            self.around.close()
            raise
        return self

    def __exit__(self, *_):
        self.around.close()

    def prepare(self):
        """What is there before the clock starts."""

    def command(self):
        """The command and more environment."""
        raise NotImplementedError

    def start(self):
        command, environment = self.command()
        self.log = self.work / "server.log"
        began = time.perf_counter()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            cwd=self.work, env={**os.environ, **environment})
        self.around.callback(self.end)
        self.wait_for_answer()
        self.started_seconds = time.perf_counter() - began
        self.sign_in()
        query = f"?warehouse={urllib.parse.quote(self.warehouse, safe='')}" if self.warehouse else ""
        status, body = Connection(self.port, self.catalog_path, self.token).call("GET", f"/v1/config{query}")
        if status != 200:
            sys.exit(f"{command[0]} gives no configuration: {status} {body}")
        config = json.loads(body)
        prefix = {**config.get("defaults", {}), **config.get("overrides", {})}.get("prefix")
        self.base = f"{self.catalog_path}/v1" + (f"/{urllib.parse.quote(prefix, safe='')}" if prefix else "")

    def wait_for_answer(self):
        while True:
            if self.process.poll() is not None:
                sys.exit(f"the server ended with {self.process.returncode}: {self.log.read_text(errors='replace')[-2000:]}")
            try:
                if Connection(self.port, self.catalog_path).call("GET", "/v1/config")[0] in (200, 401):
                    return
            except (OSError, AttributeError, ValueError):
                pass
            time.sleep(0.001)

    def sign_in(self):
        """Makes the token, if the server wants one."""

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def connection(self):
        return Connection(self.port, self.base, self.token)


class Tarn(CatalogServer):
    """`tarn serve`; options: binary, auth. Its store is SQLite, its warehouse below the home."""

    catalog_path = "/catalog"

    def prepare(self):
        self.home = self.work / "home"
        self.home.mkdir()
        settings = self.settings()
        if settings:
            (self.home / "tarn.yaml").write_text("".join(f'{key}: "{value}"\n' for key, value in settings.items()))

    def settings(self):
        return {}

    def command(self):
        auth = ["--auth"] if self.options.auth else []
        return [self.options.binary, "serve", "--home", self.home, "--listen", f"127.0.0.1:{self.port}", *auth], {}

    def sign_in(self):
        if not self.options.auth:
            return
        while not (secret := self.home / "admin-credentials").exists():
            time.sleep(0.01)
        known = dict(re.findall(r"(client_id|client_secret): (\S+)", secret.read_text()))
        self.token_form = urllib.parse.urlencode({"grant_type": "client_credentials", **known}).encode()
        status, body = Connection(self.port, "").send(
            request_bytes("POST", "/catalog/v1/oauth/tokens", self.token_form, [FORM]))
        if status != 200:
            sys.exit(f"no token: {body}")
        self.token = json.loads(body)["access_token"]


class TarnOnPostgres(Tarn):
    """Its store in a PostgreSQL that is as durable as it comes; the memory is Tarn's alone."""

    def settings(self):
        postgres = PostgresServer(settings=())
        self.around.callback(postgres.close)
        return {"catalog.uri": postgres.new_database()}


class TarnOnS3(Tarn):
    """Its warehouse in the object store that Nessie has to use, so that both can be compared."""

    def settings(self):
        endpoint = self.around.enter_context(s3_server(self.work / "s3"))
        return {"warehouse.location": f"s3://{BUCKET}/warehouse", "s3.endpoint": endpoint, "s3.region": "us-east-1",
                "s3.access-key-id": S3_KEY, "s3.secret-access-key": S3_SECRET, "s3.path-style-access": "true"}


class Reference(CatalogServer):
    """Iceberg's own server, on SQLite and local files; it knows no authentication. Options: class_path."""

    def command(self):
        return ["java", JAVA_HEAP, "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-cp", self.options.class_path,
                "org.apache.iceberg.rest.RESTCatalogServer"], {
                    "CATALOG_REST_PORT": str(self.port), "CATALOG_URI": f"jdbc:sqlite:{self.work}/catalog.db",
                    "CATALOG_WAREHOUSE": f"file://{self.work}/warehouse"}


class Nessie(CatalogServer):
    """On RocksDB and S3 (it has no warehouse of files), without authentication, as it is after the installation."""

    catalog_path = "/iceberg"

    def prepare(self):
        self.java, self.jar = peer_packages.java_21(), peer_packages.nessie_jar()
        self.endpoint = self.around.enter_context(s3_server(self.work / "s3"))

    def command(self):
        store = "nessie.catalog.service.s3.default-options"
        properties = {
            "quarkus.http.host": "127.0.0.1", "quarkus.http.port": self.port, "quarkus.management.port": 0,
            "nessie.version.store.type": "ROCKSDB", "nessie.version.store.persist.rocks.database-path": self.work / "rocks",
            "nessie.catalog.default-warehouse": "w", "nessie.catalog.warehouses.w.location": f"s3://{BUCKET}/w",
            f"{store}.endpoint": self.endpoint, f"{store}.region": "us-east-1", f"{store}.path-style-access": "true",
            f"{store}.access-key": "urn:nessie-secret:quarkus:bench-store",
            "bench-store.name": S3_KEY, "bench-store.secret": S3_SECRET}
        return [self.java, JAVA_HEAP, *(f"-D{key}={value}" for key, value in properties.items()), "-jar", self.jar], {}


class Rustberg(CatalogServer):
    """On redb and local files; every call is authenticated (API key) and decided (its own policies)."""

    def prepare(self):
        self.program = peer_packages.rustberg()
        said = subprocess.run([self.program, "generate-key", "--name", "bench"], capture_output=True, text=True, check=True)
        self.token = re.search(r"API Key:\s+(\S+)", said.stdout).group(1)
        self.warehouse = f"file://{self.work}/warehouse"
        for folder in ("warehouse", "data"):
            (self.work / folder).mkdir()
        (self.work / "rustberg.toml").write_text(
            f'[server]\nhost = "127.0.0.1"\nport = {self.port}\n'
            '[server.auth]\napi_key_enabled = true\n'
            '[[server.auth.api_keys]]\nname = "bench"\ntenant = "default"\nroles = ["admin"]\nkey_env = "BENCH_KEY"\n'
            f'[storage]\ncatalog_url = "file://{self.work}/data"\nwarehouse_location = "{self.warehouse}"\n'
            '[rate_limit]\nenabled = false\n')

    def command(self):
        return [self.program, "-c", self.work / "rustberg.toml", "--insecure-http"], {"BENCH_KEY": self.token}


SERVERS = {"tarn": Tarn, "tarn-postgresql": TarnOnPostgres, "tarn-s3": TarnOnS3, "reference": Reference, "nessie": Nessie,
           "rustberg": Rustberg}
