"""SQLAlchemy, pandas and Superset on Tarn through trino-python-client, unmodified."""
import datetime
import decimal

import pandas
import pytest
import sqlalchemy as sa
import trino
from sqlalchemy import exc

SETUP = [
    "CREATE SCHEMA shop",
    "CREATE SCHEMA other",
    """CREATE TABLE shop.orders (id bigint NOT NULL COMMENT 'the number', region varchar, amount decimal(10,2),
       at timestamp(6), tags array(varchar), place row(x bigint, y varchar)) COMMENT 'what was sold'
       WITH (partitioning = ARRAY['region'])""",
    """INSERT INTO shop.orders VALUES (1, 'eu', DECIMAL '1.10', TIMESTAMP '2024-01-01 00:00:00', ARRAY['a'], ROW(1, 'x')),
       (2, 'eu', DECIMAL '2.20', TIMESTAMP '2024-01-02 00:00:00', ARRAY['b'], ROW(2, 'y')), (3, 'us', NULL, NULL, NULL, NULL)""",
    "CREATE VIEW shop.big_orders COMMENT 'a view' AS SELECT id, amount FROM iceberg.shop.orders WHERE id > 1",
    "CREATE TABLE shop.plain (id bigint, d double)",
]


@pytest.fixture(scope="module")
def address(programs, tmp_path_factory):
    tarn_class, server_class = programs
    tarn = tarn_class(tmp_path_factory.mktemp("sqlalchemy") / "home")
    server = server_class(tarn)
    host, port = server.uri.split("//")[1].rsplit(":", 1)
    cursor = trino.dbapi.connect(host=host, port=int(port), user="tester", catalog="iceberg").cursor()
    for statement in SETUP:
        cursor.execute(statement).fetchall()
    yield f"{host}:{port}"
    assert server.stop() == 0, server.log()


@pytest.fixture(scope="module")
def engine(address):
    engine = sa.create_engine(f"trino://tester@{address}/iceberg/shop")
    yield engine
    engine.dispose()


@pytest.fixture
def inspector(engine):
    return sa.inspect(engine)


def test_names(inspector):
    assert inspector.get_schema_names() == ["information_schema", "other", "shop", "system"]
    assert sorted(inspector.get_table_names("shop")) == ["orders", "plain"]
    assert inspector.get_view_names("shop") == ["big_orders"]
    assert inspector.get_table_names("other") == []
    assert inspector.has_table("orders", "shop") and not inspector.has_table("nosuch", "shop")


def test_columns(inspector):
    columns = {column["name"]: column for column in inspector.get_columns("orders", "shop")}
    assert list(columns) == ["id", "region", "amount", "at", "tags", "place"]
    assert isinstance(columns["id"]["type"], sa.BigInteger) and columns["id"]["nullable"] is False
    assert columns["id"]["comment"] == "the number" and columns["region"]["nullable"] is True
    assert (columns["amount"]["type"].precision, columns["amount"]["type"].scale) == (10, 2)
    assert "TIMESTAMP" in str(columns["at"]["type"]).upper() and "ARRAY" in str(columns["tags"]["type"]).upper()
    assert [name for name, _ in columns["place"]["type"].attr_types] == ["x", "y"]
    with pytest.raises(exc.NoSuchTableError):
        inspector.get_columns("nosuch", "shop")


def test_keys_comments_and_views(inspector):
    assert inspector.get_pk_constraint("orders", "shop")["constrained_columns"] == []
    assert inspector.get_foreign_keys("orders", "shop") == []
    assert inspector.get_table_comment("orders", "shop") == {"text": "what was sold"}
    assert inspector.get_table_comment("big_orders", "shop") == {"text": "a view"}
    definition = inspector.get_view_definition("big_orders", "shop")
    assert "orders" in definition.lower() and "id" in definition.lower()


