"""POST /migrate and /migrate/bulk from another catalog: another Tarn that asks who calls, and Iceberg's reference server."""
import json

import pytest

from test_data_api import Api
from test_other_catalogs import reference  # noqa: F401

NUM_TABLES = 3


def fill(tarn, catalog="iceberg"):
    tarn.ok("sql", "-e", f"CREATE SCHEMA {catalog}.shop;" + "".join(
        f"CREATE TABLE {catalog}.shop.t{t} AS SELECT i AS id, i * {t} AS n FROM range(100) r(i);" for t in range(NUM_TABLES)) +
        f"DELETE FROM {catalog}.shop.t1 WHERE id < 10;")


@pytest.fixture
def far(tarn_at, serve, tmp_path):
    """A server that asks who calls, and how to say so."""
    there = tarn_at(tmp_path / "far")
    fill(there)
    user = there.json("user", "add", "reader", "--admin")
    return serve("--auth", home=there), f"reader:{user['client_secret']}"


def check_moved(api, answer, namespace):
    assert answer.status == 200 and answer.json["status"] == "success", answer.text
    assert answer.json["tables_migrated"] == NUM_TABLES
    assert all(table["checksum_match"] is True for table in answer.json["tables"])
    counts = [api.get(f"/tables/{namespace}/t{t}/count").json["row_count"] for t in range(NUM_TABLES)]
    assert counts == [100, 90, 100]


def test_from_a_server_that_asks_who_calls(far, serve, tarn):
    there, credential = far
    api = Api(serve())
    source = {"sourceUri": there.catalog_uri, "sourceCredential": credential}
    one = api.post("/migrate", {**source, "sourceNamespace": "shop", "sourceTable": "t1", "destNamespace": "near", "destTable": "one"})
    assert one.status == 200 and one.json["rows_migrated"] == 90 and one.json["checksum_match"] is True, one.text
    check_moved(api, api.post("/migrate/bulk", {**source, "sourceNamespace": "shop", "destNamespace": "all"}), "all")
    job = api.until(api.start("/migrate/bulk", {**source, "source_namespace": "shop", "dest_namespace": "again", "history": "copy"}))
    assert job["state"] == "succeeded" and job["secrets"] == ["source_credential"], job
    assert api.get("/tables/again/t1/metadata").json["snapshots"] == 2
    listed = api.get("/jobs").text + api.get("/migrations").text + json.dumps(job)
    assert credential not in listed and credential.split(":")[1] not in listed
    refused = api.post("/migrate", {**source, "sourceCredential": "reader:wrong", "sourceNamespace": "shop", "sourceTable": "t1",
                                    "destNamespace": "near", "destTable": "two"})
    assert (refused.status, refused.json["code"]) == (401, "UNAUTHENTICATED") and "wrong" not in refused.text, refused.text
    nobody = api.post("/migrate", {"sourceUri": "http://127.0.0.1:1/catalog", "sourceNamespace": "shop", "sourceTable": "t1",
                                   "destNamespace": "near", "destTable": "two"})
    assert (nobody.status, nobody.json["code"]) == (503, "UNAVAILABLE") and "127.0.0.1:1" in nobody.text, nobody.text
    again = api.post(f"/jobs/{refused.json['job_id']}/retry", {"sourceCredential": credential})
    assert again.status == 202, again.text
    assert api.until(again.json["id"])["result"]["rows_migrated"] == 90


def test_from_a_catalog_of_the_settings(far, serve, tarn):
    there, credential = far
    api = Api(serve(settings={"catalogs": {"far": {"uri": there.catalog_uri, "credential": credential}}}))
    check_moved(api, api.post("/migrate/bulk", {"source_warehouse": "far", "source_namespace": "shop", "dest_namespace": "near"}), "near")
    again = api.post("/migrate/bulk", {"source_warehouse": "far", "source_namespace": "shop", "dest_namespace": "near"})
    assert {table["status"] for table in again.json["tables"]} == {"already_migrated"}, again.text
    page = api.call("GET", f"/migrations/{again.json['migration_id']}?format=html")
    assert page.status == 200 and "near.t1" in page.text


def test_from_icebergs_reference_server(reference, serve, tarn):  # noqa: F811
    settings = {"catalogs": {"lake": {"uri": reference}}}
    tarn.home.mkdir(exist_ok=True)
    (tarn.home / "tarn.yaml").write_text(json.dumps(settings))
    fill(tarn, "lake")
    api = Api(serve(settings=settings))
    check_moved(api, api.post("/migrate/bulk", {"source_warehouse": "lake", "source_namespace": "shop", "dest_namespace": "near"}), "near")
    copied = api.post("/migrate/bulk", {"source_warehouse": "lake", "source_namespace": "shop", "dest_namespace": "kept", "history": "copy"})
    check_moved(api, copied, "kept")
    assert api.get("/tables/kept/t1/metadata").json["snapshots"] == 2
    valid = api.post("/validate", {"source_warehouse": "lake", "source_namespace": "shop", "source_table": "t1",
                                   "dest_namespace": "near", "dest_table": "t1"})
    assert valid.status == 200 and valid.json["valid"] is True, valid.text
