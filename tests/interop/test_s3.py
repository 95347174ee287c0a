"""A warehouse on S3 and loads from S3, against an S3 server in memory; PyIceberg reads the same tables there."""
import os
import urllib.request

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moto.server import ThreadedMotoServer
from pyiceberg.catalog.sql import SqlCatalog

from lake import Lake, TarnError, arrow_rows

KEYS = {"s3.access-key-id": "test", "s3.secret-access-key": "a-secret-that-must-not-show", "s3.region": "us-east-1"}


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    url = f"http://127.0.0.1:{port}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(urllib.request.Request(f"{url}/lake", method="PUT"), timeout=10).close()
    yield url
    server.stop()


@pytest.fixture(scope="module")
def s3_lake(endpoint, tmp_path_factory):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        os.environ.pop(name, None)
    home = tmp_path_factory.mktemp("s3") / "home"
    home.mkdir()
    settings = KEYS | {"s3.endpoint": endpoint, "warehouse.location": "s3://lake/warehouse"}
    (home / "tarn.yaml").write_text("".join(f'{key}: "{value}"\n' for key, value in settings.items()))
    return Lake(home)


def test_tables_in_a_bucket(s3_lake, endpoint):
    s3_lake.sql("CREATE SCHEMA iceberg.s",
                "CREATE TABLE iceberg.s.t (id bigint, day date) WITH (partitioning = ARRAY['day'])",
                "INSERT INTO iceberg.s.t SELECT i, DATE '2024-01-01' + CAST(i % 3 AS INTEGER) FROM range(1000) r(i)",
                "INSERT INTO iceberg.s.t VALUES (1000, NULL)")
    assert s3_lake.sql("SELECT count(*) n, sum(id) s FROM iceberg.s.t") == [{"n": 1001, "s": 500500}]
    assert s3_lake.sql("SELECT count(*) n FROM iceberg.s.t WHERE day = DATE '2024-01-02'") == [{"n": 333}]
    assert s3_lake.metadata_location("s.t").startswith("s3://lake/warehouse/")
    catalog = SqlCatalog("iceberg", uri=f"sqlite:///{s3_lake.home}/catalog.db", warehouse="s3://lake/warehouse",
                         **KEYS, **{"s3.endpoint": endpoint})
    theirs = catalog.load_table("s.t").scan().to_arrow()
    assert arrow_rows(theirs) == arrow_rows(s3_lake.arrow("SELECT * FROM iceberg.s.t"))
    catalog.load_table("s.t").append(pa.table({"id": pa.array([7], pa.int64()), "day": pa.array([None], pa.date32())}))
    assert s3_lake.sql("SELECT count(*) n FROM iceberg.s.t WHERE day IS NULL") == [{"n": 2}]


def test_load_from_a_bucket(s3_lake, endpoint, tmp_path):
    from pyarrow import fs

    store = fs.S3FileSystem(access_key=KEYS["s3.access-key-id"], secret_key=KEYS["s3.secret-access-key"],
                            region="us-east-1", endpoint_override=endpoint)
    table = pa.table({"n": list(range(5000)), "s": [f"row {n}" for n in range(5000)]})
    pq.write_table(table, "lake/in/part-1.parquet", filesystem=store)
    pq.write_table(table, "lake/in/part-2.parquet", filesystem=store)
    with store.open_output_stream("lake/csv/rows.csv") as out:
        out.write(b"a,b\n1,x\n2,y\n")
    s3_lake.run("load", "s3://lake/in/part-1.parquet", "--into", "loads.one")
    s3_lake.run("load", "s3://lake/in/", "--into", "loads.both")
    s3_lake.run("load", "s3a://lake/csv/rows.csv", "--into", "loads.csv")
    assert s3_lake.sql("SELECT count(*) n, max(s) m FROM iceberg.loads.one") == [{"n": 5000, "m": "row 999"}]
    assert s3_lake.sql("SELECT count(*) n FROM iceberg.loads.both") == [{"n": 10000}]
    assert s3_lake.sql("SELECT * FROM iceberg.loads.csv ORDER BY a") == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]


def test_the_secret_is_in_no_error(s3_lake):
    with pytest.raises(TarnError) as error:
        s3_lake.run("load", "s3://no-such-bucket/x.parquet", "--into", "loads.none")
    assert "no-such-bucket" in str(error.value)
    assert KEYS["s3.secret-access-key"] not in str(error.value)
    assert KEYS["s3.secret-access-key"] not in s3_lake.run("doctor", check=False).stdout
