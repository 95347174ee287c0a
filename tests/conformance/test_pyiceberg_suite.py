"""PyIceberg's own integration tests against `tarn serve`: all that need no Spark."""
import json
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import boto3
import pytest
from pyiceberg.catalog.rest import RestCatalog

sys.path.append(str(pathlib.Path(__file__).parents[1] / "interop"))
from store_servers import S3_KEY, S3_SECRET, s3_server  # noqa: E402

PLUGIN = pathlib.Path(__file__).parent / "pyiceberg_suite"
# What the tests bring themselves, as they have it for the servers of PyIceberg's own set-up.
THEIR_KEY, THEIR_SECRET = "admin", "password"
FILES = ["test_rest_schema.py", "test_rest_catalog.py", "test_partition_evolution.py", "test_statistics_operations.py",
         "test_catalog.py"]


@pytest.fixture(scope="module")
def suite(deps):
    """The tests of PyIceberg's source archive, for the version that is installed."""
    text = (pathlib.Path(__file__).parents[2] / "versions.env").read_text()
    version = re.search(r"pyiceberg\[\S*\]==(\S+)", text).group(1)
    found = deps / f"pyiceberg-suite-{version}"
    assert found.is_dir(), f"{found} is not there: run tools/install_deps.sh --test"
    return found


@pytest.fixture
def run(suite, tmp_path):
    """Runs tests that `chosen` names: how many passed, and what failed or was left out."""

    def start(servers, files, chosen, env=None):
        report = tmp_path / "report.xml"
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYICEBERG_"))}
        environment |= {"PYTHONPATH": str(PLUGIN), "TARN_SUITE_SERVERS": json.dumps(servers), **(env or {})}
        ran = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "served_here",
                              f"--junitxml={report}", "-k", chosen, *(f"tests/integration/{name}" for name in files)],
                             cwd=suite, env=environment, capture_output=True, text=True, timeout=900)
        passed, other = 0, {}
        for case in ET.parse(report).getroot().iter("testcase"):
            problem = next((child for child in case if child.tag in ("failure", "error", "skipped")), None)
            if problem is None:
                passed += 1
            else:
                other[case.get("name")] = f"{problem.tag}: {problem.get('message')}"[:300]
        assert other == {}, ran.stdout[-4000:]
        return passed

    return start


def test_its_catalog_tests_on_local_files(serve, run):
    uri = serve().catalog_uri
    settings = {"PYICEBERG_TEST_CATALOG": "tarn", "PYICEBERG_CATALOG__TARN__TYPE": "rest", "PYICEBERG_CATALOG__TARN__URI": uri}
    assert run({}, ["test_catalog.py"], "rest_test_catalog", settings) == 40


@pytest.fixture
def store(tmp_path):
    """An S3 store with their bucket and their user, who may do all in it."""
    with s3_server(tmp_path / "s3", buckets=("warehouse",), users=[(THEIR_KEY, THEIR_SECRET)]) as endpoint:
        owner = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=S3_KEY, aws_secret_access_key=S3_SECRET,
                             region_name="us-east-1")
        owner.put_bucket_policy(Bucket="warehouse", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": THEIR_KEY, "Action": "s3:*",
             "Resource": ["arn:aws:s3:::warehouse", "arn:aws:s3:::warehouse/*"]}]}))
        yield endpoint


def test_its_rest_tests_on_s3(serve, run, store):
    # Their server separates the levels of a namespace by dots, and has this namespace.
    server = serve(settings={"warehouse.location": "s3://warehouse/tarn", "s3.endpoint": store, "s3.region": "us-east-1",
                             "s3.access-key-id": S3_KEY, "s3.secret-access-key": S3_SECRET,
                             "serve.namespace_separator": "."})
    RestCatalog("tarn", uri=server.catalog_uri).create_namespace("default")
    servers = {"http://localhost:8181": server.catalog_uri, "http://localhost:9000": store}
    chosen = "not hive and not memory and not sqlite and not rest_test_catalog"
    assert run(servers, FILES, chosen, {"AWS_REGION": "us-east-1"}) == 441
