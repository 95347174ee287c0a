"""tarn load: every format and mode, proposed schemas, rejected rows."""
import datetime
import decimal
import gzip
import http.server
import json
import threading

import pyarrow as pa
import pyarrow.feather
import pyarrow.orc
import pyarrow.parquet as pq
import pytest

ROWS = pa.table({
    "id": pa.array([1, 2, 3], pa.int64()),
    "name": pa.array(["a", None, "ünï 数"], pa.string()),
    "price": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("-3.25")], pa.decimal128(9, 2)),
    "day": pa.array([datetime.date(2024, 1, 31), None, datetime.date(1969, 12, 31)], pa.date32()),
    "at": pa.array([datetime.datetime(2024, 1, 31, 10, 0, 0, 123456), None, datetime.datetime(1969, 12, 31, 23)],
                   pa.timestamp("us")),
    "ok": pa.array([True, False, None], pa.bool_()),
    "tags": pa.array([["x", "y"], [], None], pa.list_(pa.string())),
})
EXPECTED = [
    {"id": 1, "name": "a", "price": 1.50, "day": "2024-01-31", "at": "2024-01-31T10:00:00.123456", "ok": True, "tags": ["x", "y"]},
    {"id": 2, "name": None, "price": None, "day": None, "at": None, "ok": False, "tags": []},
    {"id": 3, "name": "ünï 数", "price": -3.25, "day": "1969-12-31", "at": "1969-12-31T23:00:00", "ok": None, "tags": None},
]
AVRO_SCHEMA = {"type": "record", "name": "r", "fields": [
    {"name": "id", "type": "long"}, {"name": "name", "type": ["null", "string"]}]}


def write_parquet(path):
    pq.write_table(ROWS, path)


def write_orc(path):
    pa.orc.write_table(ROWS, str(path))


def write_feather(path):
    pa.feather.write_feather(ROWS, str(path))


def write_stream(path):
    with pa.OSFile(str(path), "wb") as out, pa.ipc.new_stream(out, ROWS.schema) as writer:
        writer.write_table(ROWS)


def write_json_lines(path):
    path.write_text("".join(json.dumps(row) + "\n" for row in EXPECTED))


def write_json_array(path):
    path.write_text(json.dumps(EXPECTED, indent=1))


def write_json_gz(path):
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in EXPECTED).encode()))


def write_avro(path, rows=((1, "a"), (2, None), (3, "ünï 数")), codec="null"):
    """A small Avro file, made by hand so that the test does not trust our own writer."""
    import zlib

    def long(n):
        n = (n << 1) ^ (n >> 63)
        out = bytearray()
        while n & ~0x7F:
            out.append(n & 0x7F | 0x80)
            n >>= 7
        return bytes(out + bytes([n]))

    def text(s):
        s = s if isinstance(s, bytes) else s.encode()
        return long(len(s)) + s
    block = b"".join(long(i) + (long(0) if n is None else long(1) + text(n)) for i, n in rows)
    if codec == "deflate":
        compress = zlib.compressobj(wbits=-15)
        block = compress.compress(block) + compress.flush()
    sync = bytes(range(16))
    header = b"Obj\x01" + long(2) + text("avro.schema") + text(json.dumps(AVRO_SCHEMA)) + text("avro.codec") + text(codec) + long(0)
    path.write_bytes(header + sync + long(len(rows)) + text(block) + sync)


@pytest.mark.parametrize("name, write", [
    ("t.parquet", write_parquet), ("t.orc", write_orc), ("t.feather", write_feather), ("t.arrows", write_stream),
    ("t.jsonl", write_json_lines), ("t.json", write_json_array), ("t.json.gz", write_json_gz),
    ("parquet-without-name", write_parquet), ("orc-without-name", write_orc), ("arrow-without-name", write_feather),
])
def test_formats(tarn, tmp_path, name, write):
    write(tmp_path / name)
    answer = tarn.json("load", tmp_path / name, "--into", "f.t")
    assert answer["rows_loaded"] == 3 and answer["table"] == "f.t" and answer["files_written"] == 1
    rows = tarn.sql("SELECT * FROM f.t ORDER BY id")
    for row, expected in zip(rows, EXPECTED, strict=True):
        assert row == expected


