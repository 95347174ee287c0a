"""DatabaseMetaData of Trino's JDBC driver on Tarn: its answers are those of a real Trino 476 with the same tables.

`jdbc/metadata_walk.txt` holds what jdbc/MetadataWalk.java said of that Trino (its Iceberg connector), less the types that
only Trino has inside of itself. To record it anew: run the class with the URL of such a server, a catalog and a schema in
which SETUP was run.
"""
import pathlib
import subprocess

import pytest
import trino

from conftest import DEPS, versions

HERE = pathlib.Path(__file__).parent / "jdbc"
CLIENTS = DEPS / f"trino-clients-{versions()['TARN_TRINO_VERSION']}"

SETUP = [
    "CREATE SCHEMA iceberg.shop",
    "CREATE SCHEMA iceberg.s_x",
    """CREATE TABLE iceberg.shop.all_types (id bigint NOT NULL COMMENT 'the id', b boolean, i integer, r real, d double,
       dec decimal(10,2), s varchar, bin varbinary, u uuid, dt date, t time(6), ts timestamp(6),
       tz timestamp(6) with time zone, a array(integer), m map(varchar, bigint), st row(x bigint, "Y y" varchar))
       COMMENT 'every type'""",
    """CREATE TABLE iceberg.shop.orders (id bigint, region varchar, amount decimal(3,2), ts timestamp(6), st row(x int))
       WITH (partitioning = ARRAY['region'])""",
    "CREATE TABLE iceberg.shop.plain (id bigint, d double)",
    "CREATE VIEW iceberg.shop.big_orders AS SELECT id, amount FROM iceberg.shop.orders WHERE id > 1",
]


@pytest.fixture(scope="module")
def walk(programs, tmp_path_factory):
    """What the walk says of Tarn, by the name of the call."""
    tarn_class, server_class = programs
    folder = tmp_path_factory.mktemp("jdbc-metadata")
    tarn = tarn_class(folder / "home")
    server = server_class(tarn)
    address = server.uri.split("//")[1]
    host, port = address.rsplit(":", 1)
    cursor = trino.dbapi.connect(host=host, port=int(port), user="tester").cursor()
    for statement in SETUP:
        cursor.execute(statement).fetchall()
    jar = next(CLIENTS.glob("trino-jdbc-*.jar"))
    done = subprocess.run(["javac", "-Xlint:all", "-Werror", "-d", folder, HERE / "MetadataWalk.java"], capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    done = subprocess.run(["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{folder}:{jar}", "MetadataWalk",
                           f"jdbc:trino://{address}/iceberg/shop", "iceberg", "shop"],
                          capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    yield sections(done.stdout)
    assert server.stop() == 0, server.log()


def sections(text):
    """Lines by the "## " line before them."""
    found, lines = {}, []
    for line in text.splitlines():
        if line.startswith("## "):
            lines = found.setdefault(line[3:], [])
        else:
            lines.append(line)
    return found


EXPECTED = sections((HERE / "metadata_walk.txt").read_text())


@pytest.mark.parametrize("call", EXPECTED)
def test_answer_is_trinos(walk, call):
    ours, theirs = walk[call], EXPECTED[call]
    if call in ("type info", "columns by pattern"):  # ordered by the type's number, or by the name, alone
        ours, theirs = sorted(ours), sorted(theirs)
    assert ours == theirs
