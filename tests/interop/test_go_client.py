"""iceberg-go on tables of `tarn serve`: makes, fills, changes and reads them on local files and on S3."""
import datetime
import json
import subprocess

import pyarrow as pa
import pytest

from goread_program import program
from matrix_go import PEOPLE_TYPES, schema_json
from test_vending import GIVEN_KEY, GIVEN_SECRET, no_keys_of_ones_own, s3_settings, store, versity  # noqa: F401  fixtures

DAY = datetime.date(2026, 1, 1)


class GoClient:
    """Runs steps on a table; its rows after them, as iceberg-go reads them."""

    def __init__(self, uri, directory, delegation="vended-credentials"):
        self.uri, self.directory, self.delegation = uri, directory, delegation
        self.files = 0

    def start(self, table, *steps, planning="local"):
        return subprocess.run([program(), "rest", self.uri, self.delegation, planning, table], capture_output=True, timeout=60,
                              input="\n".join(map(json.dumps, steps)).encode())

    def rows(self, table, *steps, planning="local"):
        done = self.start(table, *steps, planning=planning)
        assert done.returncode == 0, done.stderr.decode()
        return sorted(pa.ipc.open_stream(done.stdout).read_all().to_pylist(), key=lambda row: row["id"])

    def append(self, rows):
        self.files += 1
        path = self.directory / f"rows-{self.files}"
        with pa.ipc.new_stream(path, rows.schema) as stream:
            stream.write_table(rows)
        return {"do": "append", "rows": str(path)}


def people(ids, **more):
    return pa.table({"id": pa.array(ids, pa.int64()), "name": [f"n{i}" for i in ids],
                     "day": [DAY + datetime.timedelta(days=i % 3) for i in ids],
                     **{name: pa.array([value] * len(ids)) for name, value in more.items()}})


def create(version):
    return {"do": "create", "schema": schema_json(PEOPLE_TYPES),
            "properties": {"format-version": str(version), "write.delete.mode": "merge-on-read"}}


def go_works(client, tarn, version):
    """Creates, writes, deletes, evolves and reads a table; Tarn writes to it in between."""
    added = {"do": "add", "path": ["note"], "field": {"id": 0, "name": "note", "required": False, "type": "string"}}
    assert client.rows("shop.people", create(version)) == []
    assert client.rows("shop.people", client.append(people(range(5))), client.append(people(range(5, 8))),
                       {"do": "delete", "column": "id", "values": [2, 6]}) == people([0, 1, 3, 4, 5, 7]).to_pylist()
    tarn.ok("sql", "-e", "DELETE FROM shop.people WHERE id = 4; INSERT INTO shop.people SELECT 8, 'n8', DATE '2026-01-03'")
    changes = [{"do": "repartition", "changes": [{"do": "add", "path": ["day"], "transform": "month", "name": "month"}]},
               {"do": "evolve", "changes": [added]},
               {"do": "evolve", "changes": [{"do": "rename", "path": ["name"], "to": "called"}]}]
    late = people([9, 10], note="late").rename_columns(["id", "called", "day", "note"])
    found = client.rows("shop.people", *changes, client.append(late), {"do": "delete", "column": "id", "values": [9]})
    assert [(row["id"], row["called"], row["note"]) for row in found] == [
        *((i, f"n{i}", None) for i in (0, 1, 3, 5, 7, 8)), (10, "n10", "late")]
    assert client.rows("shop.people", planning="remote") == found
    assert tarn.sql("SELECT id, called, note FROM shop.people ORDER BY id") == [
        {key: row[key] for key in ("id", "called", "note")} for row in found]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_on_local_files(serve, tmp_path, version):
    server = serve()
    go_works(GoClient(server.catalog_uri, tmp_path), server.tarn, version)


def test_on_s3_with_keys_that_the_catalog_gives(serve, store, tmp_path):  # noqa: F811
    server = serve(settings=s3_settings(store, vend__s3__mode="static-keys", vend__s3__access_key_id=GIVEN_KEY,
                                        vend__s3__secret_access_key=GIVEN_SECRET))
    go_works(GoClient(server.catalog_uri, tmp_path), server.tarn, 3)
    assert store.keys_used() == {GIVEN_KEY}


def test_it_signs_no_requests_remotely(serve, store, tmp_path):  # noqa: F811
    client = GoClient(serve(settings=s3_settings(store)).catalog_uri, tmp_path, "remote-signing")
    done = client.start("shop.people", create(2), client.append(people([1])))
    assert done.returncode == 1 and "remote S3 request signing is not supported" in done.stderr.decode()
