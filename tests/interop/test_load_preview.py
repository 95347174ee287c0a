"""POST /preview and the member `columns` of loads and scrapes; POST /sql/export."""
import io
import json
import urllib.parse
import urllib.request

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rude_server import RudeServer
from test_data_loads import OPENER, Api, basic

CITIES = "City,zip,visits,born\nOslo,0150,3,2020-01-02\nRome,00187,5,2021-02-03\nBari,70121,,\n"


@pytest.fixture
def api(server):
    return Api(server)


@pytest.fixture
def cities(tmp_path):
    path = tmp_path / "cities.csv"
    path.write_text(CITIES)
    return str(path)


def export(api, **body):
    request = urllib.request.Request(f"{api.uri}/api/v1/sql/export", data=json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json"})
    with OPENER.open(request, timeout=60) as answer:
        assert answer.headers["Content-Type"] == "application/vnd.apache.parquet"
        return pq.read_table(io.BytesIO(answer.read()))


def preview(api, call, rows=50, **request):
    return api.ok("/preview", call=call, request=request, rows=rows)


def test_a_look_at_a_file_writes_nothing(api, tarn, cities):
    look = preview(api, "/load/file", rows=2, file_path=cities)
    assert [(one["name"], one["type"]) for one in look["columns"]] == [
        ("City", "string"), ("zip", "string"), ("visits", "long"), ("born", "date")]
    assert look["rows"] == [["Oslo", "0150", 3, "2020-01-02"], ["Rome", "00187", 5, "2021-02-03"]]
    assert not look["is_whole"] and look["format"] == "csv"
    whole = preview(api, "load/file", file_path=cities)
    assert whole["is_whole"] and whole["rows"][2] == ["Bari", "70121", None, None]
    assert tarn.sql("SELECT * FROM information_schema.tables WHERE table_schema = 'preview'") == []
    assert api.call("GET", "/jobs")[1]["jobs"] == []


def test_the_edited_schema_is_what_is_loaded(api, tarn, cities):
    columns = [{"name": "code", "source": "zip", "comment": "of the post"}, {"name": "town", "source": "City"},
               {"name": "visits", "type": "double"}, {"name": "since", "source": "born", "type": "timestamp"}]
    look = preview(api, "/load/file", file_path=cities, columns=columns)
    assert [(one["name"], one["type"]) for one in look["columns"]] == [
        ("code", "string"), ("town", "string"), ("visits", "double"), ("since", "timestamp")]
    answer = api.ok("/load/file", file_path=cities, table="geo.cities", columns=columns, partition_by=["town"])
    assert answer["columns"] == ["code", "town", "visits", "since"]
    assert tarn.sql("SELECT code, town, visits, CAST(since AS VARCHAR) AS since FROM geo.cities ORDER BY code")[0] == {
        "code": "00187", "town": "Rome", "visits": 5.0, "since": "2021-02-03 00:00:00"}
    about = json.dumps(tarn.json("table", "show", "geo.cities"))
    assert "of the post" in about
    # The same columns go to the table that is there now; the job's record has them, so that a retry has too.
    again = api.ok("/load/file", file_path=cities, table="geo.cities", columns=columns, mode="append")
    assert tarn.value("SELECT count(*) FROM geo.cities") == 6
    assert [one["name"] for one in api.job(again["job_id"])["request"]["columns"]] == ["code", "town", "visits", "since"]


def test_types_are_cast_where_the_source_has_others(api, tarn, tmp_path):
    pq.write_table(pa.table({"n": ["1", "22"], "day": ["2026-01-31", None], "x": [1.5, 2.0]}), tmp_path / "t.parquet")
    path = str(tmp_path / "t.parquet")
    api.ok("/load/file", file_path=path, table="f.t", lineage=False,
           columns=[{"name": "n", "type": "long"}, {"name": "day", "type": "date"}])
    assert tarn.sql("SELECT n, CAST(day AS VARCHAR) AS day FROM f.t ORDER BY n")[0] == {"n": 1, "day": "2026-01-31"}
    message = api.fails("/load/file", 400, file_path=path, table="f.u", columns=[{"name": "x", "type": "int"}])
    assert "Column x cannot become int" in message
    assert tarn.sql("SELECT * FROM information_schema.tables WHERE table_name = 'u'") == []


def test_values_that_do_not_parse_are_told(api, cities):
    look = preview(api, "/load/file", file_path=cities, columns=[{"name": "City", "type": "int"}])
    assert look["rows"] == [] and "Oslo" in look["rejects"][0]


@pytest.mark.parametrize("body, message", [
    ({"call": "/maintain", "request": {}}, "A preview is of a call that brings rows: /load/file"),
    ({"call": "/load/file"}, "request is the object that POST /load/file takes"),
    ({"call": "/load/file", "request": {}}, "What shall be loaded?"),
    ({"call": "/load/file", "request": {"file_path": "x.csv"}, "rows": 0}, "from 1 to 1000"),
    ({"call": "/load/file", "request": {"file_path": "x.csv", "columns": [{"name": "a", "type": "number"}]}}, "not number"),
    ({"call": "/load/file", "request": {"file_path": "x.parquet", "register": True, "columns": ["a"]}}, "keep all"),
])
def test_what_is_refused(api, body, message):
    assert message in api.fails("/preview", 400, **body)


def test_a_column_that_is_not_there(api, cities):
    message = api.fails("/preview", 400, call="/load/file", request={"file_path": cities, "columns": ["town"]})
    assert "(it has City, zip, visits, born): town" in message


def test_a_look_at_a_database(api, postgres):
    uri = urllib.parse.urlsplit(postgres.new_database())
    postgres.sql(uri.path[1:], "CREATE TABLE many AS SELECT i AS id, 'n' || i AS name FROM generate_series(1, 200000) AS s(i)")
    at = {"host": uri.hostname, "port": uri.port, "database": uri.path[1:], "user": uri.username, "password": "hush-hush"}
    for what in ({"source_table": "public.many"}, {"query": "SELECT * FROM many ORDER BY id"}):
        look = preview(api, "/load/postgres", rows=10, **at, **what)
        assert [one["name"] for one in look["columns"]] == ["id", "name"] and len(look["rows"]) == 10
        assert not look["is_whole"]
    message = api.fails("/preview", 503, call="/load/postgres", request={**at, "port": 1, "query": "SELECT 1"})
    assert "hush-hush" not in message
    status, answer = api.post("/connections", name="shop", type="postgres", **at)
    assert status == 201, answer
    assert preview(api, "/load/postgres", connection="shop", query="SELECT 7 AS seven")["rows"] == [[7]]


def test_pages_of_the_web(serve, tarn):
    web = RudeServer()
    try:
        api = Api(serve(settings={"web.private_addresses": "127.0.0.1"}))
        look = preview(api, "/scrape", url=web.url + "/countries", selector="table.wikitable")
        names = [one["name"] for one in look["columns"]]
        assert look["rows"] and "source_url" not in names
        answer = api.ok("/scrape", url=web.url + "/countries", selector="table.wikitable", table="w.c", interval_ms=0,
                        columns=[{"name": "land", "source": names[0], "comment": "its name"}])
        assert answer["columns"] == ["land"] and "source_url" in answer["lineage_columns"]
        assert tarn.value("SELECT count(*) FROM w.c WHERE land IS NOT NULL") == answer["rows"]
    finally:
        web.close()


def test_who_may_look_at_what(serve, tarn, cities):
    server = serve(settings={"auth": {"enabled": True}})
    ada, bob = (Api(server, basic(tarn.json("user", "add", name))) for name in ("ada", "bob"))
    assert Api(server).post("/preview", call="/load/file", request={"file_path": cities})[0] == 401
    assert "/api/v1/upload" in ada.fails("/preview", 403, call="/load/file", request={"file_path": cities})
    path = ada.upload("cities.csv", CITIES.encode())["path"]
    assert len(preview(ada, "/load/file", file_path=path)["rows"]) == 3
    assert "no such upload of yours" in bob.fails("/preview", 404, call="/load/file", request={"file_path": path})
    assert "sql.users" in ada.fails("/sql/export", 403, statement="SELECT 1")


def test_rows_of_a_query_as_a_file(api, tarn):
    tarn.ok("sql", "-e", "CREATE SCHEMA s; CREATE TABLE s.t AS SELECT i AS id, 'n' || i AS name FROM range(100000) r(i)")
    rows = export(api, statement="SELECT name, id FROM t WHERE id < 70000 ORDER BY id DESC", schema="s")
    assert rows.num_rows == 70000 and rows.column_names == ["name", "id"] and rows["id"][0].as_py() == 69999
    assert export(api, statement="FROM s.t SELECT count(*) AS n", dialect="duckdb")["n"].to_pylist() == [100000]
    assert export(api, statement="SELECT * FROM s.t WHERE false").num_rows == 0
    for statement in ("DELETE FROM s.t", "SELECT 1; SELECT 2", ""):
        assert "statement is one query" in api.fails("/sql/export", 400, statement=statement)
    for statement in ("DELETE FROM s.t", "(", "((("):
        assert "statement is one query" in api.fails("/sql/export", 400, statement=statement, dialect="duckdb")
    assert "line 1:8" in api.fails("/sql/export", 400, statement="SELECT nothing FROM s.t")
    assert tarn.value("SELECT count(*) FROM s.t") == 100000


def lines(api, path, accept="application/x-ndjson", **body):
    """The rows, and their columns' names in order."""
    request = urllib.request.Request(f"{api.uri}/api/v1{path}", data=json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json", "Accept": accept})
    with OPENER.open(request, timeout=60) as answer:
        assert answer.headers["Content-Type"] == "application/x-ndjson"
        return [json.loads(line) for line in answer.read().decode().splitlines()]


def test_all_rows_of_a_query_as_lines(api, tarn):
    tarn.ok("sql", "-e", "CREATE SCHEMA s; CREATE TABLE s.t AS SELECT i AS id, 'n' || i AS name FROM range(30000) r(i)")
    rows = lines(api, "/sql", statements="SELECT name, id FROM t ORDER BY id", schema="s")
    assert len(rows) == 30000 and rows[0] == {"name": "n0", "id": 0} and rows[-1]["id"] == 29999
    assert list(rows[0]) == ["name", "id"], "as the query has them"
    assert api.call("GET", "/jobs")[1]["jobs"] == [], "it is no job"
    assert len(lines(api, "/sql", statements="SELECT id FROM s.t", maxRows=7)) == 7
    assert lines(api, "/sql/export", accept="*/*", statement="SELECT 1 AS a, 'ä\n' AS b", format="ndjson") == [{"a": 1, "b": "ä\n"}]
    assert len(lines(api, "/sql/export", statement="SELECT id FROM s.t")) == 30000
    assert lines(api, "/sql", statements="SELECT id FROM s.t WHERE false") == []
    long = lines(api, "/sql", statements="SELECT rpad('x', 100000, 'y') AS long")
    assert len(long[0]["long"]) == 100000, "texts are not cut"
    for body, said in (({"statements": "SELECT 1 AS a, 2 AS a"}, "one name"), ({"statements": "SELECT 1; SELECT 2"}, "2 statements"),
                       ({"statements": "DELETE FROM s.t"}, "another statement"), ({"statements": "SELECT 1", "max_rows": 10001}, "0 to 10000"),
                       ({"statement": "SELECT nothing FROM s.t"}, "line 1:8")):
        status, answer = api.call("POST", "/sql", body, headers={"Accept": "application/x-ndjson"})
        assert status == 400 and said in answer["message"], answer
    assert "format is parquet or ndjson" in api.fails("/sql/export", 400, statement="SELECT 1", format="csv")


def test_export_tells_its_media_types(api):
    with OPENER.open(api.uri + "/openapi.json", timeout=60) as answer:
        paths = json.load(answer)["paths"]
    assert set(paths["/api/v1/sql/export"]["post"]["responses"]["200"]["content"]) == {
        "application/vnd.apache.parquet", "application/x-ndjson"}
    assert set(paths["/api/v1/sql"]["post"]["responses"]["200"]["content"]) == {"application/json", "application/x-ndjson"}
