"""Tokens of an issuer that is not Tarn: a small one on loopback, asked as OpenID Connect says; Trino's client, the REST catalog, Flight SQL."""
import base64
import hashlib
import hmac
import http.server
import json
import threading
import time

import pytest
import requests
import trino
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from pyarrow import flight
from trino.exceptions import HttpError


def packed(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size):
    return packed(value.to_bytes(size, "big"))


class Issuer:
    """Answers discovery and its keys; signs what it is told. `reads` counts how often its keys were asked for."""

    def __init__(self):
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.curve = ec.generate_private_key(ec.SECP256R1())
        self.weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
        self.reads, self.shown = 0, ["r1", "e1", "weak"]
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path.endswith("openid-configuration"):
                    body = {"issuer": issuer.url, "jwks_uri": issuer.url + "/keys"}
                else:
                    issuer.reads += 1
                    body = {"keys": [issuer.public(kid) for kid in issuer.shown] + [{"kty": "oct", "kid": "h1", "k": "c2VjcmV0"}]}
                data = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def public(self, kid):
        if kid.startswith("e"):
            point = self.curve.public_key().public_numbers()
            return {"kty": "EC", "crv": "P-256", "kid": kid, "x": number(point.x, 32), "y": number(point.y, 32)}
        of = (self.weak if kid == "weak" else self.rsa).public_key().public_numbers()
        return {"kty": "RSA", "kid": kid, "use": "sig", "n": number(of.n, 128 if kid == "weak" else 256), "e": number(of.e, 3)}

    def token(self, kid="r1", alg="RS256", header=None, **claims):
        now = int(time.time())
        body = {"iss": self.url, "aud": "lake", "sub": "ada", "groups": ["lake-admins", "staff"], "exp": now + 600, **claims}
        parts = [{"alg": alg, "kid": kid, **(header or {})}, {key: value for key, value in body.items() if value is not None}]
        text = ".".join(packed(json.dumps(part).encode()) for part in parts).encode()
        if alg == "RS256":
            sign = (self.weak if kid == "weak" else self.rsa).sign(text, padding.PKCS1v15(), hashes.SHA256())
        elif alg == "PS256":
            sign = self.rsa.sign(text, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        elif alg == "ES256":
            r, s = utils.decode_dss_signature(self.curve.sign(text, ec.ECDSA(hashes.SHA256())))
            sign = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        elif alg == "HS256":  # with the public key as the secret
            sign = hmac.new(json.dumps(self.public("r1")).encode(), text, hashlib.sha256).digest()
        else:
            sign = b""
        return f"{text.decode()}.{packed(sign)}"


@pytest.fixture(scope="module")
def issuer():
    running = Issuer()
    yield running
    running.server.shutdown()


@pytest.fixture(scope="module")
def server(programs, issuer, tmp_path_factory):
    tarn_class, server_class = programs
    tarn = tarn_class(tmp_path_factory.mktemp("issuer") / "home")
    tarn.home.mkdir()
    tarn.ok("sql", "-e", "CREATE SCHEMA shop; CREATE TABLE shop.t AS SELECT 1 AS n")
    tarn.ok("user", "add", "gone")
    tarn.ok("user", "disable", "gone")
    (tarn.home / "tarn.yaml").write_text(json.dumps({"auth": {"enabled": True, "oidc": {
        "issuer": issuer.url, "audience": "lake, other", "admin_roles": "lake-admins", "clock_skew": "5s"}}}))
    running = server_class(tarn, "--flight-listen", "127.0.0.1:0")
    yield running
    assert running.stop() == 0, running.log()


def config(server, token):
    return requests.get(server.uri + "/catalog/v1/config", headers={"Authorization": f"Bearer {token}"}, timeout=30)


@pytest.mark.parametrize("kid,alg", [("r1", "RS256"), ("r1", "PS256"), ("e1", "ES256")])
def test_rest_catalog(server, issuer, kid, alg):
    assert config(server, issuer.token(kid, alg)).status_code == 200
    assert config(server, issuer.token(kid, alg, aud=["x", "other"])).status_code == 200


def test_trino_client(server, issuer):
    host, port = server.uri.split("//")[1].split(":")
    auth = {"Authorization": f"Bearer {issuer.token()}"}
    cursor = trino.dbapi.connect(host=host, port=int(port), user="ada", http_headers=auth).cursor()
    cursor.execute("SELECT current_user, n FROM iceberg.shop.t")
    assert cursor.fetchall() == [["ada", 1]]
    # Without the role that administers: no SQL, nor another's name.
    auth = {"Authorization": f"Bearer {issuer.token(groups=['staff'])}"}
    for user in ("ada", "root"):
        with pytest.raises(HttpError, match="SQL is for administrators"):
            trino.dbapi.connect(host=host, port=int(port), user=user, http_headers=auth).cursor().execute("SELECT 1")


def test_flight(server, issuer):
    options = flight.FlightCallOptions(headers=[(b"authorization", f"Bearer {issuer.token()}".encode())])
    with flight.FlightClient(server.hear(r"grpc://127\.0\.0\.1:\d+").group()) as client:
        assert list(client.list_actions(options))


def refusals(issuer):
    now = int(time.time())
    good = issuer.token()
    head, body, sign = good.split(".")
    other = packed(json.dumps({"iss": issuer.url, "aud": "lake", "sub": "root", "exp": now + 600}).encode())
    return {
        "none": (issuer.token(alg="none"), "not signed by a key"),
        "public key as a secret": (issuer.token(alg="HS256"), "not signed by a key"),
        "a shared secret of the set": (issuer.token("h1", "HS256"), "not signed by a key"),
        "algorithm of another key": (issuer.token("e1", "RS256"), "not signed by a key"),
        "a weak key": (issuer.token("weak"), "not signed by a key"),
        "changed claims": (f"{head}.{other}.{sign}", "not signed by a key"),
        "no signature": (f"{head}.{body}.", "not signed by a key"),
        "expired": (issuer.token(exp=now - 10), "expired"),
        "no end": (issuer.token(exp=None), "claim exp"),
        "too early": (issuer.token(nbf=now + 60), "not good yet"),
        "another audience": (issuer.token(aud="mail"), "another audience"),
        "no audience": (issuer.token(aud=None), "another audience"),
        "nobody": (issuer.token(sub=None), "claim sub"),
        "disabled here": (issuer.token(sub="gone"), "disabled"),
        "another issuer": (issuer.token(iss="https://evil.example"), ""),
        "what must be understood": (issuer.token(header={"crit": ["x"]}), ""),
    }


def test_what_is_refused(server, issuer):
    for name, (token, message) in refusals(issuer).items():
        answer = config(server, token)
        assert answer.status_code == 401 and message in answer.text, (name, answer.text)
        assert token.split(".")[2] == "" or token.split(".")[2] not in answer.text + server.log(), name
    assert config(server, issuer.token(exp=int(time.time()) - 2)).status_code == 200, "within the skew"


def test_a_new_key_is_found_and_unknown_ones_are_asked_for_seldom(programs, tmp_path):
    issuer = Issuer()
    tarn_class, server_class = programs
    tarn = tarn_class(tmp_path / "home")
    tarn.home.mkdir()
    (tarn.home / "tarn.yaml").write_text(json.dumps({"auth": {"enabled": True, "oidc": {"issuer": issuer.url, "audience": "lake"}}}))
    server = server_class(tarn)
    assert config(server, issuer.token()).status_code == 200 and issuer.reads == 1
    for _ in range(5):
        assert config(server, issuer.token("r2")).status_code == 401
    assert issuer.reads == 1, "not sooner than ten seconds after the last time"
    issuer.shown.append("r2")
    end = time.monotonic() + 30
    while config(server, issuer.token("r2")).status_code != 200 and time.monotonic() < end:
        time.sleep(0.5)
    assert config(server, issuer.token("r2")).status_code == 200 and issuer.reads == 2
    # Its keys are known while it is away.
    issuer.server.shutdown()
    issuer.server.server_close()
    assert config(server, issuer.token("r2")).status_code == 200
    assert server.stop() == 0, server.log()