@pytest.mark.parametrize("codec", ["null", "deflate"])
def test_avro(tarn, tmp_path, codec):
    write_avro(tmp_path / "t.avro", codec=codec)
    answer = tarn.json("load", tmp_path / "t.avro", "--into", "f.t")
    assert [(c["name"], c["type"]) for c in answer["columns"]] == [("id", "long"), ("name", "string")]
    assert [row["name"] for row in tarn.sql("SELECT name FROM f.t ORDER BY id")] == ["a", None, "ünï 数"]


def test_csv_proposes_types_and_prints_them(tarn, tmp_path):
    (tmp_path / "t.csv").write_text("id,name,price,day,at\n1,a,1.5,2024-01-31,2024-01-31 10:00:00\n2,\"b,c\",,,\n")
    out = tarn.ok("load", tmp_path / "t.csv", "--into", "f.t")
    assert "price" in out and "double" in out and "Loaded 2 rows into f.t: 1 file" in out
    columns = {c["name"]: c["type"] for c in tarn.json("table", "show", "f.t")["schema"]}
    assert columns == {"id": "long", "name": "string", "price": "double", "day": "date", "at": "timestamp"}
    assert tarn.sql("SELECT name FROM f.t WHERE id = 2") == [{"name": "b,c"}]


def test_csv_options(tarn, tmp_path):
    (tmp_path / "t.txt").write_text("1;x\n2;y\n")
    tarn.ok("load", tmp_path / "t.txt", "--into", "f.t", "--option", "delimiter=;", "--option", "header=false")
    assert tarn.value("SELECT count(*) FROM f.t") == 2
    assert "no_such" in tarn.fails("load", tmp_path / "t.txt", "--into", "f.u", "--option", "no_such=1")


def test_csv_missing_values(tarn, tmp_path):
    (tmp_path / "t.csv").write_text("n,s\n1,x\nNA,NA\n3,\n")
    assert "null" in tarn.json("load", tmp_path / "t.csv", "--into", "f.t")["note"]
    assert tarn.sql("SELECT * FROM f.t ORDER BY n NULLS LAST") == [
        {"n": 1, "s": "x"}, {"n": 3, "s": None}, {"n": None, "s": "NA"}], "only the column that gets a type"
    (tmp_path / "only.csv").write_text("a,b\n1,2.5\nNA,N/A\n")
    tarn.ok("load", tmp_path / "only.csv", "--into", "f.only")
    assert tarn.sql("SELECT * FROM f.only ORDER BY a") == [{"a": 1, "b": 2.5}, {"a": None, "b": None}]
    tarn.ok("sql", "-e", "CREATE TABLE f.text (n VARCHAR, s VARCHAR)")
    tarn.ok("load", tmp_path / "t.csv", "--into", "f.text", "--mode", "append")
    assert tarn.value("SELECT count(*) FROM f.text WHERE n = 'NA' AND s = 'NA'") == 1, "a text column keeps its words"
    rows = "".join(f"{i},x\n" for i in range(30000))
    (tmp_path / "late.csv").write_text("n,s\nNA,NA\n" + rows + "1.5,x\n")
    assert "whole numbers" in tarn.fails("load", tmp_path / "late.csv", "--into", "f.late"), "never rounded"
    (tmp_path / "u.csv").write_text("code,country\nNA,Namibia\nDE,Germany\n")
    assert tarn.json("load", tmp_path / "u.csv", "--into", "f.u")["note"] == "", "texts keep their NA"
    assert tarn.sql("SELECT code FROM f.u ORDER BY country") == [{"code": "DE"}, {"code": "NA"}]
    tarn.ok("load", tmp_path / "t.csv", "--into", "f.v", "--option", "nullstr=")
    assert tarn.value("SELECT count(*) FROM f.v WHERE n = 'NA'") == 1


