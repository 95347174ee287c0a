"""`tarn serve` as a process: start, end, signals, limits, TLS, metrics, several warehouses."""
import concurrent.futures
import datetime
import http.client
import ipaddress
import json
import pathlib
import signal
import socket
import ssl
import time
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families


def call(uri, method="GET", body=None, headers=None, context=None):
    """Status, headers and body; errors of HTTP are answers too."""
    data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
    request = urllib.request.Request(uri, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30, context=context) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def memory_of(process):
    """Resident bytes and threads."""
    status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) * 1024, int(status["Threads"])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_it_is_ready_soon_and_small(tarn):
    """Aim: ready in 0.1 s, 70 MB resident. The best of several starts: other programs run here too."""
    times, sizes = [], []
    for _ in range(8):
        port = free_port()
        began = time.monotonic()
        process = tarn.start("serve", "--listen", f"127.0.0.1:{port}")
        try:
            while True:
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                    connection.request("GET", "/health/ready")
                    assert connection.getresponse().status == 200
                    break
                except ConnectionRefusedError:
                    assert time.monotonic() < began + 20
                    time.sleep(0.001)
            times.append(time.monotonic() - began)
            size, threads = memory_of(process)
            sizes.append(size)
            assert threads <= 8, "the SQL engine's threads are not started"
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
            assert process.returncode == 0
        if min(times) < 0.1 and min(sizes) < 70e6:
            break
    print(f"ready after {min(times):.3f} s, {min(sizes) / 1e6:.1f} MB")
    assert min(times) < 0.15
    assert min(sizes) < 70e6


def test_health(serve):
    server = serve()
    for path in ("/health/live", "/health/ready", "/api/v1/health"):
        status, headers, body = call(server.uri + path)
        assert (status, json.loads(body)) == (200, {"status": "ok"})
        assert headers["Content-Type"] == "application/json"


def test_readiness_goes_first(serve):
    server = serve(settings={"serve": {"shutdown_delay": "1s"}})
    assert call(server.uri + "/health/ready")[0] == 200
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    wait_for(lambda: call(server.uri + "/health/ready")[0] == 503)
    assert call(server.uri + "/health/live")[0] == 200
    assert call(server.catalog_uri + "/v1/config")[0] == 200, "requests are still taken"
    assert server.process.wait(timeout=30) == 0
    assert time.monotonic() - began >= 1


def test_acknowledged_commits_survive_sigterm(serve, tarn):
    server = serve()
    base = server.catalog_uri + "/v1"
    call(base + "/namespaces", "POST", {"namespace": ["ns"]})
    schema = {"type": "struct", "schema-id": 0, "fields": [{"id": 1, "name": "x", "required": False, "type": "long"}]}
    for i in range(4):
        assert call(base + "/namespaces/ns/tables", "POST", {"name": f"t{i}", "schema": schema})[0] == 200
    acknowledged = [set() for _ in range(4)]
    refused = []

    def change(writer):
        for number in range(10_000):
            update = {"action": "set-properties", "updates": {f"p{number}": "x"}}
            try:
                status, _, body = call(f"{base}/namespaces/ns/tables/t{writer}", "POST",
                                       {"requirements": [], "updates": [update]})
            except OSError:
                return
            except http.client.HTTPException:
                return
            if status != 200:
                refused.append((status, body))
                return
            acknowledged[writer].add(f"p{number}")

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(change, i) for i in range(4)]
        wait_for(lambda: all(len(done) > 5 for done in acknowledged), 60)
        assert server.stop() == 0
        for writer in writers:
            writer.result(timeout=60)
    assert refused == []
    for i in range(4):
        properties = tarn.json("table", "show", f"ns.t{i}")["properties"]
        assert acknowledged[i] <= set(properties), "an acknowledged commit is lost"


def test_two_servers_on_one_home(serve):
    one, two = serve(), serve()
    assert call(one.catalog_uri + "/v1/namespaces", "POST", {"namespace": ["ns"]})[0] == 200
    assert json.loads(call(two.catalog_uri + "/v1/namespaces")[2])["namespaces"] == [["ns"]]


def test_a_port_that_is_taken(serve, tarn):
    server = serve()
    address = server.uri.removeprefix("http://")
    assert "another program has the port" in tarn.fails("serve", "--listen", address)


