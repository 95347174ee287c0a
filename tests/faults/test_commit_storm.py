"""32 writers append to one table while the server is killed again and again: what each of them believes is true."""
import collections
import http.client
import json
import multiprocessing
import os
import pathlib
import random
import sys
import time

from conftest import Server

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from append_writer import SCHEMA, AppendWriter, Client  # noqa: E402

WRITERS = int(os.environ.get("STORM_WRITERS", "32"))
KILLS = int(os.environ.get("STORM_KILLS", "8"))
LOST = (OSError, http.client.HTTPException, json.JSONDecodeError)
ROWS = 3


def write(number, addresses, stop, beliefs):
    """Notes for each append: its rows, its snapshot and "acknowledged", "refused" or "unknown". Every second writer
    sends what it does not know about again, as HTTP layers do, until somebody answers."""
    noted = open(beliefs / f"{number}.jsonl", "w", buffering=1)
    chooser = random.Random(number)
    writer = None
    count = 0
    while not stop.is_set():
        try:
            if writer is None:
                writer = AppendWriter(addresses[-1], "ns", "t", f"w{number}")
                writer.load()
            elif chooser.random() < 0.3:  # else it goes on with what it last saw
                writer.load()
            ids = [number * 1_000_000 + count * ROWS + i for i in range(ROWS)]
            count += 1
            body, snapshot = writer.append(ids)
        except LOST:
            writer = None
            time.sleep(0.05)
            continue
        belief, resends = None, number % 2 == 0
        while belief is None:
            try:
                status, answer = writer.send(body)
                belief = {200: "acknowledged", 409: "refused", 503: "refused"}.get(status, f"unknown ({status} {answer})")
            except LOST as error:
                if not resends or stop.is_set():
                    belief = f"unknown ({error!r})"
                else:
                    time.sleep(0.05)
                    writer.client = Client(addresses[-1])
        noted.write(json.dumps({"ids": ids, "snapshot": snapshot, "belief": belief}) + "\n")
        if belief.startswith("unknown"):
            writer = None
        elif belief == "acknowledged" and chooser.random() < 0.5:
            writer.take(answer)


def test_what_writers_believe_is_there_however_often_the_server_is_killed(tarn, tmp_path):
    server = Server(tarn)
    client = Client(server.catalog_uri)
    assert client.call("POST", "/namespaces", {"namespace": ["ns"]})[0] == 200
    assert client.call("POST", "/namespaces/ns/tables", {"name": "t", "schema": SCHEMA})[0] == 200
    beliefs = tmp_path / "beliefs"
    beliefs.mkdir()
    context = multiprocessing.get_context("fork")
    stop = context.Event()
    addresses = context.Manager().list([server.catalog_uri])
    writers = [context.Process(target=write, args=(n, addresses, stop, beliefs), daemon=True) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    kills = 0
    for kills in range(1, KILLS + 1):
        time.sleep(0.5 + random.random())
        server.process.kill()
        server.process.wait()
        server.process.stdout.close()
        server = Server(tarn)
        addresses.append(server.catalog_uri)
    time.sleep(1)
    stop.set()
    for writer in writers:
        writer.join(120)
        assert writer.exitcode == 0, f"a writer ended with {writer.exitcode}"
    assert kills == KILLS

    noted = [json.loads(line) for file in beliefs.glob("*.jsonl") for line in file.read_text().splitlines()]
    status, answer = Client(server.catalog_uri).call("GET", "/namespaces/ns/tables/t")
    assert status == 200
    metadata = answer["metadata"]
    snapshots = {snapshot["snapshot-id"]: snapshot for snapshot in metadata["snapshots"]}
    history, head = set(), metadata.get("current-snapshot-id")
    while head is not None:
        history.add(head)
        head = snapshots[head].get("parent-snapshot-id")
    assert history == set(snapshots), "snapshots beside the branch"
    expected = collections.Counter()
    kinds = collections.Counter()
    for note in noted:
        kind = note["belief"].split()[0]
        kinds[kind] += 1
        is_there = note["snapshot"] in history
        assert kind != "acknowledged" or is_there, f"acknowledged and lost: {note}"
        assert kind != "refused" or not is_there, f"refused and there: {note}"
        if is_there:
            expected.update(note["ids"])
    assert kinds["acknowledged"] > 20, kinds
    # Nobody's append was refused: the table is append-only, so each was put on the newest head.
    assert kinds["refused"] == 0, kinds
    assert server.stop() == 0
    found = collections.Counter(row["id"] for row in tarn.sql("SELECT id FROM ns.t"))
    assert found == expected
    assert set(expected.values()) == {1}
    total = int(snapshots[metadata["current-snapshot-id"]]["summary"]["total-records"])
    assert total == len(expected)
    numbers = sorted(snapshot["sequence-number"] for snapshot in metadata["snapshots"])
    assert numbers == list(range(1, len(numbers) + 1))
    print(f"{kills} kills, {dict(kinds)}, {len(expected)} rows in {len(snapshots)} snapshots")
