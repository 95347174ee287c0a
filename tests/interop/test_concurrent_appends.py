"""On a table where rows are only appended no append is refused: clients that do not try again need not."""
import multiprocessing

import pyarrow as pa
import pytest
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.expressions import EqualTo

from orders import rows

WRITERS, APPENDS = 32, 2
NO_RETRIES = {"commit.retry.num-retries": "0"}  # what the server says first is what the test sees


def append(uri, writer, start, results):
    try:
        table = RestCatalog("tarn", uri=uri).load_table("shop.events")
        start.wait()  # all have the same view of the table
        for i in range(APPENDS):
            table.append(rows(writer * 1000 + 10 * i, 10))
        results.put((writer, None))
    except Exception as error:
        results.put((writer, repr(error)))


@pytest.mark.parametrize("version", ["1", "2"])
def test_32_writers_of_pyiceberg_append_at_once_and_none_fails(server, version):
    rest = RestCatalog("tarn", uri=server.catalog_uri)
    rest.create_namespace("shop")
    rest.create_table("shop.events", rows(0, 1).schema, properties={"format-version": version, **NO_RETRIES})
    context = multiprocessing.get_context("fork")
    start, results = context.Barrier(WRITERS), context.Queue()
    writers = [context.Process(target=append, args=(server.catalog_uri, w, start, results)) for w in range(WRITERS)]
    for writer in writers:
        writer.start()
    ended = [results.get(timeout=240) for _ in writers]
    for writer in writers:
        writer.join()
    assert [end for end in ended if end[1] is not None] == []
    table = rest.load_table("shop.events")
    expected = sorted(w * 1000 + 10 * i + k for w in range(WRITERS) for i in range(APPENDS) for k in range(10))
    assert sorted(table.scan().to_arrow()["id"].to_pylist()) == expected
    assert server.tarn.value("SELECT count(*) FROM shop.events") == len(expected)
    assert len(table.snapshots()) == WRITERS * APPENDS
    assert table.current_snapshot().summary["total-records"] == str(len(expected))
    parents = {snapshot.parent_snapshot_id for snapshot in table.snapshots()}
    assert len(parents) == WRITERS * APPENDS, "not one line of history"


def test_a_stale_upsert_of_pyiceberg_is_refused_although_it_only_adds_rows(server):
    rest = RestCatalog("tarn", uri=server.catalog_uri)
    rest.create_namespace("shop")
    schema = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("name", pa.string())])
    table = rest.create_table("shop.people", schema, properties=NO_RETRIES)
    with table.update_schema(allow_incompatible_changes=True) as update:
        update.set_identifier_fields("id")
    table.append(rows(0, 3).cast(schema))
    stale = rest.load_table("shop.people")
    table.append(rows(7, 1).cast(schema))
    with pytest.raises(CommitFailedException, match="branch main has changed"):
        stale.upsert(rows(7, 1).cast(schema))
    assert table.refresh().scan(row_filter=EqualTo("id", 7)).to_arrow().num_rows == 1


def test_rows_that_were_deleted_meanwhile_stop_a_stale_append(server):
    rest = RestCatalog("tarn", uri=server.catalog_uri)
    rest.create_namespace("shop")
    table = rest.create_table("shop.events", rows(0, 1).schema, properties=NO_RETRIES)
    table.append(rows(0, 10))
    stale = rest.load_table("shop.events")
    table.delete(EqualTo("id", 3))
    with pytest.raises(CommitFailedException, match="cannot be moved"):
        stale.append(rows(20, 1))
    with table.transaction() as transaction:
        transaction.set_properties({"commit.rebase-appends": "true"})
    stale = rest.load_table("shop.events")
    table.delete(EqualTo("id", 4))
    stale.append(rows(30, 1))
    assert sorted(table.refresh().scan().to_arrow()["id"].to_pylist()) == [0, 1, 2, 5, 6, 7, 8, 9, 30]
