"""Names of tables in the API: nested namespaces, several warehouses, spaces, dots, percent signs, quotes, other scripts."""
from urllib.parse import quote

import pytest

from test_data_api import Api, csv_file

NAMES = ["two words", "50%", "a.b", "a/b", "q?x&y=1", "naïve", "単語", 'quo"te', "plus+plus", "#1", "%2F"]


@pytest.fixture
def api(serve, tmp_path):
    return Api(serve(settings={"warehouses": {"second": str(tmp_path / "second")}}))


def sql_name(name):
    return '"' + name.replace('"', '""') + '"'


@pytest.mark.parametrize("name", NAMES)
def test_names_of_all_kinds(api, tmp_path, name):
    path = csv_file(tmp_path, 10)
    loaded = api.post("/load/file", {"file_path": str(path), "format": "csv", "namespace": "sales", "table_name": sql_name(name)})
    assert loaded.status == 200, loaded.text
    assert api.get("/tables/sales").json["tables"] == [name]
    there = f"/tables/sales/{quote(name, safe='')}"
    count = api.get(there + "/count")
    assert count.status == 200 and count.json["row_count"] == 10, count.text
    metadata = api.get(there + "/metadata").json
    assert metadata["table_name"] == name and metadata["namespace"] == "sales" and metadata["rows"] == 10
    moved = api.post("/migrate", {"source_namespace": "sales", "source_table": sql_name(name), "dest_namespace": "copy", "dest_table": sql_name(name)})
    assert moved.status == 200 and moved.json["rows_migrated"] == 10, moved.text
    assert api.get("/tables/copy").json["tables"] == [name]
    done = api.post("/maintain", {"namespace": "sales", "actions": "manifests"})
    assert done.status == 200, done.text


def test_nested_namespaces(api, tmp_path):
    path = csv_file(tmp_path, 10)
    for body in ({"namespace": "eu.fr", "table_name": "t"}, {"table": "eu.fr.paris.t"}):
        loaded = api.post("/load/file", {"file_path": str(path), "format": "csv", **body})
        assert loaded.status == 200, loaded.text
    assert api.get("/tables/eu.fr").json["tables"] == ["t"]
    assert api.get("/tables/eu.fr.paris/t/count").json["row_count"] == 10
    assert api.get("/tables/eu.fr/t/metadata").json["namespace"] == "eu.fr"
    assert api.get("/tables/eu").json["tables"] == []
    moved = api.post("/migrate/bulk", {"source_namespace": "eu", "dest_namespace": "us"})
    assert moved.status == 200 and moved.json["tables_migrated"] == 2, moved.text
    assert api.get("/tables/us.fr.paris/t/count").json["row_count"] == 10


def test_several_warehouses(api, tmp_path):
    path = csv_file(tmp_path, 10)
    loaded = api.post("/load/file", {"file_path": str(path), "format": "csv", "table": "sales.t", "warehouse": "second"})
    assert loaded.status == 200 and loaded.json["warehouse"] == "second", loaded.text
    assert api.get("/tables/sales").status == 404
    assert api.get("/tables/sales?warehouse=second").json["tables"] == ["t"]
    assert api.get("/tables/sales/t/count?warehouse=second").json["row_count"] == 10
    assert api.get("/tables/sales/t/metadata?warehouse=second").json["location"].startswith(("file://", "/"))
    moved = api.post("/migrate", {"source_warehouse": "second", "source": "sales.t", "destination": "sales.t"})
    assert moved.status == 200, moved.text
    assert api.get("/tables/sales/t/count").json["row_count"] == 10
    job = api.until(api.start("/maintain", {"table": "sales.t", "warehouse": "second", "actions": ["compact", "deletes", "stats"]}))
    assert job["state"] == "succeeded" and job["result"]["warehouse"] == "second", job
    report = job["result"]["tables"][0]
    assert {"removed_dangling_delete_files_count"} <= set(report["deletes"]) and {"file_groups_count", "snapshot_ids"} <= set(report["compact"])
