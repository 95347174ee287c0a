"""Many sessions at once move money between accounts of several tables, merge, read, compact and expire. The history must be
one of snapshot isolation: every read sees whole transactions and adds up, and no update is lost.

CONSISTENCY_SEED repeats the choices of a run (threads still race), CONSISTENCY_SECONDS makes it longer."""
import collections
import os
import random
import threading
import time

import pytest
import trino
from trino.exceptions import Error
from trino.transaction import IsolationLevel

os.environ["TARN_SQL_DIALECT"] = "duckdb"  # of statements that tests give to `tarn sql`

SECONDS = float(os.environ.get("CONSISTENCY_SECONDS", "15"))
SEED = int(os.environ.get("CONSISTENCY_SEED", str(time.time_ns() % 1_000_000)))
TABLES = {"a": "2", "b": "3", "c": "2"}  # and their format versions
ACCOUNTS = 8
START = 1_000
TOTAL = len(TABLES) * ACCOUNTS * START
# What another writer makes of a transaction, which may be run again.
CONFLICTS = {"TRANSACTION_CONFLICT", "ICEBERG_COMMIT_ERROR"}


class Bank:
    def __init__(self, server, seed):
        self.port = int(server.uri.rsplit(":", 1)[1])
        self.seed = seed
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.acknowledged = {}  # transfer: (from table, from id, to table, to id, amount)
        self.seen = set()  # transfers that some reader saw
        self.counts = collections.Counter()
        self.wrong = []

    def connect(self, level=IsolationLevel.AUTOCOMMIT):
        return trino.dbapi.connect(host="127.0.0.1", port=self.port, user="teller", catalog="iceberg", schema="bank",
                                   isolation_level=level)

    def note(self, what, problem=None):
        with self.lock:
            self.counts[what] += 1
            if problem is not None:
                self.wrong.append(f"{what}: {problem}")
                self.stop.set()

    def work(self, number, kind):
        """Calls `kind` with a random generator and a number of its own until the time is over."""
        choose = random.Random(f"{self.seed} {number}")
        turn = 0
        while not self.stop.is_set():
            turn += 1
            try:
                kind(choose, number * 100_000 + turn)
            except Error as error:  # the client wraps those of COMMIT into text
                is_conflict = any(name in str(error) for name in CONFLICTS)
                self.note(*((f"{kind.__name__}: conflict",) if is_conflict else (kind.__name__, repr(error))))
            except Exception as error:  # a thread's end would go unnoticed
                self.note(kind.__name__, repr(error))

    def transfer(self, choose, name):
        """Reads both accounts, writes both, notes the transfer; all in one transaction."""
        (from_table, from_id), (to_table, to_id) = choose.sample(
            [(table, account) for table in TABLES for account in range(ACCOUNTS)], 2)
        amount = choose.randrange(1, 50)
        connection = self.connect(IsolationLevel.READ_COMMITTED)
        cursor = connection.cursor()

        def rows(text):
            return cursor.execute(text).fetchall()

        try:
            before = [rows(f"SELECT balance FROM {t} WHERE id = {i}") for t, i in ((from_table, from_id), (to_table, to_id))]
            rows(f"UPDATE {from_table} SET balance = balance - {amount}, n = n + 1 WHERE id = {from_id}")
            rows(f"UPDATE {to_table} SET balance = balance + {amount}, n = n + 1 WHERE id = {to_id}")
            rows("INSERT INTO ledger VALUES "
                 f"({name}, '{from_table}', {from_id}, '{to_table}', {to_id}, {amount})")
            after = [rows(f"SELECT balance FROM {t} WHERE id = {i}") for t, i in ((from_table, from_id), (to_table, to_id))]
            expected = [[[before[0][0][0] - amount]], [[before[1][0][0] + amount]]]
            if after != expected:
                self.note("transfer", f"read {after} after {before} and its own change of {amount}")
            if choose.random() < 0.15:
                connection.rollback()
                self.note("transfer: taken back")
                return
            connection.commit()
        except Error:
            try:
                connection.rollback()
            except Error:
                pass  # it is over already
            raise
        with self.lock:
            self.acknowledged[name] = (from_table, from_id, to_table, to_id, amount)
        self.note("transfer: committed")

    def merge(self, choose, name):
        """Money from one account of a table to another by one MERGE, which brings its ledger's entry in a transaction."""
        table = choose.choice(list(TABLES))
        source, target = choose.sample(range(ACCOUNTS), 2)
        amount = choose.randrange(1, 50)
        connection = self.connect(IsolationLevel.READ_COMMITTED)
        cursor = connection.cursor()
        try:
            cursor.execute(f"MERGE INTO {table} t USING (VALUES ({source}, -{amount}), ({target}, {amount})) AS u (id, d) "
                           "ON t.id = u.id WHEN MATCHED THEN UPDATE SET balance = t.balance + u.d, n = t.n + 1").fetchall()
            cursor.execute(f"INSERT INTO ledger VALUES ({name}, '{table}', {source}, '{table}', {target}, {amount})").fetchall()
            connection.commit()
        except Error:
            try:
                connection.rollback()
            except Error:
                pass
            raise
        with self.lock:
            self.acknowledged[name] = (table, source, table, target, amount)
        self.note("merge: committed")

    def read_at_once(self, choose, name):
        """All tables in one statement."""
        sums = " + ".join(f"(SELECT sum(balance) FROM {table})" for table in TABLES)
        changes = " + ".join(f"(SELECT sum(n) FROM {table})" for table in TABLES)
        cursor = self.connect().cursor()
        (total, changed, entries), = cursor.execute(f"SELECT {sums}, {changes}, (SELECT count(*) FROM ledger)").fetchall()
        fits = (total, changed) == (TOTAL, 2 * entries)
        self.note("read at once", None if fits else f"total {total}, {changed} changes, {entries} entries")

    def read_in_turn(self, choose, name):
        """One table after the other in a transaction, and all of them again."""
        connection = self.connect(IsolationLevel.REPEATABLE_READ)
        cursor = connection.cursor()
        order = [*TABLES, "ledger"]
        choose.shuffle(order)
        seen = []
        for _ in range(2):
            state = {}
            for table in order:
                if table == "ledger":
                    state[table] = sorted(entry for entry, in cursor.execute("SELECT name FROM ledger").fetchall())
                else:
                    state[table] = cursor.execute(f"SELECT sum(balance), sum(n) FROM {table}").fetchall()[0]
                time.sleep(choose.random() * 0.02)
            seen.append(state)
        connection.commit()
        total = sum(seen[0][table][0] for table in TABLES)
        changed = sum(seen[0][table][1] for table in TABLES)
        with self.lock:
            self.seen.update(seen[0]["ledger"])
        if seen[0] != seen[1]:
            self.note("read in turn", f"first {seen[0]}, then {seen[1]}")
        elif (total, changed) != (TOTAL, 2 * len(seen[0]["ledger"])):
            self.note("read in turn", f"total {total}, {changed} changes, {len(seen[0]['ledger'])} entries")
        else:
            self.note("read in turn")