def test_modes(tarn, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,v\n1,a\n2,b\n")
    assert "--into" not in tarn.fails("load", path, "--into", "m.t", "--mode", "append")
    tarn.ok("load", path, "--into", "m.t")
    assert "exists" in tarn.fails("load", path, "--into", "m.t")
    tarn.ok("load", path, "--into", "m.t", "--mode", "append")
    assert tarn.value("SELECT count(*) FROM m.t") == 4
    tarn.ok("load", path, "--into", "m.t", "--mode", "overwrite")
    assert tarn.value("SELECT count(*) FROM m.t") == 2
    path.write_text("other\n1.5\n")
    assert "other" in tarn.fails("load", path, "--into", "m.t", "--mode", "append")
    tarn.ok("load", path, "--into", "m.t", "--mode", "replace")
    assert tarn.sql("SELECT * FROM m.t") == [{"other": 1.5}]
    snapshots = tarn.json("table", "snapshots", "m.t")
    assert [s["operation"] for s in snapshots] == ["append", "append", "overwrite", "overwrite"]
    assert len(tarn.json("table", "history", "m.t")) == 4


def test_append_reads_text_as_the_tables_types(tarn, tmp_path):
    tarn.ok("sql", "-e", "CREATE SCHEMA f; CREATE TABLE f.t (zip VARCHAR, n INTEGER, d DECIMAL(9,2), day DATE)")
    (tmp_path / "t.csv").write_text("ZIP,n,d\n02134,7,1.10\n")
    tarn.ok("load", tmp_path / "t.csv", "--into", "f.t", "--mode", "append")
    assert tarn.sql("SELECT zip, n, CAST(d AS VARCHAR) AS d, day FROM f.t") == [
        {"zip": "02134", "n": 7, "d": "1.10", "day": None}]
    (tmp_path / "big.csv").write_text("n\n3000000000\n")
    assert "n" in tarn.fails("load", tmp_path / "big.csv", "--into", "f.t", "--mode", "append")
    pq.write_table(pa.table({"n": pa.array([3_000_000_000], pa.int64())}), tmp_path / "big.parquet")
    assert "Column n" in tarn.fails("load", tmp_path / "big.parquet", "--into", "f.t", "--mode", "append")
    assert tarn.value("SELECT count(*) FROM f.t") == 1


def test_partitions(tarn, tmp_path):
    lines = "".join(f"{i},2024-{1 + i % 3:02}-15,r{i % 2}\n" for i in range(60))
    (tmp_path / "t.csv").write_text("id,day,region\n" + lines)
    answer = tarn.json("load", tmp_path / "t.csv", "--into", "p.t", "--partition-by", "month(day), region")
    assert answer["files_written"] == 6
    files = tarn.json("table", "files", "p.t")
    assert {f["partition"] for f in files} == {f"day_month=2024-0{m}/region=r{r}" for m in (1, 2, 3) for r in (0, 1)}
    plan = tarn.json("table", "plan", "p.t", "--where", "day >= DATE '2024-03-01' AND region = 'r0'")
    assert plan["files"] == 1 and plan["rows"] == 10
    assert {"files", "deletes", "manifests", "manifests_skipped", "entries", "elapsed_ms"} <= plan.keys()
    assert "nope" in tarn.fails("load", tmp_path / "t.csv", "--into", "p.u", "--partition-by", "nope")
    assert "p.u" not in tarn.tables()


def test_globs_and_directories(tarn, tmp_path):
    for month in (1, 2):
        folder = tmp_path / "in" / f"m{month}"
        folder.mkdir(parents=True)
        for part in (1, 2):
            (folder / f"part-{part}.csv").write_text(f"id\n{month}{part}\n")
        (folder / "_SUCCESS").write_text("")
    count = "SELECT count(*) FROM g.t"
    for source, rows in [("in/m1/*.csv", 2), ("in/*/part-1.csv", 2), ("in/**/*.csv", 4), ("in", 4), ("in/m[2]/part-?.csv", 2)]:
        tarn.ok("load", tmp_path / source, "--into", "g.t", "--mode", "replace")
        assert tarn.value(count) == rows, source
    tarn.ok("load", f"file://{tmp_path}/in/m1/part-1.csv", "--into", "g.t", "--mode", "replace")
    tarn.ok("load", "in/m1/part-1.csv", "--into", "g.t", "--mode", "replace", cwd=tmp_path)
    assert tarn.value(count) == 1
    (tmp_path / "in" / "x.json").write_text("{}")
    assert "several formats" in tarn.fails("load", tmp_path / "in", "--into", "g.u")
    assert "none-*" in tarn.fails("load", tmp_path / "none-*.csv", "--into", "g.u")


def test_files_of_unequal_columns_are_matched_by_name(tarn, tmp_path):
    pq.write_table(pa.table({"a": [1], "b": ["x"]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"b": ["y"], "c": [2.5], "a": [2]}), tmp_path / "2.parquet")
    tarn.ok("load", tmp_path / "*.parquet", "--into", "g.t")
    assert tarn.sql("SELECT a, b, c FROM g.t ORDER BY a") == [
        {"a": 1, "b": "x", "c": None}, {"a": 2, "b": "y", "c": 2.5}]


def test_rejected_rows(tarn, tmp_path):
    source = tmp_path / "t.csv"
    source.write_text("id,v\n" + "".join(f"{i},x\n" for i in range(3000)) + "oops,y\n" + "7,z\n")
    message = tarn.fails("load", source, "--into", "r.t", "--option", "types={'id': 'BIGINT'}")
    assert "3002" in message and "id" in message and "t.csv" in message
    assert not tarn.data_files() and "r.t" not in tarn.tables()
    rejects = tmp_path / "rejects.csv"
    answer = tarn.json("load", source, "--into", "r.t", "--option", "types={'id': 'BIGINT'}", "--reject-to", rejects)
    assert answer["rows_loaded"] == 3001 and answer["rows_rejected"] == 1
    header, line = rejects.read_text().splitlines()
    assert header == "file,line,column,message,row"
    assert "t.csv,3002,id," in line and "oops" in line
    write_parquet(tmp_path / "t.parquet")
    assert "CSV" in tarn.fails("load", tmp_path / "t.parquet", "--into", "r.u", "--reject-to", tmp_path / "no.csv")


@pytest.fixture
def web(tmp_path):
    """An HTTP server for the files below tmp_path/web."""
    root = tmp_path / "web"
    root.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(root))

        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield root, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_http(tarn, web):
    root, url = web
    write_parquet(root / "t.parquet")
    (root / "data").write_text("a,b\n1,2\n")
    assert tarn.json("load", f"{url}/t.parquet?token=secret", "--into", "h.t")["rows_loaded"] == 3
    assert tarn.json("load", f"{url}/data", "--into", "h.u")["rows_loaded"] == 1
    message = tarn.fails("load", f"{url}/none.csv?token=secret", "--into", "h.v")
    assert "none.csv" in message and "secret" not in message
    assert "h.v" not in tarn.tables()


