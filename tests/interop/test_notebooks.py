"""Each notebook of examples/notebooks, cell by cell, against a server with the sample data."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

from rude_server import RudeServer
from store_servers import BUCKET, S3_KEY, S3_SECRET, s3_server

TOP = pathlib.Path(__file__).parents[2]
NOTEBOOKS = sorted((TOP / "examples/notebooks").glob("*.ipynb"))
# Runs the cells that come on standard input; what fails names its cell.
RUNNER = """
import json, sys, traceback
names = {"__name__": "__main__"}
for number, cell in enumerate(json.load(sys.stdin), 1):
    try:
        exec(compile(cell, f"code cell {number}", "exec"), names)
    except BaseException:
        traceback.print_exc()
        sys.exit(f"code cell {number}:\\n{cell}")
"""


@pytest.fixture(scope="module")
def environment(programs, postgres, tmp_path_factory):
    """Where the notebooks find a server with the sample data, a PostgreSQL, an S3 store and a web page."""
    tarn_class, server_class = programs
    tarn = tarn_class(tmp_path_factory.mktemp("notebooks") / "home")
    tarn.ok("load", "--sample")
    (tarn.home / "tarn.yaml").write_text('{"web.private_addresses": "127.0.0.1"}')
    database = postgres.new_database()
    postgres.sql(database.rsplit("/", 1)[1],
                 "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer text, amount numeric(10, 2), "
                 "paid boolean, ordered_at timestamptz DEFAULT now()); INSERT INTO orders (customer, amount, paid) "
                 "SELECT 'c' || i, i / 4.0, i % 3 > 0 FROM generate_series(1, 90) i")
    rude = RudeServer()
    with s3_server(tmp_path_factory.mktemp("s3")) as store:
        server = server_class(tarn, "--flight-listen", "127.0.0.1:0")
        yield {**os.environ, "PYTHONPATH": str(TOP / "python/src"), "TARN_URL": server.uri,
               "TARN_FLIGHT_URL": server.hear(r"grpc://127\.0\.0\.1:\d+").group(),
               "TARN_EXAMPLE_POSTGRES": database, "TARN_EXAMPLE_S3_ENDPOINT": store, "TARN_EXAMPLE_S3_BUCKET": BUCKET,
               "TARN_EXAMPLE_S3_KEY": S3_KEY, "TARN_EXAMPLE_S3_SECRET": S3_SECRET,
               "TARN_EXAMPLE_PAGE": rude.url + "/countries"}
        assert server.stop() == 0, server.log()
    rude.close()


def test_all_thirteen_are_there():
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{number:02}" for number in range(1, 14)]
    listed = (TOP / "examples/notebooks/README.md").read_text()
    assert all(f"({path.name})" in listed for path in NOTEBOOKS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_a_clean_notebook_of_format_4(path):
    book = json.loads(path.read_text())
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5) and book["metadata"]["kernelspec"]["name"] == "python3"
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])
    assert book["cells"][0]["cell_type"] == "markdown" and book["cells"][0]["source"][0].startswith("# ")
    for cell in book["cells"]:
        assert cell["cell_type"] in ("markdown", "code") and cell["metadata"] == {} and "".join(cell["source"]).strip()
        assert cell["cell_type"] == "markdown" or (cell["outputs"] == [] and cell["execution_count"] is None)
    assert "".join(book["cells"][-1]["source"]).startswith("assert "), "it ends with what must be true"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_runs_and_runs_again(path, environment, tmp_path):
    cells = ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    assert len(cells) >= 3
    done = subprocess.run([sys.executable, "-c", RUNNER], input=json.dumps(cells * 2), env=environment, cwd=tmp_path, text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
