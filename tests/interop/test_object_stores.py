"""Warehouses on every object store, set up as docs/user/object-stores.md says, on real servers."""
import pathlib
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake import Lake, TarnError
from store_servers import AZURE_KEY, S3_KEY, S3_SECRET, azure_server, gcs_server, s3_server

PAGE = pathlib.Path(__file__).parents[2] / "docs/user/object-stores.md"
WRONG_KEY = "d3JvbmctYW5kLXZlcnktc2VjcmV0"


def documented(name, **values):
    """The page's settings under that name, with the server's values in the place of the page's."""
    block = re.search(rf"```yaml\n# {name}\n(.*?)```", PAGE.read_text(), re.S).group(1)
    settings = dict(line.split(": ", 1) for line in block.splitlines())
    for key, value in values.items():
        key = next(known for known in settings if re.sub("[.-]", "_", known) == key)
        settings[key] = value
    return settings


@pytest.fixture(scope="module", params=["s3", "azurite", "fake-gcs"])
def settings(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("server") / "server"
    if request.param == "s3":
        with s3_server(home, buckets=("lake",)) as endpoint:
            yield documented("s3", s3_endpoint=endpoint, s3_access_key_id=S3_KEY, s3_secret_access_key=S3_SECRET)
    elif request.param == "azurite":
        with azure_server(home, containers=("lake",)) as endpoint:
            yield documented("azurite", adls_blob_storage_authority=endpoint.split("/")[2], adls_account_key=AZURE_KEY)
    else:
        with gcs_server(home, buckets=("lake",)) as endpoint:
            yield documented("fake-gcs", gcs_service_host=endpoint)


def make_lake(home, settings):
    home.mkdir()
    (home / "tarn.yaml").write_text("".join(f'{key}: "{value}"\n' for key, value in settings.items()))
    return Lake(home)


def test_a_table_lives_there(settings, tmp_path):
    lake = make_lake(tmp_path / "home", settings)
    lake.sql("CREATE SCHEMA iceberg.s",
             "CREATE TABLE iceberg.s.t (id bigint, day date) WITH (partitioning = ARRAY['day'])",
             "INSERT INTO iceberg.s.t SELECT i, DATE '2024-01-01' + CAST(i % 3 AS INTEGER) FROM range(1000) r(i)",
             "INSERT INTO iceberg.s.t VALUES (1000, NULL)", "DELETE FROM iceberg.s.t WHERE id < 10")
    assert lake.sql("SELECT count(*) n, sum(id) s FROM iceberg.s.t") == [{"n": 991, "s": 500455}]
    assert lake.sql("SELECT count(*) n FROM iceberg.s.t WHERE day = DATE '2024-01-02'") == [{"n": 330}]
    assert lake.metadata_location("s.t").startswith(settings["warehouse.location"] + "/")
    with pytest.raises(TarnError):
        lake.sql("INSERT INTO iceberg.s.t SELECT i, CAST('x' || i AS date) FROM range(5) r(i)")
    assert lake.sql("SELECT count(*) n FROM iceberg.s.t") == [{"n": 991}]
    rows = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"id": range(5000)}), rows)
    lake.run("load", str(rows), "--into", "s.loaded")
    assert lake.sql("SELECT count(*) n, max(id) m FROM iceberg.s.loaded") == [{"n": 5000, "m": 4999}]
    assert lake.run("doctor", check=False).stdout.count("object store") == 1
    lake.run("maintain", "compact", "s.t")
    lake.run("maintain", "expire", "s.t", "--older-than", "0s", "--yes", check=False)
    assert lake.sql("SELECT count(*) n, sum(id) s FROM iceberg.s.t") == [{"n": 991, "s": 500455}]


def test_a_wrong_secret_is_refused_and_not_shown(settings, tmp_path):
    secrets = {"s3.secret-access-key", "adls.account-key"} & set(settings)
    if not secrets:
        pytest.skip("the server takes anybody")
    lake = make_lake(tmp_path / "home", settings | {key: WRONG_KEY for key in secrets})
    done = lake.run("sql", "-e", "CREATE SCHEMA iceberg.s; CREATE TABLE iceberg.s.t (id bigint)", check=False)
    assert done.returncode != 0
    assert settings["warehouse.location"] in done.stderr
    assert WRONG_KEY not in done.stderr + done.stdout + lake.run("doctor", check=False).stdout