def test_it_listens_on_loopback_only_without_authentication(tarn):
    error = tarn.fails("serve", "--listen", "0.0.0.0:0", code=2)
    assert "Without authentication" in error and "--auth" in error


@pytest.mark.parametrize("args, code, message", [
    (["--listen", "nowhere"], 2, "--listen is an address and a port"),
    (["--listen", "127.0.0.1:0", "--tls-key", "x"], 2, "what is missing is the certificate"),
    (["--listen", "127.0.0.1:0", "--tls-key", "x", "--tls-certificate", "y"], 1, "Cannot use y for TLS: No such file or directory"),
    (["--config", "/nonexistent/tarn.yaml"], 1, "/nonexistent/tarn.yaml"),
])
def test_wrong_usage(tarn, args, code, message):
    assert message in tarn.fails("serve", *args, code=code)


def test_a_separator_that_names_are_full_of_is_refused(tarn):
    assert "is one of" in tarn.fails("serve", "--listen", "127.0.0.1:0", code=2, env={"TARN_SERVE_NAMESPACE_SEPARATOR": "-"})


def test_settings_from_another_file(tarn, tmp_path, serve):
    (tmp_path / "other.yaml").write_text("serve.body_size_max: 64KiB\nserve.extra_ports: [0, 0]\n")
    server = serve("--config", str(tmp_path / "other.yaml"))
    said = server.said
    while said.count("also on") < 2:
        said += server.process.stdout.readline()
    for line in said.splitlines():
        if "also on" in line:
            assert call(line.split()[-1] + "/health/ready")[0] == 200


# --- limits ------------------------------------------------------------------------------------------------------


def address_of(server):
    host, port = server.uri.removeprefix("http://").rsplit(":", 1)
    return host, int(port)


def test_limits(serve):
    server = serve(settings={"serve": {"body_size_max": "64KiB", "header_size_max": "2KiB", "header_timeout": "300ms",
                                       "connections_max": 3}})
    base = server.catalog_uri + "/v1"
    status, _, body = call(base + "/namespaces", "POST", {"namespace": ["x" * 70_000]})
    assert status == 413 and json.loads(body)["error"]["code"] == 413
    assert call(base + "/config", headers={"X-Large": "x" * 4_000})[0] == 431
    with socket.create_connection(address_of(server)) as slow:
        slow.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n")
        assert slow.recv(100).startswith(b"HTTP/1.1 408 ")
    time.sleep(0.1)  # the connections above have gone
    connections = [http.client.HTTPConnection(*address_of(server), timeout=10) for _ in range(6)]
    answers = []
    for connection in connections:
        try:
            connection.request("GET", "/health/live")
            answers.append(connection.getresponse().status)
        except OSError:
            answers.append(None)
    assert answers.count(200) == 3 and answers[:3] == [200] * 3 and 503 in answers
    for connection in connections:
        connection.close()


# --- the log -----------------------------------------------------------------------------------------------------


def test_the_access_log_names_each_request(serve):
    server = serve(settings={"log": {"format": "json"}})
    call(server.catalog_uri + "/v1/config?note=s3cret", headers={"X-Request-Id": "my-id-1"})
    call(server.catalog_uri + "/v1/namespaces/none")
    call(server.uri + "/health/live")
    wait_for(lambda: server.log().count('"request"') >= 2)
    lines = [json.loads(line) for line in server.log().splitlines()]
    config, missing = [line for line in lines if line["message"] == "request"]
    assert config["id"] == "my-id-1" and config["path"] == "/catalog/v1/config" and config["status"] == "200"
    assert missing["status"] == "404" and missing["method"] == "GET" and int(missing["us"]) > 0
    assert missing["from"] == "127.0.0.1" and missing["principal"] == "-"
    assert "s3cret" not in server.log(), "queries may hold secrets"


def test_slow_requests_are_told(serve):
    server = serve(settings={"serve": {"slow_request": "50ms", "access_log": False}})
    with socket.create_connection(address_of(server)) as slow:
        slow.sendall(b"POST /catalog/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n")
        time.sleep(0.2)
        slow.sendall(b"{}")
        assert slow.recv(100).startswith(b"HTTP/1.1 400 ")
    wait_for(lambda: "slow request" in server.log())
    call(server.catalog_uri + "/v1/config")
    assert server.log().count("path=") == 1


