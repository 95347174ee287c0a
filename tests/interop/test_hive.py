"""Clients that know Iceberg tables through a Hive Metastore, on Tarn's endpoint for them, with REST clients beside."""
import pathlib
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hive_metastore.ThriftHiveMetastore import Client
from hive_metastore.ttypes import (CheckLockRequest, EnvironmentContext, GetTableRequest, InvalidObjectException,
                                   InvalidOperationException, LockComponent, LockLevel, LockRequest, LockState, LockType,
                                   MetaException, NoSuchLockException, NoSuchObjectException, Table, UnlockRequest)
from pyiceberg.catalog import load_catalog
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import (CommitFailedException, NamespaceNotEmptyError, NoSuchNamespaceError,
                                  NoSuchTableError, TableAlreadyExistsError)
from thrift.protocol import TBinaryProtocol
from thrift.Thrift import TApplicationException
from thrift.transport import TSocket, TTransport

from orders import a_stale_writer_is_told, add_spark_catalog, pyiceberg_makes_orders, rows, spark_makes_orders


class HiveServer:
    """A `tarn serve` with the endpoint, on ports that the system gave."""

    def __init__(self, running):
        self.running = running
        found = running.hear(r"thrift://127\.0\.0\.1:(\d+)")
        self.uri, self.port = found.group(), int(found.group(1))
        self.tarn = running.tarn
        self.catalog_uri = running.catalog_uri

    def hive(self, **properties):
        # As the older notebooks do it: the scheme alone says what it is.
        return load_catalog("default", uri=self.uri, **properties)

    def rest(self):
        return RestCatalog("tarn", uri=self.catalog_uri)


@pytest.fixture
def hive_server(tarn, serve):
    return HiveServer(serve("--hive-listen", "127.0.0.1:0"))


@pytest.fixture
def hive(hive_server):
    return hive_server.hive()


class Raw:
    """The metastore's own calls on one connection."""

    def __init__(self, port):
        self.transport = TTransport.TBufferedTransport(TSocket.TSocket("127.0.0.1", port))
        self.transport.open()
        self.client = Client(TBinaryProtocol.TBinaryProtocol(self.transport))

    def __enter__(self):
        return self.client

    def __exit__(self, *error):
        self.transport.close()


def exclusive(table):
    component = LockComponent(level=LockLevel.TABLE, type=LockType.EXCLUSIVE, dbname="shop", tablename=table)
    return LockRequest(component=[component], user="test", hostname="here")


def test_pyiceberg_works_on_tables(hive, hive_server):
    pyiceberg_makes_orders(hive, hive_server.tarn)
    assert hive.list_namespaces() == [("shop",)]
    with pytest.raises(TableAlreadyExistsError):
        hive.create_table("shop.orders", rows(0, 1).schema)
    assert hive_server.rest().load_table("shop.orders").metadata == hive.load_table("shop.orders").metadata
    hive.rename_table("shop.orders", "shop.sales")
    assert hive.list_tables("shop") == [("shop", "sales")]
    with pytest.raises(NoSuchTableError):
        hive.load_table("shop.orders")
    with pytest.raises(NamespaceNotEmptyError):
        hive.drop_namespace("shop")
    hive.drop_table("shop.sales")
    with pytest.raises(NoSuchTableError):
        hive.drop_table("shop.sales")
    hive.drop_namespace("shop")
    with pytest.raises(NoSuchNamespaceError):
        hive.drop_namespace("shop")
    assert hive_server.tarn.data_files() != []  # files are the client's


def test_pyiceberg_works_on_namespaces(hive, hive_server):
    hive.create_namespace("shop", {"owner": "me", "comment": "all of it", "size": "9"})
    shown = hive.load_namespace_properties("shop")
    warehouse = f"file://{hive_server.tarn.home}/warehouse"
    assert shown == {"owner": "me", "comment": "all of it", "size": "9", "location": f"{warehouse}/shop"}
    summary = hive.update_namespace_properties("shop", removals={"size", "none"}, updates={"owner": "you"})
    assert (summary.removed, summary.updated, summary.missing) == (["size"], ["owner"], ["none"])
    kept = hive_server.rest().load_namespace_properties("shop")
    assert kept == {"owner": "you", "comment": "all of it", "location": f"file://{hive_server.tarn.home}/warehouse/shop"}
    with pytest.raises(NoSuchNamespaceError):
        hive.load_namespace_properties("none")
    hive.create_namespace("elsewhere", {"location": f"{warehouse}/other-place"})
    table = hive.create_table("elsewhere.t", rows(0, 1).schema)
    assert table.location() == f"{warehouse}/other-place/t"


