"""Trino on Tarn's tables: through the REST catalog with sign-in, on this disk and on S3 with the keys that the catalog
gives, and through the endpoint for Hive Metastore clients. Tarn must see what Trino did, and Trino what Tarn did.

Of the ways to files Trino knows vended credentials only; there is no remote signing in it to be tried.
"""
import contextlib
import dataclasses
import json
import time

import pytest
from test_vending import RecordingProxy, moto_server, sessions_of, sts_settings
from trino_server import Trino, TrinoError


@dataclasses.dataclass
class Place:
    """A Tarn that serves, and Trino with a catalog on it, of the name that Tarn calls its own."""
    tarn: object
    server: object
    trino: Trino
    name: str
    store: RecordingProxy = None

    def schema(self, name):
        """A new schema; the beginning of its tables' names."""
        self.trino.sql(f"CREATE SCHEMA {self.name}.{name}")
        return f"{self.name}.{name}."

    def sql(self, statement):
        return self.trino.sql(statement)

    def value(self, statement):
        return self.trino.value(statement)

    def by_tarn(self, statement):
        return [list(row.values()) for row in self.tarn.sql(statement)]

    def change_by_tarn(self, *statements):
        self.tarn.ok("sql", "-e", ";\n".join(statements))

    def same(self, query, expected):
        """Both see these rows."""
        assert (self.sql(query), self.by_tarn(query)) == (expected, expected)


@contextlib.contextmanager
def served(programs, trino, folder, name, settings, properties=None, *options):
    """A server that asks who calls, whose tokens do not last as long as the tests, and Trino's catalog on it."""
    make_tarn, make_server = programs
    tarn = make_tarn(folder / "home")
    user = tarn.json("user", "add", "trino", "--service")
    (tarn.home / "tarn.yaml").write_text(json.dumps(
        {"log.level": "info", "auth.enabled": True, "auth.token_lifetime": "5s", "catalog.name": name} | settings))
    server = make_server(tarn, *options)
    try:
        rest = {"iceberg.catalog.type": "rest", "iceberg.rest-catalog.uri": server.catalog_uri,
                "iceberg.rest-catalog.warehouse": name, "iceberg.rest-catalog.security": "OAUTH2",
                "iceberg.rest-catalog.oauth2.server-uri": f"{server.catalog_uri}/v1/oauth/tokens",
                "iceberg.rest-catalog.oauth2.credential": f'{user["client_id"]}:{user["client_secret"]}'}
        with trino.attached_iceberg(name, rest | (properties or {})):
            yield Place(tarn, server, trino, name)
    finally:
        assert server.stop() == 0, server.log()


@pytest.fixture(scope="module")
def local(programs, trino, tmp_path_factory):
    """Files on this disk; Trino's catalog may do everything at once that it otherwise does after days."""
    eager = {"iceberg.expire-snapshots.min-retention": "0s", "iceberg.remove-orphan-files.min-retention": "0s",
             "iceberg.register-table-procedure.enabled": "true"}
    with served(programs, trino, tmp_path_factory.mktemp("local"), "iceberg", {}, eager) as place:
        yield place


@pytest.fixture(scope="module")
def stored(programs, trino, tmp_path_factory):
    """Files on S3, for which neither Trino nor its catalog has keys. Trino takes what comes with a session's token only, so
    the keys are those of sessions."""
    with moto_server() as store:
        access = {"fs.native-s3.enabled": "true", "s3.endpoint": store.endpoint, "s3.region": "us-east-1",
                  "s3.path-style-access": "true", "iceberg.rest-catalog.vended-credentials-enabled": "true"}
        with served(programs, trino, tmp_path_factory.mktemp("stored"), "stored", sts_settings(store), access) as place:
            place.store = store
            yield place


PEOPLE = "SELECT count(*) AS n, sum(id) AS ids, count(note) AS notes FROM "