NAMES = ["with space", "quo\"te", "it's", "größe", "数据", "semi;colon", "per%cent", "sla/sh", "UPPER", "-dash", "a" * 120]


@pytest.mark.parametrize("name", NAMES)
def test_odd_names(tarn, tmp_path, name):
    """Namespaces, tables, columns and files with such names."""
    quoted = '"' + name.replace('"', '""') + '"'
    file = tmp_path / (name.replace("/", "_") + ".csv")
    header = '"' + name.replace('"', '""') + '"'
    file.write_text(f"{header},n\n{header},1\n")
    tarn.ok("load", file, "--into", f"{quoted}.{quoted}")
    assert [(t["namespace"], t["name"]) for t in tarn.json("table", "list")] == [(name, name)]
    assert tarn.sql(f"SELECT * FROM iceberg.{quoted}.{quoted}") == [{name: name, "n": 1}]
    assert tarn.json("table", "files", f"{quoted}.{quoted}")[0]["rows"] == 1
    assert tarn.json("table", "orphans", f"{quoted}.{quoted}")["count"] == 0
    tarn.ok("table", "drop", f"{quoted}.{quoted}")
    assert tarn.json("table", "list") == []


def test_dots_in_names(tarn, tmp_path):
    (tmp_path / "d.o.t.csv").write_text("a.b\n1\n")
    tarn.ok("load", tmp_path / "d.o.t.csv", "--into", 'ns."dot.ted"')
    assert tarn.sql('SELECT "a.b" FROM iceberg.ns."dot.ted"') == [{"a.b": 1}]
    assert tarn.json("table", "show", 'ns."dot.ted"')["row_count"] == 1
    tarn.ok("load", tmp_path / "d.o.t.csv", "--into", '"n.s".t')
    assert tarn.value('SELECT "a.b" FROM iceberg."n.s".t') == 1
    assert sorted(tarn.tables()) == ["n.s.t", "ns.dot.ted"]