def test_namespaces_of_several_levels_are_not_seen(hive, hive_server):
    rest = hive_server.rest()
    rest.create_namespace("a")
    rest.create_namespace(("a", "b"))
    assert hive.list_namespaces() == [("a",)]
    with pytest.raises(NamespaceNotEmptyError):
        hive.drop_namespace("a")


def test_names_have_no_case(hive, hive_server):
    hive.create_namespace("Shop")
    hive.create_table("Shop.Orders", rows(0, 1).schema).append(rows(0, 2))
    assert hive_server.rest().list_tables("shop") == [("shop", "orders")]
    assert hive.load_table("SHOP.orders").scan().to_arrow().num_rows == 2
    # What REST made with large letters is found by its own name.
    hive_server.rest().create_table("shop.Mixed", rows(0, 1).schema)
    hive.load_table("shop.Mixed").append(rows(0, 1))
    assert hive_server.rest().load_table("shop.Mixed").scan().to_arrow().num_rows == 1


def test_a_table_is_registered_and_staged(hive, hive_server):
    hive.create_namespace("shop")
    source = hive.create_table("shop.source", rows(0, 1).schema)
    source.append(rows(0, 3))
    copy = hive.register_table("shop.copy", source.metadata_location)
    assert copy.scan().to_arrow().num_rows == 3
    with pytest.raises(TableAlreadyExistsError):
        hive.register_table("shop.copy", source.metadata_location)
    with hive.create_table_transaction("shop.staged", rows(0, 1).schema) as transaction:
        transaction.append(rows(0, 4))
    assert hive_server.tarn.value("SELECT count(*) FROM shop.staged") == 4


def test_a_stale_writer_is_told(hive):
    a_stale_writer_is_told(hive)


def append_until_done(load, first, count):
    """Appends `count` rows one by one, each until it is in; how often that took another try."""
    retries = 0
    for i in range(first, first + count):
        while True:
            try:
                load().append(rows(i, 1))
                break
            # What PyIceberg says of a lost race: its own check, or the metastore's refusal.
            except (CommitFailedException, MetaException) as error:
                assert "Requirement failed" in str(error) or "has been modified" in str(error), error
                retries += 1
    return retries


def test_eight_writers_and_rest_beside_lose_nothing(hive_server):
    hive_server.hive().create_namespace("shop")
    hive_server.hive().create_table("shop.events", rows(0, 1).schema)
    writers, commits = 8, 4

    def write(writer):
        catalog = hive_server.rest() if writer >= writers else hive_server.hive()
        return append_until_done(lambda: catalog.load_table("shop.events"), writer * 100, commits)

    with ThreadPoolExecutor(writers + 2) as pool:
        list(pool.map(write, range(writers + 2)))
    wanted = sorted(w * 100 + i for w in range(writers + 2) for i in range(commits))
    table = hive_server.hive().load_table("shop.events")
    assert sorted(table.scan().to_arrow()["id"].to_pylist()) == wanted
    assert hive_server.tarn.value("SELECT count(*) FROM shop.events") == len(wanted)
    # One line of history, in which each commit is once.
    parents = [snapshot.parent_snapshot_id for snapshot in table.snapshots()]
    assert parents[1:] == [snapshot.snapshot_id for snapshot in table.snapshots()][:-1]