@pytest.mark.parametrize("kind", ["local", "stored"])
def test_rows_of_a_partitioned_table(kind, request):
    place = request.getfixturevalue(kind)
    t = place.schema("shop") + "orders"
    place.sql(f"CREATE TABLE {t} (id bigint, day date, note varchar) "
              "WITH (partitioning = ARRAY['month(day)', 'bucket(id, 4)'], sorted_by = ARRAY['id'])")
    assert place.sql(f"INSERT INTO {t} SELECT n, date_add('day', n % 60, DATE '2026-01-01'), NULL "
                     "FROM UNNEST(sequence(0, 29)) AS u(n)") == [[30]]
    assert place.sql(f"UPDATE {t} SET note = 'changed' WHERE id IN (3, 4)") == [[2]]
    assert place.sql(f"DELETE FROM {t} WHERE id % 10 = 0") == [[3]]
    assert place.sql(f"MERGE INTO {t} o USING (VALUES (1, 'seen'), (99, 'new'), (2, NULL)) s(id, note) ON o.id = s.id "
                     "WHEN MATCHED AND s.note IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET note = s.note "
                     "WHEN NOT MATCHED THEN INSERT VALUES (s.id, DATE '2026-03-01', s.note)") == [[3]]
    place.same(PEOPLE + t, [[27, 502, 4]])
    # Trino wrote position deletes; Tarn adds its own, and both go on from there.
    assert dict(place.sql(f'SELECT content, count(*) FROM {t.replace("orders", "")}"orders$files" GROUP BY 1'))[1] > 0
    place.change_by_tarn(
        f"UPDATE {t} SET note = 'tarn' WHERE id BETWEEN 5 AND 7", f"DELETE FROM {t} WHERE id = 29",
        f"MERGE INTO {t} AS o USING (SELECT 8 AS id UNION ALL SELECT 77) AS s ON o.id = s.id WHEN MATCHED THEN UPDATE SET "
        "note = 'merged' WHEN NOT MATCHED THEN INSERT (id, day, note) VALUES (s.id, DATE '2026-04-01', 'made')")
    place.same(PEOPLE + t, [[27, 550, 9]])
    assert place.sql(f"DELETE FROM {t} WHERE note = 'tarn'") == [[3]]
    assert place.sql(f"INSERT INTO {t} VALUES (200, DATE '2026-05-05', 'late')") == [[1]]
    place.same(PEOPLE + t, [[25, 732, 7]])
    place.same(f"SELECT id, day, note FROM {t} WHERE note IS NOT NULL ORDER BY id", [
        [1, "2026-01-02", "seen"], [3, "2026-01-04", "changed"], [4, "2026-01-05", "changed"], [8, "2026-01-09", "merged"],
        [77, "2026-04-01", "made"], [99, "2026-03-01", "new"], [200, "2026-05-05", "late"]])
    place.sql(f"CREATE TABLE {t}_copy WITH (format = 'ORC') AS SELECT id, note FROM {t}")
    assert place.value(f"SELECT count(*) FROM {t}_copy") == 25
    place.sql(f"CREATE OR REPLACE TABLE {t}_copy AS SELECT id FROM {t} WHERE id > 25")
    place.same(f"SELECT * FROM {t}_copy ORDER BY 1", [[26], [27], [28], [77], [99], [200]])
    place.sql(f"DROP TABLE {t}_copy")
    assert place.tarn.tables() == ["shop.orders"]
    if kind == "stored":  # where Trino asked for nothing without a key, and had no other one
        given = {key for _, key in sessions_of(place.store)}
        assert {e.key_id() for e in place.store.exchanges if e.path.startswith("/lake")} == given
        assert any(e.method == "PUT" and e.status == 200 for e in place.store.exchanges)


