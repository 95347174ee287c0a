"""The calls that soak_bench.py mixes, and what each of them has to be answered."""
import itertools
import json
import os
import random
import time
import uuid

from rest_wire import request_bytes

QUIET, BUSY = "/namespaces/soak/tables/quiet{}", "/namespaces/soak/tables/busy{}"
TABLES = 50  # of each of them
PLANNED = "/namespaces/sales/tables/orders"
SCHEMA = {"type": "struct", "schema-id": 0, "fields": [
    {"id": i, "name": f"column_{i}", "required": False, "type": kind}
    for i, kind in enumerate(["long", "string", "timestamptz", "double"], 1)]}
# Old metadata files go, or ten minutes of commits would be a test of the disk.
PROPERTIES = {"write.metadata.delete-after-commit.enabled": "true", "write.metadata.previous-versions-max": "10"}
FORM = "Content-Type: application/x-www-form-urlencoded"


def key():
    """The header that clients send with every change: a UUID of version 7."""
    stamp = int(time.time() * 1000).to_bytes(6, "big")
    noise = bytearray(os.urandom(10))
    noise[0] = 0x70 | noise[0] & 0x0F
    noise[2] = 0x80 | noise[2] & 0x3F
    return f"Idempotency-Key: {uuid.UUID(bytes=stamp + bytes(noise))}"


class Call:
    """One request: its bytes, the status it wants, and what is to be noted when it has come; the table that it makes or
    drops."""

    def __init__(self, kind, request, status, then=None, table=None):
        self.kind, self.request, self.status, self.then, self.table = kind, request, status, then, table
        self.is_head = request.startswith(b"HEAD")


class Caller:
    """What one connection asks for. The tables it makes are its own: it drops each of them before the next one."""

    def __init__(self, mix, number):
        self.mix, self.number = mix, number
        self.table, self.made = None, 0

    def next(self):
        kind = random.choices(Mix.KINDS, cum_weights=Mix.WEIGHTS)[0]
        return getattr(self, kind)()

    def call(self, kind, method, path, status=200, body=None, headers=(), **noted):
        return Call(kind, request_bytes(method, self.mix.base + path, body, headers, self.mix.token), status, **noted)

    def load(self):
        return self.call("load", "GET", random.choice((QUIET, BUSY)).format(random.randrange(TABLES)))

    def unchanged(self):
        number = random.randrange(TABLES)
        return self.call("304", "GET", QUIET.format(number), 304, headers=[f"If-None-Match: {self.mix.tags[number]}"])

    def exists(self):
        return self.call("HEAD", "HEAD", BUSY.format(random.randrange(TABLES)), 204)

    def list(self):
        return self.call("list", "GET", "/namespaces/soak/tables" + random.choice(("", "?pageSize=20&pageToken=")))

    def namespaces(self):
        return self.call("namespaces", "GET", "/namespaces")

    def config(self):
        return Call("config", request_bytes("GET", self.mix.catalog_path + "/v1/config", token=self.mix.token), 200)

    def commit(self):
        return self.call("commit", "POST", BUSY.format(random.randrange(TABLES)), headers=[key()], body={
            "requirements": [], "updates": [{"action": "set-properties",
                                             "updates": {"soak": f"{self.number} at {time.time()}"}}]})

    def make_or_drop(self):
        if self.table is not None:
            def dropped():
                self.mix.tables.discard(self.table)
                self.table = None

            return self.call("drop", "DELETE", f"/namespaces/made/tables/{self.table}", 204, headers=[key()],
                             then=dropped, table=self.table)
        name = f"t{self.number}_{self.made}"

        def created():
            self.table, self.made = name, self.made + 1
            self.mix.tables.add(name)

        return self.call("create", "POST", "/namespaces/made/tables", body={"name": name, "schema": SCHEMA},
                         headers=[key()], then=created, table=name)

    def plan(self):
        wanted = {"type": random.choice(("gt", "lt-eq")), "term": "order_id", "value": random.randrange(1, 1000)}
        return self.call("plan", "POST", PLANNED + "/plan", body={"filter": wanted})

    def report(self):
        return self.call("metrics", "POST", PLANNED + "/metrics", 204, body={
            "report-type": "scan-report", "table-name": "sales.orders", "snapshot-id": 1, "filter": True, "schema-id": 0,
            "projected-field-ids": [], "projected-field-names": [], "metrics": {}})

    def sign_in(self):
        return Call("token", request_bytes("POST", self.mix.catalog_path + "/v1/oauth/tokens", self.mix.token_form, [FORM]), 200)


class Mix:
    """What callers share: the server's paths and token, tags that do not change, tables that are there by their own account."""

    # Of 1000 calls. A token is for an hour, so few of them ask for one.
    SHARES = {"load": 300, "unchanged": 250, "commit": 100, "list": 100, "make_or_drop": 60, "exists": 50, "config": 50,
              "plan": 40, "namespaces": 40, "report": 8, "sign_in": 2}
    KINDS = list(SHARES)
    WEIGHTS = list(itertools.accumulate(SHARES.values()))

    def __init__(self, server):
        self.base, self.catalog_path, self.token = server.base, server.catalog_path, server.token
        self.token_form = server.token_form
        self.tags, self.tables = {}, set()
        self.unknown = set()  # tables of calls that nobody answered
        one = server.connection()
        for namespace in ("soak", "made"):
            self.expect(one.call("POST", "/namespaces", {"namespace": [namespace]}))
        for number in range(TABLES):
            for pattern in (QUIET, BUSY):
                name = pattern.format(number).rpartition("/")[2]
                self.expect(one.call("POST", "/namespaces/soak/tables",
                                     {"name": name, "schema": SCHEMA, "properties": PROPERTIES}))
            self.expect(one.call("GET", QUIET.format(number)))
            self.tags[number] = one.tag

    def expect(self, answer):
        assert answer[0] == 200, answer
        return json.loads(answer[1])

    def tables_of(self, server):
        """Those of the namespace in which callers make theirs, by the server's account."""
        found = self.expect(server.connection().call("GET", "/namespaces/made/tables"))
        return {entry["name"] for entry in found["identifiers"]}
