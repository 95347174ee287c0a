"""Authentication of `tarn serve`: users, secrets, tokens, and what callers are told."""
import base64
import http.client
import json
import re
import socket
import stat
import time
import urllib.parse

import pytest
from test_serve import call, metrics_of, wait_for

SOON = {"auth": {"enabled": True, "recheck_interval": "50ms"}}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def basic(client_id, secret):
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def token_request(server, headers=None, **form):
    body = urllib.parse.urlencode(form).encode()
    status, answered, text = call(server.catalog_uri + "/v1/oauth/tokens", "POST", body, {**FORM, **(headers or {})})
    assert answered["Cache-Control"] == "no-store"
    return status, json.loads(text)


def sign_in(server, client_id, secret, **more):
    return token_request(server, grant_type="client_credentials", client_id=client_id, client_secret=secret, **more)


def namespaces(server, headers):
    return call(server.catalog_uri + "/v1/namespaces", headers=headers)[0]


@pytest.fixture
def spark(tarn):
    """A principal's record with its secret."""
    return tarn.json("user", "add", "spark", "--service", "--role", "writer", "--role", "reader")


def test_users_are_kept(tarn):
    said = tarn.ok("user", "add", "ada", "--admin")
    secret = re.search(r"client secret:?\s+(tarn_\S+)", said).group(1)
    assert f"credential=ada:{secret}" in said
    assert "already exists" in tarn.fails("user", "add", "ada")
    assert "no space" in tarn.fails("user", "add", "a b")
    other = tarn.json("user", "add", "etl", "--service", "--client-id", "etl-1", "--role", "r")
    assert other["client_id"] == "etl-1" and other["kind"] == "service" and other["roles"] == ["r"]
    listed = tarn.json("user", "list")
    assert [user["name"] for user in listed] == ["ada", "etl"]
    assert secret not in json.dumps(listed) and "scrypt" not in json.dumps(listed)
    assert "ada" in tarn.ok("user", "list") and "etl-1" in tarn.ok("user", "show", "etl")
    changed = tarn.json("user", "alter", "etl", "--grant-role", "a", "--revoke-role", "r", "--admin")
    assert changed["roles"] == ["a"] and changed["admin"]
    assert tarn.json("user", "disable", "etl")["disabled"]
    assert not tarn.json("user", "enable", "etl")["disabled"]
    assert len(tarn.json("user", "rotate", "etl")["secrets"]) == 2
    assert len(tarn.json("user", "rotate", "etl")["secrets"]) == 2
    assert len(tarn.json("user", "rotate", "etl", "--end-old")["secrets"]) == 1
    tarn.ok("user", "drop", "etl")
    assert "no principal of this name" in tarn.fails("user", "show", "etl")
    assert secret.encode() not in (tarn.home / "catalog.db").read_bytes()


def test_the_first_start_makes_an_administrator(serve, tarn):
    server = serve("--auth")
    file = tarn.home / "admin-credentials"
    assert str(file) in server.said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = dict(line.split(": ", 1) for line in file.read_text().splitlines() if not line.startswith("#"))
    assert lines["credential"] == f'{lines["client_id"]}:{lines["client_secret"]}'
    assert lines["client_secret"] not in server.said + server.log()
    assert namespaces(server, basic(lines["client_id"], lines["client_secret"])) == 200
    assert tarn.json("user", "show", "admin")["admin"]
    assert server.stop() == 0
    again = serve("--auth")
    assert "no principal" not in again.said
    assert namespaces(again, basic(lines["client_id"], lines["client_secret"])) == 200


def test_no_administrator_without_a_place_for_the_secret(tarn):
    tarn.ok("user", "list")
    (tarn.home / "admin-credentials").write_text("mine")
    assert "admin-credentials" in tarn.fails("serve", "--auth", "--listen", "127.0.0.1:0")
    assert tarn.json("user", "list") == []
    assert (tarn.home / "admin-credentials").read_text() == "mine"


def test_it_listens_on_any_address_with_authentication(serve, spark):
    server = serve("--auth", listen="0.0.0.0:0")
    assert "without encryption" in server.log()
    port = server.uri.rsplit(":", 1)[1]
    assert call(f"http://127.0.0.1:{port}/catalog/v1/config")[0] == 401