def test_sighup_opens_the_log_again_and_changes_its_level(serve, tarn):
    log = tarn.home / "serve.log"
    server = serve(settings={"log": {"file": str(log), "level": "warn"}})
    call(server.catalog_uri + "/v1/config")
    assert not log.exists() or "/v1/config" not in log.read_text()
    (tarn.home / "tarn.yaml").write_text(json.dumps({"log": {"file": str(log), "level": "info"}}))
    if log.exists():
        log.rename(tarn.home / "serve.log.1")
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: log.exists() and "again" in log.read_text())
    call(server.catalog_uri + "/v1/config")
    wait_for(lambda: "/v1/config" in log.read_text())


def test_bad_settings_at_sighup_change_nothing(serve, tarn):
    server = serve()
    (tarn.home / "tarn.yaml").write_text("log.level: loud\n")
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "Cannot read everything again" in server.log())
    assert call(server.catalog_uri + "/v1/config")[0] == 200


# --- metrics -----------------------------------------------------------------------------------------------------


def metrics_of(server, headers=None):
    status, answered, body = call(server.uri + "/metrics", headers=headers)
    assert status == 200 and answered["Content-Type"].startswith("text/plain; version=0.0.4")
    return {family.name: family for family in text_string_to_metric_families(body.decode())}


def test_metrics_are_prometheus_text(serve):
    server = serve()
    for _ in range(3):
        call(server.catalog_uri + "/v1/namespaces/none")
    wait_for(lambda: "tarn_http_requests" in metrics_of(server))
    found = metrics_of(server)
    route = "/catalog/v1/namespaces/{namespace}"
    wait_for(lambda: [s.value for s in metrics_of(server)["tarn_http_requests"].samples
                      if s.labels["route"] == route] == [3])
    seconds = [s for s in metrics_of(server)["tarn_http_request_seconds"].samples if s.labels["route"] == route]
    buckets = [s.value for s in seconds if s.name.endswith("_bucket")]
    assert buckets == sorted(buckets) and buckets[-1] == 3
    assert next(s.value for s in seconds if s.name.endswith("_count")) == 3
    assert found["tarn_http_requests"].type == "counter" and found["tarn_http_connections"].type == "gauge"
    assert found["process_resident_memory_bytes"].samples[0].value > 10e6
    assert found["tarn_build_info"].samples[0].labels["version"]
    assert found["tarn_uptime_seconds"].samples[0].value < 300
    assert found["tarn_write_memory_max_bytes"].samples[0].value > 0
    for name in ("tarn_write_files_committed", "tarn_http_refused", "process_cpu_seconds", "process_open_fds"):
        assert name in found


def test_caches_count_what_they_save(serve):
    server = serve()

    def cache(name, what):
        samples = metrics_of(server)[f"tarn_cache_{what}"].samples
        return next(s.value for s in samples if s.labels["cache"] == name)

    base = server.catalog_uri + "/v1/namespaces"
    schema = {"type": "struct", "schema-id": 0, "fields": [{"id": 1, "name": "x", "required": False, "type": "long"}]}
    assert call(base, "POST", {"namespace": ["ns"]})[0] == 200
    assert call(base + "/ns/tables", "POST", {"name": "t", "schema": schema})[0] == 200
    for _ in range(5):
        assert call(base + "/ns/tables/t?snapshots=refs")[0] == 200
    assert cache("table_metadata", "hits") >= 5 and cache("table_metadata", "entries") == 1
    assert cache("table_metadata", "bytes") > 500
    assert cache("answers", "hits") >= 3 and cache("answers", "bytes") > 500
    for name in ("table_metadata", "view_metadata", "manifest_lists", "manifests", "answers"):
        for what in ("hits", "misses", "evictions", "entries", "bytes"):
            assert cache(name, what) >= 0


# --- TLS ---------------------------------------------------------------------------------------------------------


