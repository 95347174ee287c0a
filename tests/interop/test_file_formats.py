"""Files in every format, encoding and packing that loads read, by the command and by the API in both dialects."""
import bz2
import gzip
import io
import json
import lzma
import os
import resource
import subprocess
import tarfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from test_data_loads import Api
from workbooks import cell, row, write_workbook

CSV = b"id,name\n1,a\n2,b\n"
BOOKS = """<?xml version="1.0" encoding="ISO-8859-1"?>
<c:catalog xmlns:c="urn:c" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><meta><made>2024</made></meta><books>
<c:book id="007"><title>Caf\u00e9 &amp; <![CDATA[<more>]]></title><price>12.50</price><pub>2024-01-31</pub>
  <at>2024-01-31T10:00:00Z</at><author>A</author><sold>1</sold></c:book>
<c:book id="008"><title lang="fr">Deux</title><price>3</price><pub xsi:nil="true"/><author>B</author><author>C</author>
  <size><w>1</w><h>2.5</h></size><sold>2</sold></c:book></books></c:catalog>""".encode("latin-1")


@pytest.fixture
def api(server):
    return Api(server)


def columns_of(answer):
    return {column["name"]: column["type"] for column in answer["columns"]}


def peak_mb(tarn, *args):
    """Peak memory of one command; `tarn` runs nothing else beside."""
    code = ("import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024); sys.exit(done.returncode)")
    done = subprocess.run(["python3", "-c", code, *tarn.command(*args)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


# ---- XML

def test_xml_rows_with_attributes_lists_and_structs(tarn, tmp_path):
    (tmp_path / "books.xml").write_bytes(BOOKS)
    answer = tarn.json("load", tmp_path / "books.xml", "--into", "x.books", "--row-element", "book")
    assert columns_of(answer) == {
        "id": "string", "title": "struct<9: lang: optional string, 10: value: optional string>", "price": "double", "pub": "date",
        "at": "timestamptz", "author": "list<string>", "sold": "long",
        "size": "struct<12: w: optional long, 13: h: optional double>"}
    assert answer["format"] == "xml"
    assert tarn.sql("SELECT id, title, price, pub, author, size FROM x.books ORDER BY id") == [
        {"id": "007", "title": {"lang": None, "value": "Caf\u00e9 & <more>"}, "price": 12.5, "pub": "2024-01-31", "author": ["A"],
         "size": None},
        {"id": "008", "title": {"lang": "fr", "value": "Deux"}, "price": 3.0, "pub": None, "author": ["B", "C"],
         "size": {"w": 1, "h": 2.5}}]
    for path in ("catalog/books/book", "/c:catalog/books/c:book", "books/book"):
        assert tarn.json("load", tmp_path / "books.xml", "--into", "x.books", "--mode", "replace", "--option",
                         f"rowElement={path}")["rows_loaded"] == 2
    tarn.ok("sql", "-e", "CREATE TABLE x.texts (id VARCHAR, price DECIMAL(9,2), sold VARCHAR)")
    (tmp_path / "few.xml").write_text("<r><x id='1'><price>1.10</price><sold>02</sold></x></r>")
    tarn.ok("load", tmp_path / "few.xml", "--into", "x.texts", "--mode", "append")
    assert tarn.sql("SELECT * FROM x.texts") == [{"id": "1", "price": 1.1, "sold": "02"}], "as the table's types"


def test_xml_through_the_api_in_both_dialects(api, tarn, tmp_path):
    (tmp_path / "books.xml").write_bytes(BOOKS)
    answer = api.ok("/load/file", filePath=str(tmp_path / "books.xml"), tableName="books", namespace="x", rowElement="book")
    assert answer["format"] == "xml" and answer["rows"] == 2
    answer = api.ok("/load/file", file_path=str(tmp_path / "books.xml"), table="x.books", row_element="book", format="xml")
    assert answer["mode"] == "append" and tarn.value("SELECT count(*) FROM x.books") == 4
    assert "--row-element" in api.fails("/load/file", 400, file_path=str(tmp_path / "books.xml"), table="x.no", row_element="car")
    assert "takes no option json_path" in api.fails("/load/file", 400, file_path=str(tmp_path / "books.xml"), table="x.no", jsonPath="a")


@pytest.mark.parametrize("xml, part", [
    ("<r><x><a>1</a></x><y/></r>", "--row-element"),
    ("<r>\n<x>1</x>\n<x>", "in line 3"),
    ("<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;'>]><r><x>&c;</x></r>",
     "ENTITY"),
    ("<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><r><x>&a;</x></r>", "ENTITY"),
    ("<!DOCTYPE r [<!ENTITY a '" + "x" * 1000 + "'>]><r><x k='" + "&a;" * 1000 + "'/></r>", "ENTITY"),
    ("<r/>", "--row-element"),
])
def test_xml_that_is_refused(tarn, tmp_path, xml, part):
    (tmp_path / "t.xml").write_text(xml)
    message = tarn.fails("load", tmp_path / "t.xml", "--into", "x.t")
    assert part in message and str(tmp_path / "t.xml") in message and "root:" not in message


def test_xml_memory_does_not_grow_with_the_file(tarn, tmp_path):
    peaks = []
    for name, rows in (("small", 20_000), ("large", 200_000)):
        with open(tmp_path / f"{name}.xml", "w") as out:
            out.write("<r>")
            for i in range(rows):
                out.write(f"<x id='{i}'><name>name of {i}</name><v>{i}.5</v><tag>a</tag><tag>b{i % 7}</tag></x>\n")
            out.write("</r>")
        peaks.append(peak_mb(tarn, "load", tmp_path / f"{name}.xml", "--into", f"x.{name}"))
        assert tarn.value(f"SELECT count(*) FROM x.{name}") == rows
    assert peaks[1] < peaks[0] + 250, peaks


# ---- Excel

def sales(path):
    write_workbook(path, {
        "Sales": row(1, cell("A1", "id"), cell("B1", 0, kind="s"), cell("C1", "day"), cell("D1", "at"), cell("E1", "rate"),
                     cell("F1", "ok"), cell("G1", "mixed"), cell("H1", "took"))
        + row(2, cell("A2", 1), cell("B2", 1, kind="s"), cell("C2", 45000, 1), cell("D2", 45000.5, 2), cell("E2", "0.30000000000000004", kind="n"),
              cell("F2", True), cell("G2", 7), cell("H2", 1.5, 4))
        + row(3, cell("A3", "2.0000000000000000E0", kind="n"), cell("C3", 45001, 3), cell("E3", "#DIV/0!", kind="e"), cell("G3", "seven"))
        + row(5, cell("A5", 3), cell("B5", " kept "), cell("K5", "beside")),
        "Plain & more": row(2, cell("B2", 5), cell("C2", "x")) + row(3, cell("B3", 6))},
        shared=["<t>name</t>", "<r><t>rich </t></r><r><rPr><b/></rPr><t>text</t></r><rPh sb='0' eb='1'><t>spoken</t></rPh>"],
        more='<mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>')


def test_excel_types_dates_and_errors(tarn, tmp_path):
    sales(tmp_path / "sales.xlsx")
    answer = tarn.json("load", tmp_path / "sales.xlsx", "--into", "e.sales")
    assert answer["format"] == "excel" and "errors" in answer["note"] and "null: 1" in answer["note"]
    assert columns_of(answer) == {"id": "long", "name": "string", "day": "date", "at": "timestamp", "rate": "double", "ok": "boolean",
                                  "mixed": "string", "took": "double", "K": "string"}
    rows = tarn.sql("SELECT * FROM e.sales ORDER BY id")
    assert rows[0] == {"id": 1, "name": "rich text", "day": "2023-03-15", "at": "2023-03-15T12:00:00", "rate": 0.30000000000000004,
                       "ok": True, "mixed": "7", "took": 1.5, "K": None}
    assert rows[1] == {"id": 2, "name": None, "day": "2023-03-16", "at": None, "rate": None, "ok": None, "mixed": "seven",
                       "took": None, "K": None}, "a merged cell's value is in its first cell"
    assert rows[2]["name"] == " kept " and rows[2]["K"] == "beside"
    write_workbook(tmp_path / "mac.xlsx", {"S": row(1, cell("A1", "d")) + row(2, cell("A2", 0, 1))}, is_since_1904=True)
    tarn.ok("load", tmp_path / "mac.xlsx", "--into", "e.mac")
    assert tarn.sql("SELECT * FROM e.mac") == [{"d": "1904-01-01"}]


def test_excel_sheets_ranges_and_headers(api, tarn, tmp_path):
    sales(tmp_path / "sales.xlsx")
    path = str(tmp_path / "sales.xlsx")
    assert tarn.json("load", path, "--into", "e.plain", "--sheet", "plain & MORE")["rows_loaded"] == 2
    assert tarn.sql("SELECT * FROM e.plain ORDER BY B") == [{"B": 5, "C": "x"}, {"B": 6, "C": None}], "no header: letters"
    answer = api.ok("/load/file", filePath=path, tableName="part", namespace="e", sheet="Sales", range="A1:B3", lineage=False)
    assert answer["columns"] == ["id", "name"] and answer["rows"] == 2
    answer = api.ok("/load/file", file_path=path, table="e.rows", range="A2:C", options={"header": False}, lineage=False)
    assert answer["columns"] == ["A", "B", "C"] and answer["rows"] == 3
    assert "Sales, Plain & more" in api.fails("/load/file", 400, file_path=path, table="e.no", sheet="Nope")
    assert "A3:F200" in tarn.fails("load", path, "--into", "e.no", "--option", "range=3:4")
    assert "takes no option delimiter" in tarn.fails("load", path, "--into", "e.no", "--option", "delimiter=;")
    sent = api.upload("sales.xlsx", (tmp_path / "sales.xlsx").read_bytes())
    assert api.ok("/load/file", file_path=sent["path"], table="e.sent")["rows"] == 3


def test_excel_that_is_refused(tarn, tmp_path):
    (tmp_path / "old.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert "password" in tarn.fails("load", tmp_path / "old.xlsx", "--into", "e.t")
    (tmp_path / "text.xlsx").write_bytes(CSV)
    assert "damaged" in tarn.fails("load", tmp_path / "text.xlsx", "--into", "e.t")
    with zipfile.ZipFile(tmp_path / "zip.xlsx", "w") as out:
        out.writestr("a.csv", CSV)
    assert "no sheets" in tarn.fails("load", tmp_path / "zip.xlsx", "--into", "e.t")
    write_workbook(tmp_path / "wild.xlsx", {"S": row(1, cell("A1", 5, kind="s"))})
    assert "does not have" in tarn.fails("load", tmp_path / "wild.xlsx", "--into", "e.t")
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as out:
        with zipfile.ZipFile(tmp_path / "wild.xlsx") as old:
            for name in old.namelist():
                if "sharedStrings" not in name:
                    out.writestr(name, old.read(name))
        with out.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            part.write(b"<sst>")
            for _ in range(700):
                part.write((b"<si><t>" + b"x" * 1_000 + b"</t></si>") * 1_000)
            part.write(b"</sst>")
    assert "MiB" in tarn.fails("load", tmp_path / "bomb.xlsx", "--into", "e.t")


# ---- packed files

def zip_of(members, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def tar_of(members, mode):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


MORE = b"id,name\n3,c\n"
TWO = {"2024/a.csv": CSV, "2024/deep/b.csv.bz2": bz2.compress(MORE), "__MACOSX/._a.csv": b"\0", "_SUCCESS": b""}


@pytest.mark.parametrize("name, data, rows", [
    ("t.csv.gz", gzip.compress(CSV), 2), ("t.csv.zst", zstandard.compress(CSV), 2), ("t.csv.bz2", bz2.compress(CSV), 2),
    ("twice.csv.bz2", bz2.compress(CSV) + bz2.compress(b"3,c\n"), 3), ("t.csv.xz", lzma.compress(CSV), 2),
    ("no-name-at-all", bz2.compress(CSV), 2), ("no-name-gzip", gzip.compress(CSV), 2),
    ("t.zip", zip_of(TWO), 3), ("t.tar", tar_of(TWO, "w"), 3), ("t.tgz", tar_of(TWO, "w:gz"), 3), ("t.tar.xz", tar_of(TWO, "w:xz"), 3),
    ("out.zip", zip_of({"../../../a.csv": CSV, "/etc/b.csv": MORE}), 3), ("zips.zip", zip_of({"a.zip": zip_of(TWO)}), 3),
    ("t.json.bz2", bz2.compress(b'{"id": 1, "name": "a"}\n'), 1), ("t.jsonl.zip", zip_of({"a.jsonl": b'{"id": 1, "name": "a"}\n'}), 1),
    ("t.xml.gz", gzip.compress(b"<r><x><id>1</id><name>a</name></x></r>"), 1),
    ("t.xml.zip", zip_of({"a.xml": b"<r><x><id>1</id><name>a</name></x></r>"}), 1),
])
def test_packed_files(tarn, tmp_path, name, data, rows):
    (tmp_path / name).write_bytes(data)
    answer = tarn.json("load", tmp_path / name, "--into", "p.t")
    assert answer["rows_loaded"] == rows and columns_of(answer) == {"id": "long", "name": "string"}
    assert tarn.value("SELECT name FROM p.t WHERE id = 1") == "a"


def test_packed_parquet_and_several_packed_files(tarn, tmp_path):
    out = io.BytesIO()
    pq.write_table(pa.table({"id": [1, 2], "name": ["a", "b"]}), out)
    (tmp_path / "t.parquet.gz").write_bytes(gzip.compress(out.getvalue()))
    assert tarn.json("load", tmp_path / "t.parquet.gz", "--into", "p.a")["rows_loaded"] == 2
    (tmp_path / "d").mkdir()
    (tmp_path / "d/a.csv.gz").write_bytes(gzip.compress(CSV))
    (tmp_path / "d/b.csv.bz2").write_bytes(bz2.compress(MORE))
    (tmp_path / "d/c.zip").write_bytes(zip_of({"x/c.csv": b"id,name\n4,d\n"}))
    assert tarn.json("load", tmp_path / "d", "--into", "p.b")["rows_loaded"] == 4


def test_members_of_an_archive_by_pattern(api, tarn, tmp_path):
    (tmp_path / "t.zip").write_bytes(zip_of({"readme.json": b"{}", "d/a.csv": CSV, "d/b.csv": MORE}))
    message = tarn.fails("load", tmp_path / "t.zip", "--into", "p.t")
    assert "several formats" in message and f"{tmp_path}/t.zip/d/a.csv" in message
    assert tarn.json("load", tmp_path / "t.zip", "--into", "p.t", "--option", "members=*.csv")["rows_loaded"] == 3
    assert api.ok("/load/file", filePath=str(tmp_path / "t.zip"), tableName="p.u", options={"members": "d/b.csv"})["rows"] == 1
    assert "matches" in tarn.fails("load", tmp_path / "t.zip", "--into", "p.v", "--option", "members=*.xml")


def test_packed_files_that_are_refused(tarn, tmp_path):
    def refused(name, data):
        (tmp_path / name).write_bytes(data)
        message = tarn.fails("load", tmp_path / name, "--into", "p.t")
        assert f"{tmp_path}/{name}" in message and "/tarn-" not in message
        return message
    packed = bz2.compress(b"".join(b"%d,x\n" % i for i in range(50_000)))
    assert "damaged" in refused("cut.csv.bz2", packed[:len(packed) // 2])
    assert "damaged" in refused("odd.csv.bz2", packed + b"more")
    broken = bytearray(zip_of({"a.csv": b"".join(b"%d,x\n" % i for i in range(50_000))}))
    broken[len(broken) // 2] ^= 0xff
    assert "damaged" in refused("broken.zip", bytes(broken))
    locked = bytearray(zip_of({"a.csv": CSV}))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert "password" in refused("locked.zip", bytes(locked))
    assert "no file in it" in refused("empty.zip", zip_of({"d/": b""}))
    assert "same place" in refused("same.zip", zip_of({"a.csv": CSV, "./a.csv": CSV}))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w", force_zip64=True) as member:
        for _ in range(1_100):
            member.write(b"0" * (1 << 20))
    assert "unpacks to more than 1073741824 bytes" in refused("bomb.zip", out.getvalue())
    assert "p.t" not in tarn.tables()


# ---- CSV

@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1", "windows-1252", "utf-16", "utf-16-le", "iso8859-15", "shift_jis", "cp437"])
def test_encodings(tarn, tmp_path, encoding):
    word = "日本" if encoding == "shift_jis" else "Müller"
    (tmp_path / "t.csv").write_bytes(f"id,name\n1,{word}\n2,b\n".encode(encoding))
    options = [] if encoding in ("utf-8-sig", "utf-16") else ["--encoding", encoding]
    assert tarn.json("load", tmp_path / "t.csv", "--into", "c.t", *options)["rows_loaded"] == 2
    assert tarn.sql("SELECT * FROM c.t ORDER BY id") == [{"id": 1, "name": word}, {"id": 2, "name": "b"}]


@pytest.mark.parametrize("name, pack", [("t.csv.gz", gzip.compress), ("t.json.gz", gzip.compress), ("no-name", gzip.compress),
                                        ("t.tgz", lambda data: tar_of({"a.csv": data}, "w:gz"))])
def test_gzip_that_is_damaged_or_cut_off(tarn, tmp_path, name, pack):
    """Nothing is loaded of what is not what was packed, whoever unpacks it."""
    rows = (b'{"id": %d}\n' if "json" in name else b"%d,x\n")
    sound = pack(b"".join(rows % (i * 7) for i in range(50_000)))
    wrong = bytearray(sound)
    wrong[-8] ^= 1  # of the checksum
    for what, data in (("checksum", bytes(wrong)), ("length", sound[:-4] + bytes(4)), ("no trailer", sound[:-8]), ("half", sound[:len(sound) // 2])):
        (tmp_path / name).write_bytes(data)
        message = tarn.fails("load", tmp_path / name, "--into", "g.t")
        assert "damaged or cut off" in message and str(tmp_path / name) in message, (what, message)
    assert tarn.tables() == []
    (tmp_path / name).write_bytes(sound)
    assert tarn.json("load", tmp_path / name, "--into", "g.t")["rows_loaded"] >= 49_999


@pytest.mark.parametrize("name, pack", [("t.zip", lambda data: zip_of({"a.csv": data})), ("t.tgz", lambda data: tar_of({"a.csv": data}, "w:gz")),
                                        ("t.csv.bz2", bz2.compress)])
def test_a_disk_that_fills_up_while_an_archive_is_unpacked(tarn, tmp_path, name, pack):
    """The error says so, and neither a table nor a file is left."""
    (tmp_path / name).write_bytes(pack(b"".join(b"%d,a row of some length\n" % i for i in range(200_000))))
    spool = tmp_path / "spool"
    spool.mkdir()
    tarn.ok("sql", "-e", "CREATE SCHEMA g")
    room = 2 << 20
    done = subprocess.run(tarn.command("load", tmp_path / name, "--into", "g.t"), capture_output=True, text=True, timeout=60,
                          env={**os.environ, "TMPDIR": str(spool)}, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)))
    assert done.returncode == 1, done.stderr
    assert "Cannot write" in done.stderr and str(tmp_path / name) in done.stderr and str(spool) not in done.stderr, done.stderr
    assert list(spool.iterdir()) == [] and tarn.tables() == []
    assert tarn.json("load", tmp_path / name, "--into", "g.t", env={"TMPDIR": str(spool)})["rows_loaded"] >= 199_999
    assert list(spool.iterdir()) == []


def test_encodings_that_are_wrong_or_unknown(api, tarn, tmp_path):
    (tmp_path / "t.csv").write_bytes("id,name\n1,Müller\n".encode("latin-1"))
    message = tarn.fails("load", tmp_path / "t.csv", "--into", "c.t")
    assert "utf-8" in message and "encoding=windows-1252" in message
    assert "Byte 11 is not in the encoding shift_jis" in tarn.fails("load", tmp_path / "t.csv", "--into", "c.t", "--encoding", "shift_jis")
    assert "klingon" in tarn.fails("load", tmp_path / "t.csv", "--into", "c.t", "--encoding", "klingon")
    assert "Unknown encoding" in tarn.fails("load", tmp_path / "t.csv", "--into", "c.t", "--encoding", "latin1//IGNORE")
    assert api.ok("/load/file", filePath=str(tmp_path / "t.csv"), tableName="c.t", encoding="latin1")["rows"] == 1
    assert api.ok("/load/file", file_path=str(tmp_path / "t.csv"), table="c.t", options={"encoding": "cp1252"})["rows"] == 1
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress((tmp_path / "t.csv").read_bytes()))
    assert api.ok("/load/file", file_path=str(tmp_path / "t.csv.gz"), table="c.t", encoding="latin1")["rows"] == 1
    assert tarn.sql("SELECT DISTINCT name FROM c.t") == [{"name": "Müller"}]
    (tmp_path / "t.json").write_bytes('{"name": "Müller"}\n'.encode("utf-16"))
    tarn.ok("load", tmp_path / "t.json", "--into", "c.j")
    assert tarn.sql("SELECT * FROM c.j") == [{"name": "Müller"}]


def test_a_large_file_in_another_encoding(tarn, tmp_path):
    """Characters that two blocks share."""
    with open(tmp_path / "t.csv", "w", encoding="utf-16") as out:
        out.write("id,name\n")
        for i in range(120_000):
            out.write(f"{i},ä{'x' * (i % 13)}\U0001f600\n")
    tarn.ok("load", tmp_path / "t.csv", "--into", "c.t")
    assert tarn.sql("SELECT count(*) n, sum(length(name)) s, count(DISTINCT right(name, 1)) d FROM c.t") == [
        {"n": 120_000, "s": 2 * 120_000 + sum(i % 13 for i in range(120_000)), "d": 1}]


GERMAN = "Bericht;;\nerstellt heute;;\nname;wert;tag\n'Müller; M';1.234,5;31.12.2024\n-;0,25;01.01.2025\n# das war es\n"
GERMAN_OPTIONS = {"skip": 2, "quote": "'", "decimal_separator": ",", "thousands": ".", "dateformat": "%d.%m.%Y", "nullstr": "-",
                  "comment": "#", "delimiter": ";", "header": True}


def test_csv_options_in_all_three_ways(api, tarn, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(GERMAN)
    expected = [{"name": "Müller; M", "wert": 1234.5, "tag": "2024-12-31"}, {"name": None, "wert": 0.25, "tag": "2025-01-01"}]
    texts = {name: json.dumps(value) if isinstance(value, bool) else str(value) for name, value in GERMAN_OPTIONS.items()}
    tarn.ok("load", path, "--into", "c.a", *(part for pair in texts.items() for part in ("--option", "=".join(pair))))
    api.ok("/load/file", filePath=str(path), tableName="c.b", options=GERMAN_OPTIONS, lineage=False)
    camel = {"decimalSeparator" if name == "decimal_separator" else name: value for name, value in GERMAN_OPTIONS.items()}
    api.ok("/load/file", file_path=str(path), table="c.d", options=camel, lineage=False)
    for table in "abd":
        assert tarn.sql(f"SELECT * FROM c.{table} ORDER BY wert DESC") == expected, table


def test_rejected_rows_of_a_packed_file_name_its_member(tarn, tmp_path):
    rows = "".join(f"{i},x\n" for i in range(30_000))
    (tmp_path / "t.zip").write_bytes(zip_of({"d/a.csv": "id,name\n" + rows + "oops,y\n"}))
    tarn.ok("load", tmp_path / "t.zip", "--into", "c.t", "--reject-to", tmp_path / "no.csv")
    line = (tmp_path / "no.csv").read_text().splitlines()[1]
    assert line.startswith(f"{tmp_path}/t.zip/d/a.csv,30002,id,") and "oops" in line


# ---- JSON

def test_json_records_at_a_path(api, tarn, tmp_path):
    (tmp_path / "t.json").write_text('{"meta": {"n": 2}, "data": {"items": [{"id": 1, "x": {"y": [1, 2]}}, {"id": 2, "s": "\\u00e9"}]}}')
    path = str(tmp_path / "t.json")
    assert tarn.json("load", path, "--into", "j.t", "--json-path", "data.items")["rows_loaded"] == 2
    assert tarn.sql("SELECT * FROM j.t ORDER BY id") == [
        {"id": 1, "x": {"y": [1, 2]}, "s": None}, {"id": 2, "x": None, "s": "é"}]
    assert api.ok("/load/file", filePath=path, tableName="j.t", jsonPath="$.data.items[*]")["rows"] == 2
    assert api.ok("/load/file", file_path=path, table="j.t", json_path="data.items")["rows"] == 2
    assert api.ok("/load/file", file_path=path, table="j.m", json_path="meta", format="json")["columns"] == ["n"]
    message = tarn.fails("load", path, "--into", "j.u", "--json-path", "data.none")
    assert "data.none" in message and path in message
    assert "data[" in tarn.fails("load", path, "--into", "j.u", "--json-path", "data[")
    (tmp_path / "cut.json").write_text('{"data": [{"id": 1}, {"id"')
    assert "at byte 27" in tarn.fails("load", tmp_path / "cut.json", "--into", "j.u", "--json-path", "data")


def test_json_memory_does_not_grow_with_the_array(tarn, tmp_path):
    peaks = []
    for name, rows in (("small", 50_000), ("large", 500_000)):
        with open(tmp_path / f"{name}.json", "w") as out:
            out.write('{"data": [')
            out.write(",\n".join(f'{{"id": {i}, "name": "name of {i}", "v": {i}.25}}' for i in range(rows)))
            out.write("]}")
        peaks.append(peak_mb(tarn, "load", tmp_path / f"{name}.json", "--into", f"j.{name}", "--json-path", "data"))
        assert tarn.sql(f"SELECT count(*) n, sum(id) s FROM j.{name}") == [{"n": rows, "s": rows * (rows - 1) // 2}]
    assert peaks[1] < peaks[0] + 250, peaks


def test_nothing_stays_in_the_temporary_directory(tarn, tmp_path):
    (tmp_path / "tmp").mkdir()
    (tmp_path / "t.zip").write_bytes(zip_of({"a.xml": b"<r><x><id>1</id></x></r>"}))
    (tmp_path / "bad.zip").write_bytes(zip_of({"a.xml": b"<r><x><id>1</id></x>"}))
    env = {"TMPDIR": str(tmp_path / "tmp")}
    tarn.ok("load", tmp_path / "t.zip", "--into", "p.t", env=env)
    assert f"{tmp_path}/bad.zip/a.xml" in tarn.fails("load", tmp_path / "bad.zip", "--into", "p.u", env=env)
    assert list((tmp_path / "tmp").iterdir()) == []