def test_sample(tarn):
    out = tarn.ok("load", "--sample")
    assert out.count("created") == 8
    again = tarn.ok("load", "--sample")
    assert again.count("exists already") == 8 and "created" not in again
    assert sorted(tarn.tables()) == ["customers.activity", "customers.info", "products.catalog", "products.reviews",
                                     "sales.order_items", "sales.orders"]
    for table in tarn.tables():
        assert tarn.value(f"SELECT count(*) FROM {table}") >= 50
    orphans = """SELECT
      (SELECT count(*) FROM sales.orders WHERE customer_id NOT IN (SELECT customer_id FROM customers.info)) +
      (SELECT count(*) FROM sales.order_items WHERE order_id NOT IN (SELECT order_id FROM sales.orders)) +
      (SELECT count(*) FROM sales.order_items WHERE product_id NOT IN (SELECT product_id FROM products.catalog)) +
      (SELECT count(*) FROM products.reviews WHERE customer_id NOT IN (SELECT customer_id FROM customers.info)) +
      (SELECT count(*) FROM customers.activity WHERE customer_id NOT IN (SELECT customer_id FROM customers.info)) AS n"""
    assert tarn.value(orphans) == 0
    assert len(tarn.sql("SELECT * FROM sales.revenue_by_region")) == 4
    assert tarn.value("SELECT count(*) FROM sales.order_summary") == tarn.value("SELECT count(*) FROM sales.orders")
    assert tarn.json("table", "plan", "sales.orders", "--where", "order_date < DATE '2024-02-01'")["files"] == 1
    view = tarn.json("table", "show", "sales.order_summary")
    assert view["type"] == "view" and {"trino", "duckdb"} <= view["sql"].keys()
    columns = [(c["Column"], c["Type"]) for c in tarn.sql("DESCRIBE sales.order_summary")]
    assert [name for name, _ in columns] == [c["name"] for c in view["schema"]]


@pytest.mark.parametrize("rows", [["2,y,z"], ["2,y"] * 5 + ["3,y,z"], ["2,y,z"] * 5, ["3"]])
def test_a_row_too_long_costs_no_other(tarn, tmp_path, rows):
    """DuckDB's reader leaves lines out until the rest has equally many columns: the header, and rows."""
    (tmp_path / "a.csv").write_text("\n".join(["id,n", "1,x", *rows]) + "\n")
    bad = next(i for i, row in enumerate(rows) if row.count(",") != 1) + 3
    assert f"a.csv:{bad}" in tarn.fails("load", tmp_path / "a.csv", "--into", "w.t")
    assert tarn.tables() == []
    rejects = tmp_path / "rejects.csv"
    tarn.ok("load", tmp_path / "a.csv", "--into", "w.t", "--reject-to", rejects)
    good = 1 + sum(row.count(",") == 1 for row in rows)
    assert tarn.value("SELECT count(*) FROM w.t") == good
    assert [c["name"] for c in tarn.json("table", "show", "w.t")["schema"]] == ["id", "n"]


def test_titles_above_the_header_are_left_out(tarn, tmp_path):
    (tmp_path / "a.csv").write_text("Sales of November\n\nid,n\n1,x\n2,y\n")
    tarn.ok("load", tmp_path / "a.csv", "--into", "w.t")
    assert tarn.sql("SELECT * FROM w.t ORDER BY id") == [{"id": 1, "n": "x"}, {"id": 2, "n": "y"}]
    (tmp_path / "b.csv").write_text("Sales, of November\nid,n\n1,x\n")
    tarn.ok("load", tmp_path / "b.csv", "--into", "w.u", "--option", "skip=1")
    assert tarn.sql("SELECT * FROM w.u") == [{"id": 1, "n": "x"}]
