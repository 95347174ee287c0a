#!/usr/bin/env python3
"""Real object-store servers on this machine, for tests.

    store_servers.py COMMAND [ARGUMENT…]

Starts versitygw (S3), Azurite (Azure Blob Storage) and fake-gcs-server (Google Cloud Storage) on free ports of
127.0.0.1, makes a bucket in each, runs COMMAND with TARN_TEST_S3_ENDPOINT, TARN_TEST_AZURE_ENDPOINT and
TARN_TEST_GCS_ENDPOINT set, and ends them. Exits as COMMAND does. `tools/install_deps.sh --test` installs the servers.
TARN_TEST_MINIO=PROGRAM runs that MinIO in the place of versitygw.
"""
import base64
import contextlib
import datetime
import hashlib
import hmac
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from fault_proxy import FaultProxy

DEPS = pathlib.Path(os.environ["TARN_DEPS"]) if "TARN_DEPS" in os.environ else (
    pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "tarn" / "deps")

BUCKET = "tarn-test"
S3_KEY, S3_SECRET = "lakeadmin", "lakeadmin-secret"
# The account that Azurite always has; its key is in Azurite's documentation.
AZURE_ACCOUNT = "devstoreaccount1"
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def servers_directory():
    text = (pathlib.Path(__file__).parents[2] / "versions.env").read_text()
    versions = dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    names = ("TARN_VERSITYGW_VERSION", "TARN_FAKE_GCS_VERSION", "TARN_AZURITE_VERSION")
    found = DEPS / f"store-servers-{'-'.join(versions[name] for name in names)}"
    if not found.is_dir():
        raise RuntimeError(f"{found} is not there: run tools/install_deps.sh --test")
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, port, log, environment=None, seconds=30):
    """Runs a server until the block ends; waits until its port answers."""
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                   env=dict(os.environ, **(environment or {})), start_new_session=True)
    try:
        end = time.monotonic() + seconds
        while True:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{command[0]} does not run: {pathlib.Path(log).read_text(errors='replace')[-2000:]}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.02)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def s3_request(endpoint, method, path, query="", key=S3_KEY, secret=S3_SECRET):
    """One request signed as AWS wants it (Signature Version 4) with an empty body; the answer's body."""
    now = datetime.datetime.now(datetime.timezone.utc)
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    nothing = hashlib.sha256(b"").hexdigest()
    host = endpoint.split("://")[1]
    signed = "host;x-amz-content-sha256;x-amz-date"
    canonical = "\n".join([method, path, query, f"host:{host}", f"x-amz-content-sha256:{nothing}", f"x-amz-date:{stamp}",
                           "", signed, nothing])
    scope = f"{day}/us-east-1/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    signing = f"AWS4{secret}".encode()
    for part in (day, "us-east-1", "s3", "aws4_request", text):
        signing = hmac.new(signing, part.encode(), hashlib.sha256).digest()
    request = urllib.request.Request(f"{endpoint}{path}{'?' + query if query else ''}", method=method, headers={
        "x-amz-date": stamp, "x-amz-content-sha256": nothing,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={signed}, Signature={signing.hex()}"})
    with OPENER.open(request, timeout=20) as answer:
        return answer.read()


@contextlib.contextmanager
def s3_server(directory, buckets=(BUCKET,), users=()):
    """versitygw over a directory, or MinIO; yields the endpoint. `users` are (key, secret) of more users (versitygw
    only), who may do nothing until a bucket's policy says so."""
    directory = pathlib.Path(directory)
    port = free_port()
    (directory / "s3").mkdir(parents=True)
    (directory / "meta").mkdir()
    minio = os.environ.get("TARN_TEST_MINIO")
    if minio:
        command = [minio, "server", directory / "s3", "--address", f"127.0.0.1:{port}", "--quiet"]
        environment = {"MINIO_ROOT_USER": S3_KEY, "MINIO_ROOT_PASSWORD": S3_SECRET, "MINIO_BROWSER": "off"}
    else:
        # Beside and not in extended attributes, which not every file system has.
        (directory / "iam").mkdir()
        command = [servers_directory() / "bin/versitygw", "--port", f"127.0.0.1:{port}", "--quiet", "--iam-dir",
                   directory / "iam", "posix", "--sidecar", directory / "meta", directory / "s3"]
        environment = {"ROOT_ACCESS_KEY": S3_KEY, "ROOT_SECRET_KEY": S3_SECRET}
    with running(list(map(str, command)), port, directory / "s3.log", environment):
        endpoint = f"http://127.0.0.1:{port}"
        for bucket in buckets:
            s3_request(endpoint, "PUT", f"/{bucket}")
        for key, secret in users:
            subprocess.run([servers_directory() / "bin/versitygw", "admin", "--access", S3_KEY, "--secret", S3_SECRET,
                            "--endpoint-url", endpoint, "create-user", "--access", key, "--secret", secret, "--role", "user"],
                           check=True, capture_output=True, timeout=30)
        yield endpoint


def make_azure_container(endpoint, container):
    """One request signed with the account's key."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
    version = "2021-12-02"
    path = f"/{AZURE_ACCOUNT}/{container}"
    text = "\n".join(["PUT"] + [""] * 11 + [f"x-ms-date:{now}", f"x-ms-version:{version}",
                                            f"/{AZURE_ACCOUNT}{path}", "restype:container"])
    signature = base64.b64encode(hmac.new(base64.b64decode(AZURE_KEY), text.encode(), hashlib.sha256).digest()).decode()
    request = urllib.request.Request(f"{endpoint}/{container}?restype=container", method="PUT", headers={
        "x-ms-date": now, "x-ms-version": version, "Content-Length": "0",
        "Authorization": f"SharedKey {AZURE_ACCOUNT}:{signature}"})
    OPENER.open(request, timeout=20).close()


@contextlib.contextmanager
def azure_server(directory, containers=(BUCKET,)):
    """Azurite; yields the endpoint, account included. Azure's SDK waits seconds in vain for the end of the error answers
    that Azurite sends in chunks; the proxy gives them a length, as Azure does."""
    directory = pathlib.Path(directory)
    port = free_port()
    (directory / "azure").mkdir(parents=True)
    program = servers_directory() / "node_modules/azurite/dist/src/blob/main.js"
    command = ["node", program, "--silent", "--disableTelemetry", "--skipApiVersionCheck", "--location", directory / "azure",
               "--blobHost", "127.0.0.1", "--blobPort", str(port)]
    with running(list(map(str, command)), port, directory / "azure.log"), FaultProxy(f"http://127.0.0.1:{port}") as proxy:
        endpoint = f"{proxy.endpoint}/{AZURE_ACCOUNT}"
        for container in containers:
            make_azure_container(endpoint, container)
        yield endpoint


@contextlib.contextmanager
def gcs_server(directory, buckets=(BUCKET,)):
    """fake-gcs-server in memory; yields the endpoint."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    command = [servers_directory() / "bin/fake-gcs-server", "-scheme", "http", "-host", "127.0.0.1", "-port", str(port),
               "-backend", "memory", "-external-url", endpoint, "-public-host", f"127.0.0.1:{port}", "-log-level", "warn"]
    with running(list(map(str, command)), port, directory / "gcs.log"):
        for bucket in buckets:
            OPENER.open(urllib.request.Request(f"{endpoint}/storage/v1/b?project=tarn", method="POST",
                                               data=f'{{"name": "{bucket}"}}'.encode(),
                                               headers={"Content-Type": "application/json"}), timeout=20).close()
        yield endpoint


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="tarn-stores-") as home, contextlib.ExitStack() as stack:
        environment = dict(
            os.environ, TARN_TEST_BUCKET=BUCKET,
            TARN_TEST_S3_ENDPOINT=stack.enter_context(s3_server(f"{home}/1")),
            TARN_TEST_S3_KEY=S3_KEY, TARN_TEST_S3_SECRET=S3_SECRET,
            TARN_TEST_AZURE_ENDPOINT=stack.enter_context(azure_server(f"{home}/2")),
            TARN_TEST_AZURE_ACCOUNT=AZURE_ACCOUNT, TARN_TEST_AZURE_KEY=AZURE_KEY,
            TARN_TEST_GCS_ENDPOINT=stack.enter_context(gcs_server(f"{home}/3")))
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