def test_the_swap_compares(hive, hive_server):
    hive.create_namespace("shop")
    table = hive.create_table("shop.t", rows(0, 1).schema)
    with Raw(hive_server.port) as client:
        before = client.get_table("shop", "t")
        hive_server.rest().load_table("shop.t").append(rows(0, 1))
        head = hive_server.rest().load_table("shop.t").metadata_location
        mine = f"{table.location()}/metadata/00009-mine.metadata.json"
        pathlib.Path(mine.removeprefix("file://")).write_text(table.metadata.model_dump_json())
        before.parameters |= {"metadata_location": mine, "previous_metadata_location": table.metadata_location}
        lock_free = EnvironmentContext(properties={"expected_parameter_key": "metadata_location",
                                                   "expected_parameter_value": table.metadata_location})
        for context in (EnvironmentContext(properties={}), lock_free):
            with pytest.raises(MetaException, match="The table has been modified. The parameter value for key "
                                                    "'metadata_location' is"):
                client.alter_table_with_environment_context("shop", "t", before, context)
        before.parameters["previous_metadata_location"] = ""
        with pytest.raises(InvalidOperationException, match="on top of what"):
            client.alter_table("shop", "t", before)
    assert hive_server.rest().load_table("shop.t").metadata_location == head
    assert pathlib.Path(mine.removeprefix("file://")).exists()


def test_locks_are_exclusive_and_handed_on(hive_server):
    with Raw(hive_server.port) as one, Raw(hive_server.port) as two:
        held = one.lock(exclusive("t"))
        assert held.state == LockState.ACQUIRED
        assert two.lock(exclusive("u")).state == LockState.ACQUIRED
        waiting = []
        waiter = threading.Thread(target=lambda: waiting.append(two.lock(exclusive("t"))))
        began = time.monotonic()
        waiter.start()
        time.sleep(0.3)
        one.unlock(UnlockRequest(lockid=held.lockid))
        waiter.join()
        assert waiting[0].state == LockState.ACQUIRED
        assert time.monotonic() - began < 3  # by the call that waits, not by asking again
        assert two.check_lock(CheckLockRequest(lockid=waiting[0].lockid)).state == LockState.ACQUIRED
        with pytest.raises(NoSuchLockException):
            one.unlock(UnlockRequest(lockid=held.lockid))


def test_plain_hive_tables_are_refused(hive, hive_server):
    hive.create_namespace("shop")
    with Raw(hive_server.port) as client:
        with pytest.raises(InvalidObjectException, match="Iceberg tables and views only"):
            client.create_table(Table(tableName="plain", dbName="shop", parameters={}))
        with pytest.raises(NoSuchObjectException, match="shop.none table not found"):
            client.get_table_req(GetTableRequest(dbName="shop", tblName="none"))
        with pytest.raises(TApplicationException, match="no method"):
            client.get_open_txns()
        assert client.getVersion() == "3.1.3"  # the connection is as good as before


def test_spark_works_on_tables_and_views(hive_server, spark):
    name = f"hive{hive_server.port}"  # a catalog is set up once in a session
    add_spark_catalog(spark, name, type="hive", uri=hive_server.uri)
    spark.sql(f"CREATE NAMESPACE {name}.shop COMMENT 'by Spark'")
    properties = hive_server.rest().load_namespace_properties("shop")
    assert properties["comment"] == "by Spark"
    # Not in Spark's own warehouse directory, which nobody chose.
    assert properties["location"] == f"file://{hive_server.tarn.home}/warehouse/shop"
    spark_makes_orders(spark, name, hive_server.tarn)
    # Without Hive's locks: the expectation goes with the swap.
    spark.sql(f"ALTER TABLE {name}.shop.orders SET TBLPROPERTIES ('engine.hive.lock-enabled'='false')")
    spark.sql(f"INSERT INTO {name}.shop.orders VALUES (200, 'unlocked', DATE'2026-03-01')")
    assert hive_server.tarn.value("SELECT count(*) FROM shop.orders") == 20
    spark.sql(f"CREATE VIEW {name}.shop.late AS SELECT id FROM {name}.shop.orders WHERE id > 150")
    assert [row.id for row in spark.sql(f"SELECT id FROM {name}.shop.late").collect()] == [200]
    spark.sql(f"ALTER VIEW {name}.shop.late SET TBLPROPERTIES ('seen' = 'yes')")
    assert [row.viewName for row in spark.sql(f"SHOW VIEWS IN {name}.shop").collect()] == ["late"]
    spark.sql(f"CREATE OR REPLACE TABLE {name}.shop.copy USING iceberg AS SELECT * FROM {name}.shop.orders")
    spark.sql(f"CREATE OR REPLACE TABLE {name}.shop.copy USING iceberg AS SELECT id FROM {name}.shop.orders")
    assert hive_server.tarn.value("SELECT count(*) FROM shop.copy") == 20
    spark.sql(f"ALTER TABLE {name}.shop.copy RENAME TO {name}.shop.second")
    assert sorted(row.tableName for row in spark.sql(f"SHOW TABLES IN {name}.shop").collect()) == ["orders", "second"]
    spark.sql(f"DROP VIEW {name}.shop.late")
    for table in ("orders", "second"):
        spark.sql(f"DROP TABLE {name}.shop.{table}")
    spark.sql(f"DROP NAMESPACE {name}.shop")
    assert hive_server.rest().list_namespaces() == []