def test_tables_evolve(local):
    t = local.schema("evolving") + "items"
    local.sql(f"CREATE TABLE {t} (id integer, amount real, gone varchar, place row(city varchar), kind varchar) "
              "COMMENT 'by Trino' WITH (partitioning = ARRAY['kind'], format_version = 1)")
    local.sql(f"INSERT INTO {t} VALUES (1, REAL '1.5', 'x', row('Ulm'), 'a'), (2, REAL '2.5', 'y', row('Bonn'), 'b')")
    for change in ["SET PROPERTIES partitioning = ARRAY['bucket(id, 4)'], format_version = 2",
                   "ALTER COLUMN id SET DATA TYPE bigint", "ALTER COLUMN amount SET DATA TYPE double",
                   "RENAME COLUMN id TO key", "DROP COLUMN gone", "ADD COLUMN place.zip varchar",
                   "RENAME COLUMN place.city TO town", "ADD COLUMN note varchar COMMENT 'late'",
                   "SET PROPERTIES sorted_by = ARRAY['key']"]:
        local.sql(f"ALTER TABLE {t} {change}")
    local.sql(f"INSERT INTO {t} VALUES (5000000000, 1e300, row('Köln', '50667'), 'c', 'late')")
    rows = "SELECT key, amount, place.town, place.zip, note FROM "
    local.same(f"{rows}{t} ORDER BY key", [[1, 1.5, "Ulm", None, None], [2, 2.5, "Bonn", None, None],
                                           [5000000000, 1e300, "Köln", "50667", "late"]])
    local.change_by_tarn(f"ALTER TABLE {t} ADD COLUMN by_tarn date", f"ALTER TABLE {t} RENAME COLUMN amount TO total",
                         f"ALTER TABLE {t} DROP COLUMN note", f"DELETE FROM {t} WHERE key = 1")
    assert local.sql(f"DESCRIBE {t}") == [
        ["key", "bigint", "", ""], ["total", "double", "", ""], ["place", "row(town varchar, zip varchar)", "", ""],
        ["kind", "varchar", "", ""], ["by_tarn", "date", "", ""]]
    local.same(f"SELECT key, total, by_tarn FROM {t} ORDER BY key", [[2, 2.5, None], [5000000000, 1e300, None]])
    local.sql(f"ALTER TABLE {t} RENAME TO {local.name}.evolving.things")
    assert "evolving.things" in local.tarn.tables() and "evolving.items" not in local.tarn.tables()
    metadata = local.tarn.json("table", "show", "evolving.things")
    assert metadata["properties"]["comment"] == "by Trino"


def test_views(local):
    schema = local.schema("seen")
    local.sql(f"CREATE TABLE {schema}base AS SELECT n AS id, 'n' || CAST(n AS varchar) AS name "
              "FROM UNNEST(sequence(1, 9)) u(n)")
    local.sql(f"CREATE VIEW {schema}late COMMENT 'the last' AS SELECT id, name FROM {schema}base WHERE id > 7")
    local.same(f"SELECT id, name FROM {schema}late ORDER BY id", [[8, "n8"], [9, "n9"]])
    local.sql(f"CREATE OR REPLACE VIEW {schema}late AS SELECT id FROM {schema}base WHERE id > 8")
    local.same(f"SELECT * FROM {schema}late", [[9]])
    with pytest.raises(TrinoError, match="already exists"):
        local.sql(f"CREATE VIEW {schema}base AS SELECT 1 AS one")
    local.sql(f"ALTER VIEW {schema}late RENAME TO {schema}last")
    assert local.sql(f"SELECT table_name, table_type FROM {local.name}.information_schema.tables "
                     "WHERE table_schema = 'seen' ORDER BY 1") == [["base", "BASE TABLE"], ["last", "VIEW"]]
    local.sql(f"DROP VIEW {schema}last")
    assert local.sql(f"SHOW TABLES FROM {schema[:-1]}") == [["base"]]
    # A view of Tarn's is in Tarn's words: Trino says so.
    local.change_by_tarn(f"CREATE VIEW {schema}ours AS SELECT id FROM {schema}base")
    with pytest.raises(TrinoError, match="unsupported dialect"):
        local.sql(f"SELECT * FROM {schema}ours")


