"""iceberg-go's own suite for catalogs against `tarn serve`."""
import os
import pathlib
import re
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).parents[1] / "interop"))
from goread_program import program  # noqa: E402


def test_every_test_of_iceberg_go_passes(server):
    ran = subprocess.run([program().parent / "conformance", "-test.v"], capture_output=True, text=True, timeout=120,
                         env=dict(os.environ, TARN_CATALOG_URI=server.catalog_uri))
    outcomes = re.findall(r"^ +--- (\w+): TestRestCatalogConformance/", ran.stdout, re.M)
    assert (ran.returncode, outcomes) == (0, ["PASS"] * 18), ran.stdout + ran.stderr
