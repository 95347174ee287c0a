"""`tarn table label` and `tarn function`, and what clients of the server get of them."""
import json
import urllib.request

FUNCTION = {
    "function-uuid": "42fd3f91-bc10-41c1-8a52-92b57dd0a9b2", "format-version": 1,
    "definitions": [{"definition-id": "int", "parameters": [{"name": "x", "type": "int"}], "return-type": "int",
                     "function-type": "udf", "current-version-id": 1,
                     "versions": [{"version-id": 1, "timestamp-ms": 1734507000123,
                                   "representations": [{"type": "sql", "dialect": "trino", "sql": "x + 1"}]}]}],
    "definition-log": [{"timestamp-ms": 1734507000123, "definition-versions": [{"definition-id": "int", "version-id": 1}]}]}


def get(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


def test_labels_are_set_shown_and_served(server):
    tarn = server.tarn
    tarn.ok("sql", "-e", "CREATE SCHEMA shop; CREATE TABLE shop.t (id BIGINT, email VARCHAR)")
    assert tarn.ok("table", "label", "shop.t") == "No labels.\n"
    tarn.ok("table", "label", "shop.t", "--set", "owner=ada", "--set", "tier=gold=1")
    tarn.ok("table", "label", "shop.t", "--column", "email", "--set", "pii=yes")
    tarn.ok("table", "label", "shop.t", "--remove", "owner")
    expected = {"object-labels": {"tier": "gold=1"}, "fields": [{"field-id": 2, "labels": {"pii": "yes"}}]}
    assert tarn.json("table", "label", "shop.t") == expected
    assert tarn.ok("table", "label", "shop.t") == "tier = gold=1\nemail: pii = yes\n"
    assert get(f"{server.catalog_uri}/v1/namespaces/shop/tables/t")["labels"] == expected
    assert "does not exist: nothing" in tarn.fails("table", "label", "shop.t", "--column", "nothing", "--set", "a=b")
    assert "KEY=VALUE" in tarn.fails("table", "label", "shop.t", "--set", "a", code=2)
    assert "does not exist" in tarn.fails("table", "label", "shop.none")


def test_functions_are_registered_listed_shown_served_and_dropped(server, tmp_path):
    tarn = server.tarn
    tarn.ok("sql", "-e", "CREATE SCHEMA shop")
    path = tmp_path / "add_one.json"
    path.write_text(json.dumps(FUNCTION))
    tarn.ok("function", "register", "shop.add_one", path)
    assert "already exists" in tarn.fails("function", "register", "shop.add_one", path)
    tarn.ok("function", "register", "shop.add_one", path, "--replace")
    assert tarn.ok("function", "list", "shop") == "shop.add_one\n"
    assert "add_one(int) -> int\n  trino: x + 1\n" in tarn.ok("function", "show", "shop.add_one")
    functions = f"{server.catalog_uri}/v1/namespaces/shop/functions"
    assert get(functions)["identifiers"] == [["shop", "add_one"]]
    assert get(f"{functions}/add_one")["metadata"]["definitions"] == FUNCTION["definitions"]
    tarn.ok("function", "drop", "shop.add_one")
    assert get(functions)["identifiers"] == []
    path.write_text(json.dumps({**FUNCTION, "format-version": 2}))
    assert "format-version must be 1" in tarn.fails("function", "register", "shop.add_one", path)
    assert "none.json" in tarn.fails("function", "register", "shop.add_one", tmp_path / "none.json")