def test_history_and_metadata_tables(local):
    schema = local.schema("past")
    t = f"{schema}log"
    local.sql(f"CREATE TABLE {t} AS SELECT 1 AS id")
    local.sql(f"INSERT INTO {t} VALUES 2")
    before = local.value("SELECT date_format(current_timestamp, '%Y-%m-%d %H:%i:%s.%f') || ' UTC'")
    time.sleep(0.01)
    local.change_by_tarn(f"INSERT INTO {t} VALUES (3)", f"ALTER TABLE {t} CREATE BRANCH audit",
                         f"ALTER TABLE {t} CREATE TAG v1", f"DELETE FROM {t} WHERE id = 1")
    snapshots = local.sql(f'SELECT snapshot_id, operation FROM {schema}"log$snapshots" ORDER BY committed_at')
    assert [operation for _, operation in snapshots] == ["append", "append", "append", "delete"]
    first = snapshots[0][0]
    for query, ids in {f"FOR VERSION AS OF {first}": [1], f"FOR TIMESTAMP AS OF TIMESTAMP '{before}'": [1, 2],
                       "FOR VERSION AS OF 'audit'": [1, 2, 3], "FOR VERSION AS OF 'v1'": [1, 2, 3], "": [2, 3]}.items():
        assert local.sql(f"SELECT id FROM {t} {query} ORDER BY id") == [[i] for i in ids], query
    local.same(f"SELECT id FROM {t} FOR VERSION AS OF {first}", [[1]])
    assert local.sql(f'SELECT name, type FROM {schema}"log$refs" ORDER BY name') == [
        ["audit", "BRANCH"], ["main", "BRANCH"], ["v1", "TAG"]]
    counted = {name: local.value(f'SELECT count(*) FROM {schema}"log${name}"')
               for name in ("history", "snapshots", "manifests", "all_manifests", "files", "entries", "metadata_log_entries",
                            "partitions", "properties")}
    assert counted["history"] == counted["snapshots"] == 4 and 0 not in counted.values(), counted
    assert local.value(f'SELECT sum(record_count) FROM {schema}"log$files" WHERE content = 0') == 2
    local.sql(f"ALTER TABLE {t} EXECUTE rollback_to_snapshot({first})")
    local.same(f"SELECT id FROM {t}", [[1]])


def test_maintenance(local):
    schema = local.schema("kept")
    t = f"{schema}events"
    local.sql(f"CREATE TABLE {t} (id bigint, day date) WITH (partitioning = ARRAY['day'])")
    for i in range(4):
        local.sql(f"INSERT INTO {t} VALUES ({i}, DATE '2026-01-01'), ({i + 100}, DATE '2026-01-02')")
    local.sql(f"DELETE FROM {t} WHERE id = 3")
    local.sql(f"ALTER TABLE {t} EXECUTE optimize")
    assert local.sql(f'SELECT content, count(*), sum(record_count) FROM {schema}"events$files" GROUP BY 1') == [[0, 2, 7]]
    local.sql(f"ALTER TABLE {t} EXECUTE optimize_manifests")
    local.sql(f"ALTER TABLE {t} EXECUTE expire_snapshots(retention_threshold => '0s')")
    assert local.value(f'SELECT count(*) FROM {schema}"events$snapshots"') == 1
    files = [path for path in local.tarn.data_files() if "/kept/" in str(path)]
    assert len(files) == 2
    orphan = files[0].with_name("orphan.parquet")
    orphan.write_bytes(b"of nobody")
    local.sql(f"ALTER TABLE {t} EXECUTE remove_orphan_files(retention_threshold => '0s')")
    assert [path for path in local.tarn.data_files() if "/kept/" in str(path)] == files
    local.sql(f"ANALYZE {t}")
    figures = {row[0]: row[2] for row in local.sql(f"SHOW STATS FOR {t}")}
    assert (figures["id"], figures["day"]) == (7, 2)
    # Then Tarn's turn, on what Trino left.
    local.change_by_tarn(f"INSERT INTO {t} VALUES (7, DATE '2026-01-01')")
    local.tarn.ok("maintain", "compact", "kept.events")
    local.tarn.ok("maintain", "expire", "kept.events", "--older-than", "0s")
    local.same(f"SELECT count(*) AS n, sum(id) AS ids FROM {t}", [[8, 416]])
    assert local.value(f'SELECT count(*) FROM {schema}"events$snapshots"') == 1