def maintain(bank, tarn, choose):
    """Another process that rewrites the same tables and lets old snapshots go."""
    while not bank.stop.wait(0.3):
        table = f"bank.{choose.choice([*TABLES, 'ledger'])}"
        action = choose.choice([("compact", table), ("expire", table, "--older-than", "1s", "--retain-last", "50")])
        done = tarn.run("maintain", *action)
        said = done.stdout + done.stderr
        lost_race = "another writer was first" in said
        bank.note(f"maintain {action[0]}" + (": conflict" if lost_race else ""),
                  None if done.returncode == 0 or lost_race else said)


def check_accounts(bank):
    """Each account holds what the ledger says of it, and the ledger what was acknowledged."""
    cursor = bank.connect().cursor()
    ledger = {name: tuple(entry) for name, *entry in cursor.execute("SELECT * FROM ledger").fetchall()}
    assert ledger == bank.acknowledged
    assert bank.seen <= ledger.keys(), "a reader saw what was never committed"
    expected = {(table, account): START for table in TABLES for account in range(ACCOUNTS)}
    for from_table, from_id, to_table, to_id, amount in ledger.values():
        expected[from_table, from_id] -= amount
        expected[to_table, to_id] += amount
    for table in TABLES:
        for account, balance in cursor.execute(f"SELECT id, balance FROM {table}").fetchall():
            assert balance == expected.pop((table, account)), f"account {account} of {table}: an update was lost"
    assert not expected, f"accounts are gone: {expected}"


@pytest.fixture
def bank(tarn, serve):
    made = "; ".join(
        f"CREATE TABLE bank.{table} WITH (\"format-version\" = '{version}') AS "
        f"SELECT CAST(i AS BIGINT) AS id, CAST({START} AS BIGINT) AS balance, CAST(0 AS BIGINT) AS n FROM range({ACCOUNTS}) r(i)"
        for table, version in TABLES.items())
    tarn.ok("sql", "-e", f"CREATE SCHEMA bank; {made}; CREATE TABLE bank.ledger (name BIGINT, from_table VARCHAR, "
                         "from_id BIGINT, to_table VARCHAR, to_id BIGINT, amount BIGINT)")
    return Bank(serve(), SEED)


def test_sessions_at_once_see_whole_transactions(bank, tarn):
    print(f"CONSISTENCY_SEED={SEED}")
    kinds = [bank.transfer] * 3 + [bank.merge] + [bank.read_at_once, bank.read_in_turn]
    threads = [threading.Thread(target=bank.work, args=(number, kind)) for number, kind in enumerate(kinds)]
    threads.append(threading.Thread(target=maintain, args=(bank, tarn, random.Random(SEED))))
    for thread in threads:
        thread.start()
    bank.stop.wait(SECONDS)
    bank.stop.set()
    for thread in threads:
        thread.join()
    print(dict(bank.counts))
    assert not bank.wrong, bank.wrong[:3]
    check_accounts(bank)
    for kind in ("transfer: committed", "merge: committed", "read at once", "read in turn", "maintain compact"):
        assert bank.counts[kind] > 0, f"nothing of this kind happened: {kind}"


def test_write_skew_is_what_snapshot_isolation_leaves_open(bank):
    """Two transactions each read two tables and change one of them: both commit, though neither could have come first."""
    first, second = (bank.connect(IsolationLevel.READ_COMMITTED) for _ in range(2))
    for connection, changed in ((first, "a"), (second, "b")):
        cursor = connection.cursor()
        assert cursor.execute("SELECT (SELECT min(balance) FROM a) + (SELECT min(balance) FROM b)").fetchall() == [[2 * START]]
        cursor.execute(f"UPDATE {changed} SET balance = 0 WHERE id = 0").fetchall()
    first.commit()
    second.commit()
    cursor = bank.connect().cursor()
    assert cursor.execute("SELECT (SELECT min(balance) FROM a) + (SELECT min(balance) FROM b)").fetchall() == [[0]]
