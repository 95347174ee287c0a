"""tarn sql: statements, formats, scripts, the interactive shell."""
import csv
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


def test_formats(tarn):
    query = "SELECT 1 AS i, 'a,\"b' AS s, NULL AS n, CAST('1.50' AS DECIMAL(9,2)) AS d, [1, 2] AS l"
    assert tarn.ok("sql", "-e", query).splitlines()[0].split("|")[0].strip() == "i"
    rows = list(csv.reader(io.StringIO(tarn.ok("sql", "--format", "csv", "-e", query))))
    assert rows == [["i", "s", "n", "d", "l"], ["1", 'a,"b', "", "1.50", "[1, 2]"]]
    assert json.loads(tarn.ok("sql", "--format", "json", "-e", query)) == [
        {"i": 1, "s": 'a,"b', "n": None, "d": 1.5, "l": [1, 2]}]
    assert tarn.json("sql", "-e", query)[0]["i"] == 1
    stream = tarn.run("sql", "--format", "arrow", "-e", query, text=False)
    assert pa.ipc.open_stream(stream.stdout).read_all().column("s").to_pylist() == ['a,"b']
    parquet = tarn.run("sql", "--format", "parquet", "-e", query, text=False)
    assert pq.read_table(io.BytesIO(parquet.stdout)).column("d").to_pylist()[0].as_tuple().digits == (1, 5, 0)


def test_exact_values(tarn):
    assert tarn.ok("sql", "--format", "csv", "-e",
                   "SELECT TIMESTAMP '2024-01-31 10:00:00.000001' AS t, DATE '0001-01-01' AS d, 9223372036854775807 AS l, "
                   "CAST('-99999999999999999999999999999999999.999' AS DECIMAL(38,3)) AS x, CAST(0.1 AS DOUBLE) AS f"
                   ).splitlines()[1] == ("2024-01-31 10:00:00.000001,0001-01-01,9223372036854775807,"
                                         "-99999999999999999999999999999999999.999,0.1")


def test_several_statements(tarn, tmp_path):
    script = """
      -- makes a table; really
      CREATE SCHEMA s;
      CREATE TABLE s.t (a INTEGER, b VARCHAR);
      INSERT INTO s.t VALUES (1, 'x;y'), (2, NULL);
      SELECT count(*) AS n FROM s.t
    """
    out = tarn.ok("sql", "-e", script)
    assert "CREATE SCHEMA" in out and "INSERT: 2 rows" in out and out.rstrip().splitlines()[-1].strip() == "2"
    file = tmp_path / "q.sql"
    file.write_text("USE iceberg.s;\nSELECT b FROM t ORDER BY a;\n")
    assert json.loads(tarn.ok("sql", "--format", "json", "-f", file)) == [{"b": "x;y"}, {"b": None}]
    assert json.loads(tarn.ok("sql", "--format", "json", input="SELECT 1 AS a;")) == [{"a": 1}]
    assert json.loads(tarn.ok("sql", "--format", "json", "-f", "-", input="SELECT 1 AS a")) == [{"a": 1}]
    assert json.loads(tarn.ok("sql", "--format", "json", "-e", "USE iceberg.s", "-e", "SELECT max(a) AS a FROM t")) == [{"a": 2}]
    assert tarn.ok("sql", "-e", "SHOW TABLES FROM iceberg.s").count("t\n") == 1


def test_stops_at_the_first_error(tarn):
    done = tarn.run("sql", "--format", "csv", "-e", "SELECT 1 AS a; SELECT nope FROM s.nowhere; SELECT 2 AS b")
    assert done.returncode == 1
    assert done.stdout == "a\n1\n"
    assert len(done.stderr.splitlines()) == 1 and "Schema 's' does not exist" in done.stderr


@pytest.mark.parametrize("statement, hint", [
    ("SELEC 1", "SELEC"), ("SELECT * FROM iceberg.no.table_here", "Schema 'no' does not exist"), ("SELECT 'open", ""),
    ("SELECT CAST('x' AS INTEGER)", "x"), ("INSERT INTO nowhere.t VALUES (1)", "nowhere"),
])
def test_errors_are_one_line(tarn, statement, hint):
    assert hint in tarn.fails("sql", "-e", statement)