def test_only_who_signs_in_gets_an_answer(serve, spark):
    server = serve(settings=SOON)
    secret = spark["client_secret"]
    for path in ("/catalog/v1/config", "/catalog/v1/namespaces", "/catalog/v1/iceberg/namespaces/a/tables/t"):
        for headers in (None, bearer("x"), basic("spark", "x"), {"Authorization": "Digest x"}):
            status, answered, body = call(server.uri + path, headers=headers)
            error = json.loads(body)["error"]
            assert (status, error["code"], error["type"]) == (401, 401, "NotAuthorizedException")
            assert answered["WWW-Authenticate"].startswith("Bearer")
    assert call(server.uri + "/metrics")[0] == 401
    assert metrics_of(server, basic("spark", secret))
    for path in ("/health/live", "/health/ready", "/api/v1/health"):
        assert call(server.uri + path)[0] == 200
    status, answer = sign_in(server, "spark", secret, scope="catalog")
    assert status == 200
    assert answer["token_type"] == "bearer" and answer["expires_in"] == 3600 and answer["scope"] == "catalog"
    assert answer["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    assert namespaces(server, bearer(answer["access_token"])) == 200
    config = json.loads(call(server.catalog_uri + "/v1/config", headers=bearer(answer["access_token"]))[2])
    assert config["defaults"]["oauth2-server-uri"] == server.catalog_uri + "/v1/oauth/tokens"
    wait_for(lambda: "principal=spark" in server.log())
    for word in (secret, answer["access_token"], answer["access_token"].split(".")[2]):
        assert word not in server.log()


def test_the_token_endpoint_speaks_oauth(serve, spark):
    server = serve(settings=SOON)
    secret = spark["client_secret"]
    status, by_header = token_request(server, basic("spark", secret), grant_type="client_credentials")
    assert status == 200 and namespaces(server, bearer(by_header["access_token"])) == 200
    status, narrow = sign_in(server, "spark", secret, scope="PRINCIPAL_ROLE:reader")
    assert status == 200 and narrow["scope"] == "PRINCIPAL_ROLE:reader"
    cases = [
        ({}, {}, 400, "invalid_request"),
        ({}, {"grant_type": "password", "username": "a", "password": "b"}, 400, "unsupported_grant_type"),
        ({}, {"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({}, {"grant_type": "client_credentials", "client_id": "spark", "client_secret": "x"}, 401, "invalid_client"),
        ({}, {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": secret}, 401, "invalid_client"),
        (basic("spark", secret), {"grant_type": "client_credentials", "scope": "PRINCIPAL_ROLE:owner"}, 400,
         "invalid_scope"),
        ({"Content-Type": "application/json"}, {"grant_type": "client_credentials"}, 400, "invalid_request"),
        ({}, {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": "x",
              "subject_token_type": "urn:ietf:params:oauth:token-type:access_token"}, 400, "invalid_request"),
        ({}, {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": "x"}, 400,
         "invalid_request"),
    ]
    for headers, form, status, code in cases:
        found, answer = token_request(server, headers, **form)
        assert (found, answer["error"]) == (status, code), answer
        assert answer["error_description"]


def exchange(server, token, headers):
    return token_request(server, headers, grant_type="urn:ietf:params:oauth:grant-type:token-exchange",
                         subject_token=token, subject_token_type="urn:ietf:params:oauth:token-type:access_token",
                         scope="catalog")


def test_tokens_are_refreshed_by_exchange(serve, spark):
    server = serve(settings={"auth": {"enabled": True, "token_lifetime": "2s"}})
    credentials = basic("spark", spark["client_secret"])
    first = sign_in(server, "spark", spark["client_secret"])[1]["access_token"]
    status, answer = exchange(server, first, bearer(first))
    assert status == 200 and answer["expires_in"] == 2
    assert namespaces(server, bearer(answer["access_token"])) == 200
    wait_for(lambda: namespaces(server, bearer(first)) == 401)
    assert exchange(server, first, bearer(first))[0] == 400, "an expired token alone is worth nothing"
    status, answer = exchange(server, first, credentials)
    assert status == 200 and namespaces(server, bearer(answer["access_token"])) == 200


def test_changes_of_users_reach_a_running_server(serve, spark, tarn):
    server = serve(settings=SOON)
    token = bearer(sign_in(server, "spark", spark["client_secret"])[1]["access_token"])
    tarn.ok("user", "disable", "spark")
    wait_for(lambda: namespaces(server, token) == 401)
    assert namespaces(server, basic("spark", spark["client_secret"])) == 401
    tarn.ok("user", "enable", "spark")
    wait_for(lambda: namespaces(server, token) == 200)
    second = tarn.json("user", "rotate", "spark")["client_secret"]
    for secret in (spark["client_secret"], second):
        assert namespaces(server, basic("spark", secret)) == 200
    tarn.ok("user", "rotate", "spark", "--end-old")
    wait_for(lambda: namespaces(server, token) == 401)
    assert namespaces(server, basic("spark", second)) == 401
    tarn.ok("user", "add", "ada")
    tarn.ok("user", "drop", "spark")
    wait_for(lambda: namespaces(server, token) == 401)


def test_signing_keys_rotate_under_a_running_server(serve, spark, tarn):
    server = serve(settings=SOON)
    token = bearer(sign_in(server, "spark", spark["client_secret"])[1]["access_token"])
    tarn.ok("user", "rotate-key")
    time.sleep(0.1)
    fresh = sign_in(server, "spark", spark["client_secret"])[1]["access_token"]
    assert namespaces(server, token) == namespaces(server, bearer(fresh)) == 200
    tarn.ok("user", "rotate-key", "--end-tokens")
    wait_for(lambda: namespaces(server, token) == 401 and namespaces(server, bearer(fresh)) == 401)
    assert sign_in(server, "spark", spark["client_secret"])[0] == 200


def test_tokens_outlive_the_server(serve, spark):
    server = serve(settings=SOON)
    token = bearer(sign_in(server, "spark", spark["client_secret"])[1]["access_token"])
    assert server.stop() == 0
    assert namespaces(serve(settings=SOON), token) == 200


def test_guessing_is_slowed_down(serve, spark):
    server = serve(settings=SOON)
    found = [sign_in(server, "spark", f"guess{i}")[0] for i in range(7)]
    assert found[:5] == [401] * 5 and 429 in found[5:]
    status, _ = sign_in(server, "spark", spark["client_secret"])
    assert status == 429, "until the time is over, nobody looks whether it is right"
    assert sign_in(server, "other", "x")[0] == 401
    wait_for(lambda: sign_in(server, "spark", spark["client_secret"])[0] == 200)
    assert "guess" not in server.log()


def test_a_known_secret_costs_little(serve, spark):
    server = serve(settings=SOON)
    host, port = server.uri.removeprefix("http://").rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    token = sign_in(server, "spark", spark["client_secret"])[1]["access_token"]
    for headers in (basic("spark", spark["client_secret"]), bearer(token)):
        times = []
        for _ in range(50):
            began = time.monotonic()
            connection.request("HEAD", "/catalog/v1/namespaces/none", headers=headers)
            answer = connection.getresponse()
            answer.read()
            times.append(time.monotonic() - began)
            assert answer.status == 404
        assert sorted(times)[25] < 0.02, "a slow hash on each request would take longer"


def test_public_metrics(serve, spark):
    server = serve(settings={"auth": {"enabled": True}, "serve": {"public_metrics": True}})
    assert metrics_of(server)
    assert call(server.catalog_uri + "/v1/config")[0] == 401


def test_the_public_url_is_what_clients_are_told(serve, spark):
    server = serve(settings={"auth": {"enabled": True}, "serve": {"public_url": "https://lake.example.org/"}})
    headers = basic("spark", spark["client_secret"])
    config = json.loads(call(server.catalog_uri + "/v1/config", headers=headers)[2])
    assert config["defaults"]["oauth2-server-uri"] == "https://lake.example.org/catalog/v1/oauth/tokens"


def test_clients_with_a_credential_work_without_authentication(serve):
    server = serve()
    status, answer = sign_in(server, "anybody", "anything")
    assert status == 200
    assert namespaces(server, bearer(answer["access_token"])) == 200
    assert sign_in(server, "", "")[0] == 401


def test_broken_requests_for_tokens(serve, spark):
    server = serve(settings=SOON)
    host, port = server.uri.removeprefix("http://").rsplit(":", 1)
    for body in (b"", b"grant_type=%", b"grant_type=a&grant_type=b", b"\xff\xfe", b"&" * 5_000, b"a=1&" * 200):
        status, _, text = call(server.catalog_uri + "/v1/oauth/tokens", "POST", body, FORM)
        assert status == 400 and json.loads(text)["error"], body
    assert call(server.catalog_uri + "/v1/oauth/tokens", "POST", b"a" * 70_000, FORM)[0] == 413
    assert call(server.catalog_uri + "/v1/oauth/tokens")[0] == 405
    for header in (b"Basic \xff", b"Bearer " + b"a." * 5_000, b"Basic " + b"=" * 100, b"Bearer ..", b"Bearer a.b.c"):
        with socket.create_connection((host, int(port)), timeout=10) as plain:
            plain.sendall(b"GET /catalog/v1/config HTTP/1.1\r\nHost: x\r\nAuthorization: " + header + b"\r\n\r\n")
            assert plain.recv(100).startswith((b"HTTP/1.1 401 ", b"HTTP/1.1 400 ")), header
