"""`./quickstart.sh` on a program that is built: it starts a server, says where it answers, and ends it."""
import re
import subprocess
import urllib.request

import pytest

from test_documents import TARN, TOP

SCRIPT = TOP / "quickstart.sh"
# What README.md shows in plain blocks, and what runs it here.
COMMANDS = {"./quickstart.sh": "test_its_urls_answer", "./quickstart.sh --stop": "test_its_urls_answer",
            "./test.sh": "test_help_of_the_tests"}


def quickstart(folder, *options, code=0):
    environment = {"PATH": "/usr/bin:/bin", "TARN_BIN": str(TARN)}
    done = subprocess.run([str(SCRIPT), *options], cwd=folder, env=environment, text=True, capture_output=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path):
    yield tmp_path
    quickstart(tmp_path, "--stop")


def urls(said):
    return dict(re.findall(r"^  (\w[\w ]*\w) +(http://\S+)", said, re.M))


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.status, answer.read().decode()


def test_its_urls_answer(folder):
    said = quickstart(folder, "--listen", "127.0.0.1:0")
    at = urls(said)
    assert set(at) == {"Console", "Iceberg REST catalog", "Data service", "Health", "Metrics"}
    assert "North America |    354 | 181846.98" in said and f"{SCRIPT} --stop" in said
    # Clients put the protocol's paths behind the catalog's address.
    status, namespaces = fetch(at["Iceberg REST catalog"] + "/v1/iceberg/namespaces")
    assert status == 200 and '["sales"]' in namespaces
    assert fetch(at["Console"])[0] == 200 and "<html" in fetch(at["Console"])[1]
    assert fetch(at["Data service"])[0] == 200 and "/api/v1/load/file" in fetch(at["Data service"])[1]
    assert fetch(at["Health"])[0] == 200
    assert "tarn_commits_total" in fetch(at["Metrics"])[1]

    again = quickstart(folder, "--listen", "127.0.0.1:0")
    assert "runs already" in again and "already loaded" in again and urls(again) == at
    assert "has ended" in quickstart(folder, "--stop")
    with pytest.raises(OSError):
        fetch(at["Health"])
    assert "No server" in quickstart(folder, "--stop")


def test_a_port_that_is_taken(folder, server):
    port = server.uri.rsplit(":", 1)[1]
    refused = quickstart(folder, "--listen", f"127.0.0.1:{port}", code=1)
    assert f"another program listens on 127.0.0.1:{port}" in refused
    assert "--listen" in refused and "--no-serve" in refused
    assert list(folder.glob("tarn-home/*")) == []  # said before anything is done


def test_without_a_server(folder):
    said = quickstart(folder, "--no-serve", "--home", "lake")
    assert "181846.98" in said and urls(said) == {}
    assert not (folder / "lake/quickstart.pid").exists()


def test_a_server_that_cannot_start_says_why(folder):
    refused = quickstart(folder, "--listen", "0.0.0.0:0", code=1)
    assert "--auth" in refused and "did not start" in refused
    assert not (folder / "tarn-home/quickstart.pid").exists()


@pytest.mark.parametrize("wrong", [["--hme"], ["--home"], ["--listen", "8080"]])
def test_wrong_usage(folder, wrong):
    assert quickstart(folder, *wrong, code=2).startswith("quickstart.sh: ")


def test_help_of_the_tests():
    assert "--fast" in subprocess.run([TOP / "test.sh", "--help"], text=True, stdout=subprocess.PIPE, check=True).stdout


def test_each_plain_command_of_the_readme_is_run_here():
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", (TOP / "README.md").read_text(), re.S | re.M)
    shown = [line for language, block in blocks if language == "" for line in block.splitlines()]
    assert sorted(shown) == sorted(COMMANDS)
    assert all(name in globals() for name in COMMANDS.values())