def test_a_failed_statement_leaves_no_trace(tarn):
    tarn.ok("sql", "-e", "CREATE SCHEMA s; CREATE TABLE s.t (a INTEGER)")
    tarn.fails("sql", "--dialect", "duckdb", "-e",
               "INSERT INTO s.t SELECT CASE WHEN i = 99999 THEN CAST('x' AS INTEGER) ELSE i END FROM range(100000) r(i)")
    assert tarn.value("SELECT count(*) FROM s.t") == 0
    assert tarn.json("table", "orphans", "s.t")["count"] == 0
    tarn.fails("sql", "-e", "CREATE TABLE s.u AS SELECT CAST('x' || i AS INTEGER) AS a FROM UNNEST(sequence(0, 9)) r(i)")
    assert tarn.tables() == ["s.t"]


def test_missing_script(tarn, tmp_path):
    assert "none.sql" in tarn.fails("sql", "-f", tmp_path / "none.sql")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_a_query(tarn, stop):
    tarn.ok("sql", "-e", "CREATE SCHEMA s")
    process = tarn.start("sql", "--dialect", "duckdb", "-e",
                         "CREATE TABLE s.t AS SELECT count(*) AS n FROM range(3000000) a, range(3000000) b")
    time.sleep(1.5)
    process.send_signal(stop)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1, err
    assert err.startswith("tarn: ")
    assert tarn.tables() == []


class Terminal:
    """`tarn sql` on a pseudo-terminal."""

    def __init__(self, tarn):
        self.master, slave = pty.openpty()
        env = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
        self.process = subprocess.Popen(tarn.command("sql"), stdin=slave, stdout=slave, stderr=slave, env=env,
                                        start_new_session=True, preexec_fn=lambda: __import__("fcntl").ioctl(
                                            0, __import__("termios").TIOCSCTTY, 0))
        os.close(slave)
        self.text = ""

    def wait_for(self, pattern, timeout=20):
        end = time.monotonic() + timeout
        while not re.search(pattern, self.text):
            left = end - time.monotonic()
            assert left > 0, f"no {pattern!r} in {self.text!r}"
            if select.select([self.master], [], [], min(left, 0.2))[0]:
                try:
                    self.text += os.read(self.master, 65536).decode(errors="replace")
                except OSError:
                    break
        match = re.search(pattern, self.text)
        assert match, f"no {pattern!r} in {self.text!r}"
        self.text = self.text[match.end():]
        return match

    def send(self, text):
        os.write(self.master, text.encode())

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture
def terminal(tarn):
    opened = Terminal(tarn)
    opened.wait_for(r"> ")
    yield opened
    opened.close()


def test_shell(tarn, terminal):
    terminal.send("SELECT 41 +\n")
    terminal.wait_for(r"-> ")
    terminal.send("1 AS answer;\n")
    terminal.wait_for(r"42")
    terminal.wait_for(r"\(1 row, [0-9.]+ s\)")
    terminal.send("SELECT nope;\n")
    terminal.wait_for(r"Error: .*nope")
    terminal.send("CREATE SCHEMA s; USE iceberg.s;\n")
    terminal.wait_for(r"iceberg\.s> ")
    terminal.send("CREATE TABLE t (a INTEGER);\n")
    terminal.wait_for(r"CREATE TABLE \(")
    terminal.send("\\dt\n")
    terminal.wait_for(r"s +\| t +\| table")
    terminal.send("\\d t\n")
    terminal.wait_for(r"a +\| int")
    terminal.send("\\dn\n")
    terminal.wait_for(r"schema")
    terminal.send("\\timing\n")
    terminal.wait_for(r"Timing is off")
    terminal.send("\\x\n")
    terminal.wait_for(r"Expanded display is on")
    terminal.send("SELECT 7 AS seven;\n")
    terminal.wait_for(r"-\[ row 1 \]")
    terminal.send("\\nonsense\n")
    terminal.wait_for(r"Unknown command")
    terminal.send("\\?\n")
    terminal.wait_for(r"\\timing")
    terminal.send("\\q\n")
    assert terminal.process.wait(timeout=20) == 0
    assert "answer" in (tarn.home / "history").read_text()


def test_ctrl_c_cancels_the_query_and_not_the_shell(terminal):
    terminal.send("SELECT count(*) FROM range(3000000) a, range(3000000) b;\n")
    time.sleep(1.5)
    terminal.send("\x03")
    terminal.wait_for(r"Error: ")
    terminal.send("SELECT 5 AS five;\n")
    terminal.wait_for(r"five")
    terminal.send("SELECT half")
    time.sleep(0.5)
    terminal.send("\x03")
    terminal.wait_for(r"\^C")
    terminal.send("SELECT 6 AS six;\n")
    terminal.wait_for(r"\(1 row")
    terminal.send("\x04")
    assert terminal.process.wait(timeout=20) == 0
