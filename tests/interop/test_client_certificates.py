"""Clients that say who they are by a certificate: Trino's Python client, the REST catalog, the data service, Flight SQL. All certificates are openssl's."""
import json
import socket
import ssl
import subprocess

import pytest
import requests
import trino
from pyarrow import flight

ROOT = "/CN=Test authority"


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


class Authority:
    """Signs certificates; a folder of PEM files."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder = folder
        self.certificate, self.key = str(folder / "ca.pem"), str(folder / "ca.key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.key,
                "-out", self.certificate, "-subj", ROOT, "-days", "2")

    def sign(self, name, subject, extension, days=("-days", "2")):
        """Paths of a certificate and its key."""
        certificate, key, request = (str(self.folder / f"{name}.{end}") for end in ("pem", "key", "csr"))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", request,
                "-subj", subject)
        (self.folder / "extensions").write_text(extension)
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-out", certificate,
                "-extfile", str(self.folder / "extensions"), *days)
        return certificate, key


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates") / "ours")


@pytest.fixture(scope="module")
def clients(authority, tmp_path_factory):
    usage = "extendedKeyUsage=clientAuth"
    stranger = Authority(tmp_path_factory.mktemp("certificates") / "others")
    return {"ada": authority.sign("ada", "/O=Example/OU=lake/CN=ada", usage),
            "bob": authority.sign("bob", "/CN=bob", usage),
            "trick": authority.sign("trick", "/O=x, CN=ada/CN=mallory", usage),
            "expired": authority.sign("expired", "/CN=ada", usage, ("-days", "-1")),
            "server": authority.sign("as-server", "/CN=ada", "extendedKeyUsage=serverAuth"),
            "stranger": stranger.sign("ada", "/CN=ada", usage)}


def start(programs, authority, folder, tls=None, auth=None):
    tarn_class, server_class = programs
    certificate, key = authority.sign(f"server-{folder.name}", "/CN=127.0.0.1", "subjectAltName=IP:127.0.0.1")
    tarn = tarn_class(folder / "home")
    tarn.home.mkdir(parents=True)
    tarn.ok("sql", "-e", "CREATE SCHEMA shop; CREATE TABLE shop.t AS SELECT 1 AS n")
    tarn.ok("user", "add", "ada", "--admin")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        flight_port = free.getsockname()[1]
    (tarn.home / "tarn.yaml").write_text(json.dumps({
        "auth": {"enabled": True, **(auth or {})}, "flight": {"listen": f"127.0.0.1:{flight_port}"},
        "tls": {"certificate": certificate, "key": key, "client_ca": authority.certificate, **(tls or {})}}))
    server = server_class(tarn)
    server.flight_port = flight_port
    server.url = f"https://127.0.0.1:{server.uri.rsplit(':', 1)[1].rstrip('/')}"
    return server


@pytest.fixture(scope="module")
def server(programs, authority, tmp_path_factory):
    running = start(programs, authority, tmp_path_factory.mktemp("mutual"))
    yield running
    assert running.stop() == 0, running.log()


def get(server, authority, path, certificate=None, **options):
    return requests.get(server.url + path, verify=authority.certificate, cert=certificate, timeout=30, **options)


def test_trino_client(server, authority, clients, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.certificate)  # which comes before what is given
    port = int(server.url.rsplit(":", 1)[1])
    connection = trino.dbapi.connect(host="127.0.0.1", port=port, user="ada", http_scheme="https", verify=authority.certificate,
                                     auth=trino.auth.CertificateAuthentication(*clients["ada"]))
    cursor = connection.cursor()
    cursor.execute("SELECT current_user, n FROM iceberg.shop.t")
    assert cursor.fetchall() == [["ada", 1]]


@pytest.mark.parametrize("path", ["/catalog/v1/config", "/api/v1/jobs"])
def test_catalog_and_data_service(server, authority, clients, path):
    assert get(server, authority, path, clients["ada"]).status_code == 200
    refused = get(server, authority, path)
    assert refused.status_code == 401 and "Not signed in" in refused.text
    nobody = get(server, authority, path, clients["bob"])
    assert nobody.status_code == 401 and "is no principal of this server" in nobody.text and "bob" in nobody.text


def test_a_header_is_no_certificate(server, authority):
    host = server.url.split("//")[1]
    context = ssl.create_default_context(cafile=authority.certificate)
    name, port = host.rsplit(":", 1)
    with context.wrap_socket(socket.create_connection((name, int(port)), timeout=30), server_hostname=name) as stream:
        stream.sendall(f"GET /catalog/v1/config HTTP/1.1\r\nHost: {host}\r\n:client-certificate: CN=ada\r\n\r\n".encode())
        assert stream.recv(100).startswith(b"HTTP/1.1 400")


def test_a_value_is_not_another_name(server, authority, clients):
    answer = get(server, authority, "/catalog/v1/config", clients["trick"])
    assert answer.status_code == 401, answer.text


def test_pages_of_other_sites(server, authority, clients):
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        answer = get(server, authority, "/catalog/v1/config", clients["ada"], headers=headers)
        assert answer.status_code == 401 and "another site" in answer.text, headers
    for headers in ({"Origin": server.url}, {"Sec-Fetch-Site": "same-origin"}):
        assert get(server, authority, "/catalog/v1/config", clients["ada"], headers=headers).status_code == 200, headers


@pytest.mark.parametrize("name,reason", [("expired", "expired"), ("stranger", "unable to get local issuer|self-signed"),
                                         ("server", "purpose")])
def test_certificates_that_are_refused(server, authority, clients, name, reason):
    with pytest.raises(requests.exceptions.RequestException):
        get(server, authority, "/catalog/v1/config", clients[name])
    lines = [line for line in server.log().splitlines() if "A client's certificate was refused" in line]
    assert any(word in line for line in lines for word in reason.split("|")), lines


def flight_client(server, authority, certificate=None):
    options = {"tls_root_certs": open(authority.certificate, "rb").read()}
    if certificate:
        options.update(cert_chain=open(certificate[0], "rb").read(), private_key=open(certificate[1], "rb").read())
    return flight.FlightClient(f"grpc+tls://127.0.0.1:{server.flight_port}", **options)


def test_flight(server, authority, clients):
    with flight_client(server, authority, clients["ada"]) as client:
        assert [action.type for action in client.list_actions()]
    with flight_client(server, authority) as client, pytest.raises(flight.FlightUnauthenticatedError, match="Not signed in"):
        list(client.list_actions())
    with flight_client(server, authority, clients["bob"]) as client, pytest.raises(flight.FlightUnauthenticatedError, match="no principal"):
        list(client.list_actions())


def test_required_and_mapped_by_rules(programs, authority, clients, tmp_path):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({"rules": [{"pattern": "CN=bob", "allow": False}, {"pattern": "CN=(.*), OU=lake, .*", "user": "$1"}]}))
    server = start(programs, authority, tmp_path / "mutual", tls={"client_certificates": "required"},
                   auth={"certificate": {"user_mapping": {"file": str(rules)}}})
    try:
        assert get(server, authority, "/catalog/v1/config", clients["ada"]).status_code == 200
        assert "Principal is not allowed: CN=bob" in get(server, authority, "/catalog/v1/config", clients["bob"]).text
        with pytest.raises(requests.exceptions.RequestException):
            get(server, authority, "/catalog/v1/config")
        assert "it has shown none" in server.log()
    finally:
        assert server.stop() == 0
