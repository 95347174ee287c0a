"""The server's own description of itself, and what becomes of requests that a fuzzer makes from it."""
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.request

import pytest

SECONDS = int(os.environ.get("TARN_SCHEMATHESIS_SECONDS", "45"))


def get(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


def test_the_document_holds_every_endpoint_that_config_names(server):
    document = get(server.uri + "/openapi.json")
    assert document["openapi"] == "3.1.0"
    described = {f"{method.upper()} {path.removeprefix('/catalog')}" for path, methods in document["paths"].items()
                 for method in methods if path.startswith("/catalog")}
    endpoints = set(get(server.catalog_uri + "/v1/config")["endpoints"])
    assert len(endpoints) >= 33
    assert endpoints <= described
    text = json.dumps(document)
    for name in set(part.split('"')[0] for part in text.split("#/components/schemas/")[1:]):
        assert name in document["components"]["schemas"], name
    # Every operation says what it is: a new route needs a row in the table of openapi.cc.
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert "operationId" in operation, f"{method} {path}"


@pytest.mark.parametrize("phase", ["coverage", "fuzzing"])
def test_requests_of_a_fuzzer_are_refused_or_done_never_failed(server, tmp_path, phase):
    # Something to work on: half of the names that the fuzzer makes up exist.
    server.tarn.ok("sql", "-e", "CREATE SCHEMA a; CREATE TABLE a.a (id BIGINT, name VARCHAR); INSERT INTO a.a VALUES (1, 'x')")
    command = [str(pathlib.Path(sys.executable).parent / "schemathesis"), "run", server.uri + "/openapi.json",
               "--include-path-regex", "^/(catalog|api/v1/warehouses)/",  # the data service's: tests/interop/test_data_api.py
               "--checks", "not_a_server_error,content_type_conformance,response_schema_conformance", "--phases", phase,
               "--max-time", str(SECONDS), "--max-examples", "60", "--workers", "2", "--no-color", "--no-shrink",
               "--suppress-health-check", "all", "--continue-on-failure", "--warnings", "off", "--generation-database", "none",
               "--report", "junit", "--report-junit-path", str(tmp_path / "report.xml")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS + 120, cwd=tmp_path)
    # Its own errors (it recurses too deeply in making up an expression) count for nothing, its findings for all.
    tried = re.search(r"(\d+) generated, (\d+) passed\n", ran.stdout)
    assert tried and tried[1] == tried[2] and int(tried[1]) > 300, ran.stdout[-6000:] + ran.stderr[-1000:]
    assert server.process.poll() is None
