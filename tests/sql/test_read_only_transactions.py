"""START TRANSACTION READ ONLY over Trino's protocol: statements that write are refused, reads see the table, and nothing is
committed."""
import pytest

from trino_protocol import TrinoSession


@pytest.fixture
def session(server):
    session = TrinoSession(server.uri)
    for statement in ("CREATE SCHEMA iceberg.shop", "CREATE TABLE iceberg.shop.orders (id integer)",
                      "INSERT INTO iceberg.shop.orders VALUES 1"):
        assert "error" not in session.ask(statement)
    return session


@pytest.mark.parametrize("write", [
    "INSERT INTO iceberg.shop.orders VALUES 2",
    "DELETE FROM iceberg.shop.orders",
    "UPDATE iceberg.shop.orders SET id = 2",
    "MERGE INTO iceberg.shop.orders t USING (VALUES 1) s(id) ON t.id = s.id WHEN MATCHED THEN DELETE",
    "CREATE TABLE iceberg.shop.copies AS SELECT * FROM iceberg.shop.orders",
    "CREATE SCHEMA iceberg.other",
    "ALTER TABLE iceberg.shop.orders ADD COLUMN note varchar",
    "DROP TABLE iceberg.shop.orders",
])
def test_writes_are_refused(session, write):
    assert "error" not in session.ask("START TRANSACTION READ ONLY")
    assert session.ask("SELECT count(*) FROM iceberg.shop.orders")["rows"] == [[1]]
    assert session.ask(write)["error"]["name"] == "READ_ONLY_VIOLATION"
    session.ask("ROLLBACK")
    assert session.ask("SELECT id FROM iceberg.shop.orders")["rows"] == [[1]]


@pytest.mark.parametrize("start", ["START TRANSACTION", "START TRANSACTION READ WRITE",
                                   "START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE"])
def test_others_write(session, start):
    for statement in (start, "INSERT INTO iceberg.shop.orders VALUES 2", "COMMIT"):
        assert "error" not in session.ask(statement)
    assert session.ask("SELECT count(*) FROM iceberg.shop.orders")["rows"] == [[2]]