def test_tables_are_registered_dropped_and_brought_back(local):
    schema = local.schema("coming")
    local.sql(f"CREATE TABLE {schema}one AS SELECT 1 AS id")
    metadata = local.tarn.json("table", "show", "coming.one")["metadata_location"]
    location, name = metadata.split("/metadata/")
    local.sql(f"CALL {local.name}.system.unregister_table('coming', 'one')")
    with pytest.raises(TrinoError, match="does not exist"):
        local.sql(f"SELECT * FROM {schema}one")
    local.sql(f"CALL {local.name}.system.register_table('coming', 'two', '{location}', '{name}')")
    local.same(f"SELECT id FROM {schema}two", [[1]])
    with pytest.raises(TrinoError, match="non-empty"):
        local.sql(f"DROP SCHEMA {schema[:-1]}")
    # Trino asks for a purge; the files wait for as long as a dropped table may come back.
    local.sql(f"DROP TABLE {schema}two")
    assert "coming.two" not in local.tarn.tables()
    local.tarn.ok("table", "undrop", "coming.two")
    local.same(f"SELECT id FROM {schema}two", [[1]])
    local.sql(f"DROP SCHEMA {schema[:-1]} CASCADE")
    assert ["coming"] not in local.sql(f"SHOW SCHEMAS FROM {local.name}")


TYPES = {
    "b boolean": ["true", True, True], "i integer": ["-2147483648", -2**31, -2**31],
    "l bigint": ["9223372036854775807", 2**63 - 1, 2**63 - 1], "f real": ["REAL '1.5'", 1.5, 1.5],
    "d double": ["-2.25e0", -2.25, -2.25],
    "dec decimal(20,4)": ["DECIMAL '1234567890123456.5000'", "1234567890123456.5000", 1234567890123456.5],
    "dt date": ["DATE '1969-12-31'", "1969-12-31", "1969-12-31"],
    "t time(6)": ["TIME '23:59:59.999999'", "23:59:59.999999", "23:59:59.999999"],
    "ts timestamp(6)": ["TIMESTAMP '1969-12-31 23:59:59.999999'", "1969-12-31 23:59:59.999999",
                        "1969-12-31T23:59:59.999999"],
    "tz timestamp(6) with time zone": ["TIMESTAMP '2024-02-29 12:00:00.000001 UTC'", "2024-02-29 12:00:00.000001 UTC",
                                       "2024-02-29T12:00:00.000001+00:00"],
    "s varchar": ["'héllo 🎉'", "héllo 🎉", "héllo 🎉"], "bin varbinary": ["X'00FF'", "AP8=", "00ff"],
    "u uuid": ["UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59'"] + ["12151fd2-7586-11e9-8f9e-2a86e4085a59"] * 2,
    "st row(a integer, c varchar)": ["ROW(1, 'x')", [1, "x"], {"a": 1, "c": "x"}],
    "ar array(integer)": ["ARRAY[1, NULL, 3]"] + [[1, None, 3]] * 2,
    "m map(varchar, double)": ["MAP(ARRAY['k', 'n'], ARRAY[1.25e0, NULL])"] + [{"k": 1.25, "n": None}] * 2}


@pytest.mark.parametrize("by", ["trino", "tarn"])
def test_all_types(by, local):
    t = local.schema(f"types_{by}") + "all_of_them"
    local.sql(f"CREATE TABLE {t} ({', '.join(TYPES)})")
    local.sql(f"INSERT INTO {t} VALUES ({', '.join(text for text, _, _ in TYPES.values())}), "
              f"({', '.join(['NULL'] * len(TYPES))})")
    if by == "tarn":
        local.sql(f"CREATE TABLE {t}_2 ({', '.join(TYPES)})")
        local.change_by_tarn(f"INSERT INTO {t}_2 SELECT * FROM {t}")
        t += "_2"
    nothing = [None] * len(TYPES)
    assert local.sql(f"SELECT * FROM {t} ORDER BY b") == [[shown for _, shown, _ in TYPES.values()], nothing]
    assert local.by_tarn(f"SELECT * FROM {t} ORDER BY b") == [[shown for _, _, shown in TYPES.values()], nothing]