def test_what_is_no_thrift_does_no_harm(hive, hive_server):
    hive.create_namespace("shop")
    for junk in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00", b"\x80\x01\x00\x01\xff\xff\xff\xff",
                 struct.pack(">I", 0x7fffffff) * 4, b"\x00" * 64):
        with socket.create_connection(("127.0.0.1", hive_server.port), timeout=10) as connection:
            connection.sendall(junk)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
    assert hive.list_namespaces() == [("shop",)]


def sasl(status, text):
    return struct.pack(">BI", status, len(text)) + text


def receive(connection, size):
    data = b""
    while len(data) < size and (more := connection.recv(size - len(data))):
        data += more
    return data


def test_sign_in(tarn, serve):
    server = HiveServer(serve("--hive-listen", "127.0.0.1:0", "--auth"))
    with Raw(server.port) as client, pytest.raises(TApplicationException, match="SASL PLAIN"):
        client.get_all_databases()
    credentials = dict(re.findall(r"^(client_\w+): (\S+)$", (tarn.home / "admin-credentials").read_text(), re.M))
    user, secret = credentials["client_id"].encode(), credentials["client_secret"].encode()
    for password, status in ((b"wrong", 3), (secret, 5)):
        connection = TSocket.TSocket("127.0.0.1", server.port)
        connection.open()
        connection.write(sasl(1, b"PLAIN") + sasl(5, b"\0" + user + b"\0" + password))
        assert receive(connection.handle, 1)[0] == status
        size = struct.unpack(">I", receive(connection.handle, 4))[0]
        assert password.decode() not in receive(connection.handle, size).decode()
        if status == 5:
            # Thrift's SASL transport once both sides agree: frames.
            client = Client(TBinaryProtocol.TBinaryProtocol(TTransport.TFramedTransport(connection)))
            assert client.get_all_databases() == []
        connection.close()
    assert secret.decode() not in server.running.log()


def test_it_listens_on_loopback_and_only_if_asked(tarn, server):
    assert "thrift://" not in server.said
    error = tarn.fails("serve", "--listen", "127.0.0.1:0", "--hive-listen", "0.0.0.0:0", code=2)
    assert "loopback" in error and "0.0.0.0" in error


def test_shutdown_lets_a_client_go(tarn, serve):
    running = serve("--hive-listen", "127.0.0.1:0")
    server = HiveServer(running)
    with Raw(server.port) as client:
        assert client.get_all_databases() == []
        began = time.monotonic()
        assert running.stop() == 0
        assert time.monotonic() - began < 10
        with pytest.raises((TTransport.TTransportException, ConnectionError)):
            client.get_all_databases()


def test_metrics_count_calls(hive_server, hive):
    import urllib.request

    hive.list_namespaces()
    with urllib.request.urlopen(hive_server.running.uri + "/metrics", timeout=10) as answer:
        text = answer.read().decode()
    assert re.search(r'^tarn_hive_calls_total\{method="get_all_databases",outcome="ok"\} [1-9]', text, re.M), text
    assert "tarn_hive_connections" in text and "tarn_hive_locks 0" in text


def test_the_example_of_the_page_runs(hive_server):
    page = (pathlib.Path(__file__).parents[2] / "docs/user/hive-metastore.md").read_text()
    code = re.search(r"```python\n(.*?)```", page, re.S).group(1).replace("thrift://127.0.0.1:9083", hive_server.uri)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == re.findall(r"^print\(.*\)  # (.*)$", code, re.M)
    assert hive_server.tarn.value("SELECT count(*) FROM shop.orders") == 2