def write_certificate(folder, name):
    """A certificate that signs itself, for 127.0.0.1."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
                   .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=1))
                   .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
                   .add_extension(x509.BasicConstraints(ca=True, path_length=None), True).sign(key, hashes.SHA256()))
    (folder / "server.key").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    (folder / "server.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return ssl.create_default_context(cafile=str(folder / "server.pem"))


def served_name(server, context):
    host, port = server.uri.removeprefix("https://").rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname=host) as secure:
            return dict(pair[0] for pair in secure.getpeercert()["subject"])["commonName"]


def test_tls_and_its_reload(serve, tmp_path):
    first = write_certificate(tmp_path, "first")
    server = serve("--tls-certificate", str(tmp_path / "server.pem"), "--tls-key", str(tmp_path / "server.key"))
    assert server.uri.startswith("https://")
    assert call(server.catalog_uri + "/v1/config", context=first)[0] == 200
    assert served_name(server, first) == "first"
    second = write_certificate(tmp_path, "second")
    server.process.send_signal(signal.SIGHUP)
    assert served_name(server, second) == "second"
    (tmp_path / "server.pem").write_text("broken")
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "Cannot read everything again" in server.log())
    assert served_name(server, second) == "second", "what was there stays in use"
    third = write_certificate(tmp_path, "third")
    assert served_name(server, third) == "third", "a change is seen without a signal too"


# --- warehouses --------------------------------------------------------------------------------------------------


def test_several_warehouses(serve, tarn, tmp_path):
    finance = tmp_path / "finance lake"
    server = serve(settings={"warehouses": {"finance": str(finance), "ops": str(tmp_path / "ops")}})
    base = server.catalog_uri + "/v1"
    schema = {"type": "struct", "schema-id": 0, "fields": [{"id": 1, "name": "x", "required": False, "type": "long"}]}
    for warehouse in ("finance", "ops", "iceberg"):
        config = json.loads(call(f"{base}/config?warehouse={warehouse}")[2])
        prefix = config["overrides"]["prefix"]
        assert prefix == warehouse
        assert call(f"{base}/{prefix}/namespaces", "POST", {"namespace": [warehouse]})[0] == 200
        status, _, body = call(f"{base}/{prefix}/namespaces/{warehouse}/tables", "POST", {"name": "t", "schema": schema})
        assert status == 200, body
        listed = json.loads(call(f"{base}/{prefix}/namespaces")[2])["namespaces"]
        assert listed == [[warehouse]], "each has its own names"
    location = json.loads(call(f"{base}/finance/namespaces/finance/tables/t")[2])["metadata"]["location"]
    assert "finance lake" in location and list(finance.glob("finance/t-*/metadata/*.json"))
    assert call(f"{base}/config?warehouse=nope")[0] == 404
    assert call(f"{base}/nope/namespaces")[0] == 404
    assert tarn.tables() == ["iceberg.t"], "commands work on the home's own warehouse"


def test_a_warehouse_may_have_settings_of_its_own(tarn, tmp_path):
    tarn.home.mkdir()
    settings = tarn.home / "tarn.yaml"
    for own, complaint in (({"vend.s3.mode": "static-keys"}, "warehouses.ops needs a location"),
                           ({"location": str(tmp_path / "w"), "vend.s3.mode": "static-keys"},
                            "Warehouse ops: vend.s3.mode: static-keys needs vend.s3.access-key-id"),
                           ({"location": str(tmp_path / "w"), "vend.s3.mod": "sts"}, "did you mean vend.s3.mode?")):
        settings.write_text(json.dumps({"warehouses": {"ops": own}}))
        assert complaint in tarn.fails("serve", "--listen", "127.0.0.1:0")


@pytest.mark.parametrize("name", ["iceberg", "a b", "a/b"])
def test_warehouse_names_are_checked(tarn, tmp_path, name):
    tarn.home.mkdir()
    (tarn.home / "tarn.yaml").write_text(json.dumps({"warehouses": {name: str(tmp_path / "w")}}))
    assert name in tarn.fails("serve", "--listen", "127.0.0.1:0")


# --- the service manager -----------------------------------------------------------------------------------------


def test_the_service_manager_is_told(serve, tmp_path):
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(20)
        server = serve(env={"NOTIFY_SOCKET": path})
        assert "READY=1" in manager.recv(4096).decode().splitlines()
        server.process.send_signal(signal.SIGHUP)
        told = manager.recv(4096).decode()
        assert told.startswith("RELOADING=1\nMONOTONIC_USEC=")
        assert manager.recv(4096).decode() == "READY=1"
        assert server.stop() == 0
        assert manager.recv(4096).decode() == "STOPPING=1"


def test_commands_work_beside_it(serve, tarn):
    server = serve()
    tarn.ok("sql", "-e", "CREATE SCHEMA shop; CREATE TABLE shop.t AS SELECT 1 AS x")
    assert json.loads(call(server.catalog_uri + "/v1/namespaces/shop/tables")[2])["identifiers"][0]["name"] == "t"
    assert tarn.tables() == ["shop.t"]
