"""A server that dies between a change and its answer: the client asks again with its key, and the change is made once."""
import json
import pathlib
import random
import threading
import time
import urllib.error
import urllib.request
import uuid

SCHEMA = {"type": "struct", "schema-id": 0, "fields": [{"id": 1, "name": "id", "required": False, "type": "long"}]}


def uuid7():
    value = (int(time.time() * 1000) << 80) | (7 << 76) | (random.getrandbits(12) << 64) | (2 << 62) | random.getrandbits(62)
    return str(uuid.UUID(int=value))


def call(uri, method, path, body=None, key=None):
    headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
    request = urllib.request.Request(f"{uri}/v1{path}", method=method, headers=headers,
                                     data=None if body is None else json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


def test_every_change_is_made_once_however_often_the_server_dies(serve):
    server = serve()
    uri = server.catalog_uri
    assert call(uri, "POST", "/namespaces", {"namespace": ["ns"]})[0] == 200
    assert call(uri, "POST", "/namespaces/ns/tables", {"name": "t", "schema": SCHEMA})[0] == 200
    pending, kills = [], 0
    for round_number in range(6):
        stop = threading.Event()

        def write(writer, uri=uri, stop=stop, round_number=round_number):
            """Properties that only this request sets: who got no answer asks again after the restart."""
            number = 0
            while not stop.is_set():
                number += 1
                name = f"p{round_number}.{writer}.{number}"
                body = {"requirements": [], "updates": [{"action": "set-properties", "updates": {name: "1"}}]}
                key = uuid7()
                try:
                    status, _ = call(uri, "POST", "/namespaces/ns/tables/t", body, key)
                except (urllib.error.URLError, ConnectionError, TimeoutError, OSError, ValueError):
                    status = None
                pending.append((name, body, key, status))
                if status is None:
                    return

        threads = [threading.Thread(target=write, args=(w,)) for w in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.15 + random.random() * 0.3)
        server.process.kill()
        server.process.wait()
        stop.set()
        for thread in threads:
            thread.join()
        kills += 1
        server = serve()
        uri = server.catalog_uri
    assert kills == 6 and any(status is None for *_, status in pending)
    # Again with the same keys, those that were answered too.
    log_before = call(uri, "GET", "/namespaces/ns/tables/t")[1]["metadata"]
    known = {name for name, *_ in pending if name in log_before["properties"]}
    for name, body, key, status in pending:
        again, answer = call(uri, "POST", "/namespaces/ns/tables/t", body, key)
        assert again == 200, answer
        assert status in (None, 200)
        assert answer["metadata"]["properties"][name] == "1"
        if status == 200:
            assert name in known, f"{name} was acknowledged and is gone"
    metadata = call(uri, "GET", "/namespaces/ns/tables/t")[1]["metadata"]
    assert set(metadata["properties"]) >= {name for name, *_ in pending}
    # One metadata file for each change, none for a repetition.
    location = pathlib.Path(metadata["location"].removeprefix("file://"))
    version = max(int(f.name.split("-")[0]) for f in (location / "metadata").glob("*.metadata.json"))
    assert version <= len(pending)
    other = dict(pending[0][1], updates=[{"action": "set-properties", "updates": {"x": "y"}}])
    assert call(uri, "POST", "/namespaces/ns/tables/t", other, pending[0][2])[0] == 422
    assert server.stop() == 0
