"""How Trino's own clients sign in: in a browser (OAuth2, external authentication), and in the names of others."""
import html.parser
import pathlib
import subprocess
import threading
import urllib.parse

import pytest
import requests
import trino
from trino.exceptions import TrinoUserError

from conftest import DEPS, versions

CLIENTS = DEPS / f"trino-clients-{versions()['TARN_TRINO_VERSION']}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """(certificate, key) of 127.0.0.1."""
    folder = tmp_path_factory.mktemp("certificate")
    files = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", files[1], "-out", files[0]],
                   check=True, capture_output=True)
    return files


@pytest.fixture
def lake(serve, tarn, certificate):
    """A server at which everybody may run SQL who signs in, and the users ada and bob of it."""
    users = {name: tarn.json("user", "add", name) for name in ("ada", "bob")}
    server = serve("--auth", "--tls-certificate", certificate[0], "--tls-key", certificate[1],
                   settings={"sql": {"users": "all", "impersonation": {"ada": "analyst_*, carl"}}})
    server.users = users
    return server


class Fields(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.names = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "input":
            self.names.append(dict(attributes)["name"])


class Browser:
    """Signs in at the pages that it is led to, the first time with a wrong secret."""

    def __init__(self, user, certificate):
        self.user, self.certificate, self.pages, self.failures = user, str(certificate), [], []

    def open(self, page):
        self.pages.append(page)
        threading.Thread(target=self.sign_in, args=(page,)).start()

    def sign_in(self, page):
        with requests.Session() as session:
            session.verify, session.trust_env = self.certificate, False
            shown = session.get(page)
            if Fields(shown.text).names != ["name", "secret"] or "frame-ancestors 'none'" not in shown.headers["Content-Security-Policy"]:
                self.failures.append(shown.text)
            wrong = session.post(page, data={"name": self.user["client_id"], "secret": "wrong"})
            right = session.post(page, data={"name": self.user["client_id"], "secret": self.user["client_secret"]})
            if (wrong.status_code, right.status_code) != (401, 200):
                self.failures.append(f"{wrong.status_code} {wrong.text} {right.status_code} {right.text}")


def connect(server, certificate, user, **options):
    port = urllib.parse.urlsplit(server.uri).port
    return trino.dbapi.connect(host="127.0.0.1", port=port, user=user, http_scheme="https", verify=str(certificate), **options)


def led_to_a_page(lake, certificate, *command):
    """What the program prints after ada has signed in at the page that it names."""
    program = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    browser = Browser(lake.users["ada"], certificate[0])
    try:
        page = next((line.strip() for line in program.stdout if "://" in line), "")
        assert page.startswith(f"{lake.uri}/oauth2/token/initiate/"), page + program.stderr.read()
        browser.sign_in(page)
        out, err = program.communicate(timeout=60)
    finally:
        program.kill()
    assert not browser.failures and program.returncode == 0, err
    return out.splitlines()


def test_python_signs_in_in_a_browser(lake, certificate, monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    browser = Browser(lake.users["ada"], certificate[0])
    connection = connect(lake, certificate[0], "ada", auth=trino.auth.OAuth2Authentication(redirect_auth_url_handler=browser.open))
    cursor = connection.cursor()
    assert cursor.execute("SELECT current_user").fetchall() == [["ada"]]
    assert cursor.execute("SELECT 2").fetchall() == [[2]]
    assert len(browser.pages) == 1 and not browser.failures
    assert lake.users["ada"]["client_secret"] not in lake.log()


def test_jdbc_signs_in_in_a_browser(lake, certificate, tmp_path):
    source = pathlib.Path(__file__).parent / "jdbc" / "TrinoExternalSignIn.java"
    jar = next(CLIENTS.glob("trino-jdbc-*.jar"))
    compiled = subprocess.run(["javac", "-Xlint:all", "-Werror", "-cp", jar, "-d", tmp_path, source], capture_output=True, text=True, timeout=120)
    assert compiled.returncode == 0, compiled.stderr
    address = urllib.parse.urlsplit(lake.uri).netloc
    url = f"jdbc:trino://{address}/iceberg?SSL=true&SSLTrustStorePath={certificate[0]}"
    assert led_to_a_page(lake, certificate, "java", "-cp", f"{tmp_path}:{jar}", "TrinoExternalSignIn", url, "ada") == ["ada"]


def test_command_line_signs_in_in_a_browser(lake, certificate):
    java, jar = DEPS / f"jdk-{versions()['TARN_JDK_VERSION']}" / "bin/java", next(CLIENTS.glob("trino-cli-*.jar"))
    assert led_to_a_page(lake, certificate, java, "--enable-native-access=ALL-UNNAMED", "-jar", jar, "--server", lake.uri, "--user", "ada",
                         "--truststore-path", certificate[0], "--external-authentication", "--external-authentication-redirect-handler",
                         "PRINT", "--execute", "SELECT current_user") == ['"ada"']


def test_nobody_else_takes_the_token(lake, certificate):
    answer = requests.post(f"{lake.uri}/v1/statement", data="SELECT 1", headers={"X-Trino-User": "ada"}, verify=str(certificate[0]))
    assert answer.status_code == 401
    told = dict(part.split("=", 1) for part in answer.headers["WWW-Authenticate"].split("Bearer ")[1].split(", "))
    page, token = told["x_redirect_server"].strip('"'), told["x_token_server"].strip('"')
    Browser(lake.users["bob"], certificate[0]).sign_in(page)
    other = f"{lake.uri}/oauth2/token/{page.rsplit('/', 1)[1]}"  # who knows the page's address only
    assert "token" not in requests.get(other, verify=str(certificate[0])).json()
    given = requests.get(token, verify=str(certificate[0])).json()["token"]
    headers = {"X-Trino-User": "bob", "Authorization": f"Bearer {given}"}
    assert requests.post(f"{lake.uri}/v1/statement", data="SELECT current_user", headers=headers, verify=str(certificate[0])).json()["data"] == [["bob"]]
    assert requests.delete(token, verify=str(certificate[0])).status_code == 204


def test_in_the_names_of_others(lake, certificate, monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)

    def connected(who, user):
        known = lake.users[who]
        return connect(lake, certificate[0], user, auth=trino.auth.BasicAuthentication(known["client_id"], known["client_secret"]))

    def current_user(cursor):
        return cursor.execute("SELECT current_user").fetchall()[0][0]

    assert current_user(connected("ada", "analyst_7").cursor()) == "analyst_7"
    for who, user in (("ada", "bob"), ("bob", "ada"), ("bob", "analyst_7")):
        with pytest.raises(trino.exceptions.HttpError, match=f"Access Denied: User {who} cannot impersonate user {user}"):
            current_user(connected(who, user).cursor())

    cursor = connected("ada", "ada").cursor()
    cursor.execute("SET SESSION AUTHORIZATION carl").fetchall()
    assert current_user(cursor) == "carl"
    with pytest.raises(TrinoUserError, match="Access Denied: User ada cannot impersonate user bob") as refused:
        cursor.execute("SET SESSION AUTHORIZATION bob").fetchall()
    assert refused.value.error_name == "PERMISSION_DENIED"
    cursor.execute("RESET SESSION AUTHORIZATION").fetchall()
    assert current_user(cursor) == "ada"
