"""dbt's own tests for adapters, run in dbt's environment on one server: dbt_adapter_suites.py says which."""
import os
import pathlib
import subprocess
import xml.etree.ElementTree

from conftest import DEPS, versions

SUITES = pathlib.Path(__file__).parent / "dbt_adapter_suites.py"


def test_suites(serve, tmp_path):
    server = serve()
    packages = versions()["TARN_PIP_DBT"].split()
    python = DEPS / ("dbt-" + "-".join(package.split("==")[1] for package in packages)) / "bin/python"
    report = tmp_path / "report.xml"
    host, port = server.uri.split("//")[1].rsplit(":", 1)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TARN_HOST": host, "TARN_PORT": port, "DBT_SEND_ANONYMOUS_USAGE_STATS": "0"}
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "--noconftest", "-p", "no:cacheprovider", "-p", "dbt.tests.fixtures.project", "-c", os.devnull,
         "--rootdir", tmp_path, "--basetemp", tmp_path / "projects", "--tb=short", "-o", "python_files=*.py", "--junitxml", report, SUITES],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    counts = xml.etree.ElementTree.parse(report).find("testsuite").attrib
    assert int(counts["tests"]) >= 43 and int(counts["skipped"]) == 0, counts