def test_partitions(inspector):
    """The dialect knows Iceberg's $partitions by its columns, and takes those of a table without partitions for Hive's."""
    assert inspector.get_indexes("orders", "shop") == []
    assert inspector.get_indexes("plain", "shop") == [
        {"name": "partition", "column_names": ["record_count", "file_count", "total_size", "data"], "unique": False}]


def test_core_statements(engine):
    table = sa.Table("made", sa.MetaData(schema="shop"), sa.Column("id", sa.BigInteger), sa.Column("name", sa.String),
                     sa.Column("day", sa.Date), sa.Column("price", sa.DECIMAL(10, 2)))
    with engine.connect() as connection:
        table.create(connection)
        inserted = connection.execute(table.insert().values([
            {"id": 1, "name": "it's", "day": datetime.date(2024, 2, 29), "price": decimal.Decimal("1.50")},
            {"id": 2, "name": None, "day": None, "price": None}]))
        assert inserted.rowcount == 2
        connection.execute(table.update().where(table.c.id == 2).values(name="two"))
        rows = connection.execute(sa.select(table).order_by(table.c.id)).all()
        assert [tuple(row) for row in rows] == [(1, "it's", datetime.date(2024, 2, 29), decimal.Decimal("1.50")),
                                                (2, "two", None, None)]
        connection.execute(table.delete().where(table.c.id == 1))
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == 1
        reflected = sa.Table("made", sa.MetaData(), schema="shop", autoload_with=connection)
        assert [column.name for column in reflected.columns] == ["id", "name", "day", "price"]
        table.drop(connection)
    assert not sa.inspect(engine).has_table("made", "shop")


def test_pandas(engine):
    with engine.connect() as connection:
        frame = pandas.read_sql(sa.text("SELECT id, region FROM shop.orders WHERE id < :top ORDER BY id"), connection,
                                params={"top": 3})
    assert frame.to_dict("list") == {"id": [1, 2], "region": ["eu", "eu"]}


@pytest.mark.parametrize("statement, name", [
    ("SELECT * FROM shop.nosuch", "TABLE_NOT_FOUND"), ("SELECT nosuch FROM shop.orders", "COLUMN_NOT_FOUND"),
    ("SELECT * FROM nosuch.t", "SCHEMA_NOT_FOUND"), ("SELECT * FROM nosuch.shop.t", "CATALOG_NOT_FOUND"),
    ("SELECT * FROM information_schema.nosuch", "TABLE_NOT_FOUND"),
    ("SELECT * FROM nosuch.information_schema.tables", "CATALOG_NOT_FOUND"),
    ("SELECT * FROM system.runtime.nosuch", "TABLE_NOT_FOUND"), ("SELECT 1 /", "SYNTAX_ERROR")])
def test_errors_by_name(engine, statement, name):
    with engine.connect() as connection, pytest.raises(exc.DBAPIError) as raised:
        connection.execute(sa.text(statement)).all()
    assert raised.value.orig.error_name == name


def test_superset(engine):
    """What Superset asks beside the above: partitions for its previews, the view's text, plans, and the end of a query."""
    with engine.connect() as connection:
        def rows(text):
            return [tuple(row) for row in connection.execute(sa.text(text))]

        partitions = connection.execute(sa.text('SELECT * FROM shop."orders$partitions" ORDER BY record_count DESC'))
        assert list(partitions.keys()) == ["partition", "record_count", "file_count", "total_size", "data"]
        assert [(tuple(row[0]), row[1], row[2]) for row in partitions] == [(("eu",), 2, 1), (("us",), 1, 1)]
        assert rows('SELECT record_count, file_count FROM shop."plain$partitions"') == []
        assert "orders" in rows("SHOW CREATE VIEW shop.big_orders")[0][0]
        assert rows("EXPLAIN SELECT * FROM shop.orders")
        with pytest.raises(exc.DBAPIError) as raised:
            rows("CALL system.runtime.kill_query(query_id => 'nosuch', message => 'Query cancelled by Superset')")
        assert raised.value.orig.error_name == "NOT_FOUND"