def test_tarns_v3_tables(local):
    t = local.schema("third") + "t"
    local.change_by_tarn(f"CREATE TABLE {t} (id bigint) TBLPROPERTIES ('format-version' = '3')",
                         f"INSERT INTO {t} VALUES (1), (2)")
    local.sql(f"INSERT INTO {t} VALUES 3")
    local.same(f"SELECT id FROM {t} ORDER BY id", [[1], [2], [3]])
    # Its deletion vectors are too new for this Trino, which does not pass over them.
    local.change_by_tarn(f"DELETE FROM {t} WHERE id = 1")
    with pytest.raises(TrinoError, match="PUFFIN"):
        local.sql(f"SELECT id FROM {t}")


def test_who_may_not_come_in(local):
    wrong = {"iceberg.catalog.type": "rest", "iceberg.rest-catalog.uri": local.server.catalog_uri,
             "iceberg.rest-catalog.security": "OAUTH2", "iceberg.rest-catalog.oauth2.credential": "trino:wrong",
             "iceberg.rest-catalog.oauth2.server-uri": f"{local.server.catalog_uri}/v1/oauth/tokens"}
    with local.trino.attached_iceberg("stranger", wrong), pytest.raises(TrinoError) as refused:
        local.sql("SHOW SCHEMAS FROM stranger")
    assert "invalid_client" in str(refused.value)


def test_trino_renews_its_tokens(local):
    end = time.monotonic() + 20
    while local.server.log().count("path=/catalog/v1/oauth/tokens status=200") < 3:
        assert time.monotonic() < end, local.server.log()[-2000:]
        time.sleep(0.2)
    assert ["system"] in local.sql(f"SHOW SCHEMAS FROM {local.name}")


@pytest.fixture
def hive(trino, tarn, serve):
    """Trino as a client of a Hive Metastore, which is Tarn."""
    server = serve("--hive-listen", "127.0.0.1:0", settings={"catalog.name": "hive"})
    uri = server.hear(r"thrift://127\.0\.0\.1:\d+").group()
    with trino.attached_iceberg("hive", {"iceberg.catalog.type": "hive_metastore", "hive.metastore.uri": uri}):
        yield Place(tarn, server, trino, "hive")


def test_a_hive_metastore_client(hive):
    schema = hive.schema("shop")
    t = f"{schema}orders"
    hive.sql(f"CREATE TABLE {t} (id bigint, day date, note varchar) WITH (partitioning = ARRAY['month(day)'])")
    hive.sql(f"INSERT INTO {t} SELECT n, date_add('day', n, DATE '2026-01-01'), NULL FROM UNNEST(sequence(0, 39)) AS u(n)")
    hive.sql(f"UPDATE {t} SET note = 'changed' WHERE id < 2")
    hive.sql(f"DELETE FROM {t} WHERE id >= 30")
    hive.sql(f"ALTER TABLE {t} ADD COLUMN price decimal(10, 2)")
    hive.sql(f"MERGE INTO {t} o USING (VALUES (5, 1.25), (77, 2.5)) s(id, price) ON o.id = s.id "
             "WHEN MATCHED THEN UPDATE SET price = s.price "
             "WHEN NOT MATCHED THEN INSERT VALUES (s.id, DATE '2026-04-01', 'new', s.price)")
    hive.same(PEOPLE + t, [[31, 512, 3]])
    hive.change_by_tarn(f"DELETE FROM {t} WHERE id = 77", f"INSERT INTO {t} VALUES (500, DATE '2026-06-01', 'tarn', 9)")
    hive.same(PEOPLE + t, [[31, 935, 3]])
    hive.sql(f"CREATE TABLE {schema}copy AS SELECT id FROM {t}")
    hive.sql(f"ALTER TABLE {schema}copy RENAME TO {schema}second")
    hive.same(f"SELECT count(*) AS n FROM {schema}second", [[31]])
    assert hive.sql(f"SHOW TABLES FROM {schema[:-1]}") == [["orders"], ["second"]]
    hive.sql(f"ALTER TABLE {t} EXECUTE optimize")
    assert hive.value(f'SELECT count(*) FROM {schema}"orders$files" WHERE content > 0') == 0
    for table in ("orders", "second"):
        hive.sql(f"DROP TABLE {schema}{table}")
    hive.sql(f"DROP SCHEMA {schema[:-1]}")
    assert ["shop"] not in hive.sql("SHOW SCHEMAS FROM hive") and hive.tarn.tables() == []
