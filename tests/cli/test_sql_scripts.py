"""tarn sql without a terminal: formats, files, errors, dialects, and a server that runs the statements."""
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

QUERY = "SELECT 1 AS i, 'a|\t<b>' AS s, NULL AS n UNION ALL SELECT 2, 'x' || chr(10) || 'y', 3 ORDER BY 1"


@pytest.mark.parametrize("name, text", [
    ("tsv", "i\ts\tn\n1\ta|\\t<b>\t\\N\n2\tx\\ny\t3\n"),
    ("jsonlines", '{"i":1,"s":"a|\\t<b>","n":null}\n{"i":2,"s":"x\\ny","n":3}\n'),
    ("markdown", "| i | s | n |\n| ---: | --- | ---: |\n| 1 | a\\|\t&lt;b> | NULL |\n| 2 | x<br>y | 3 |\n"),
    ("html", "<table>\n<tr><th>i</th><th>s</th><th>n</th></tr>\n"
             '<tr><td align="right">1</td><td>a|\t&lt;b&gt;</td><td align="right">NULL</td></tr>\n'
             '<tr><td align="right">2</td><td>x\ny</td><td align="right">3</td></tr>\n</table>\n'),
    ("vertical", "-[ row 1 ]----\ni | 1\ns | a|\\t<b>\nn | NULL\n-[ row 2 ]----\ni | 2\ns | x\\ny\nn | 3\n"),
])
def test_formats_as_text(tarn, name, text):
    assert tarn.ok("sql", "--format", name, "-e", QUERY) == text


def test_settings_shape_the_output(tarn):
    query = "SELECT 1 AS i, NULL AS n"
    assert tarn.ok("sql", "--set", "border=unicode", "--set", "null=-", "-e", query) == (
        "┌───┬───┐\n│ i │ n │\n├───┼───┤\n│ 1 │ - │\n└───┴───┘\n")
    assert tarn.ok("sql", "--format", "csv", "--set", "header=off", "-e", query) == "1,\n"
    assert "max_rows" in tarn.fails("sql", "--set", "maxrows=3", "-e", query, code=2)


def test_output_goes_to_a_file(tarn, tmp_path):
    assert tarn.ok("sql", "--output", tmp_path / "t.csv", "--format", "csv", "-e", "SELECT 1 AS a") == ""
    assert (tmp_path / "t.csv").read_text() == "a\n1\n"
    tarn.ok("sql", "-o", tmp_path / "t.parquet", "--format", "parquet", "-e", "SELECT 1 AS a")
    assert pq.read_table(tmp_path / "t.parquet").to_pydict() == {"a": [1]}
    assert "no/such" in tarn.fails("sql", "-o", tmp_path / "no/such", "-e", "SELECT 1")


def test_errors_need_not_end_a_script(tarn, tmp_path):
    script = "SELECT 1 AS a;\nSELECT nope;\nSELECT 2 AS b;\n"
    done = tarn.run("sql", "--format", "csv", "--no-stop-on-error", input=script)
    assert (done.returncode, done.stdout) == (1, "a\n1\nb\n2\n")
    lines = done.stderr.splitlines()
    assert len(lines) == 2 and "nope" in lines[0] and lines[1].endswith("failed: 1")
    file = tmp_path / "s.sql"
    file.write_text(script)
    assert tarn.run("sql", "--format", "csv", "-f", file).stdout == "a\n1\n"


def test_scripts_have_commands(tarn, tmp_path):
    inner = tmp_path / "inner.sql"
    inner.write_text("SELECT 5 AS inner_one")
    script = f"\\format csv\n\\echo begin\nSELECT 1 AS a \\g\n\\i {inner}\nSELECT '\\d' AS kept;\n\\q\nSELECT 2 AS never;\n"
    assert tarn.ok("sql", input=script) == "begin\na\n1\ninner_one\n5\nkept\n\\d\n"
    assert "\\nothing" in tarn.fails("sql", input="\\nothing\n", code=2)
    loop = tmp_path / "loop.sql"
    loop.write_text(f"\\i {loop}\n")
    assert "too deeply" in tarn.fails("sql", "-f", loop)


def test_the_dialect_is_chosen(tarn):
    assert tarn.ok("sql", "--format", "csv", "-e", "SELECT 7 / 2 AS x") == "x\n3\n"
    assert tarn.ok("sql", "--dialect", "trino", "--format", "csv", "-e", "SELECT 7 / 2 AS x") == "x\n3\n"
    assert tarn.ok("sql", "--dialect", "duckdb", "--format", "csv", "-e", "SELECT 7 / 2 AS x") == "x\n3.5\n"
    assert "klingon" in tarn.fails("sql", "--dialect", "klingon", "-e", "SELECT 1")


@pytest.fixture
def remote(tarn, server):
    """Runs tarn sql against the server; from a home that is not there."""

    def run(*args, ok=True, env=None, **options):
        done = type(tarn)(tarn.home.parent / "none").run("sql", "--server", server.uri, *args, env={
            "XDG_STATE_HOME": str(tarn.home.parent / "state"), **(env or {})}, **options)
        assert (done.returncode == 0) == ok, done.stderr
        return done.stdout if ok else done.stderr

    return run


TYPES = """SELECT true AS a, TINYINT '1' AS b, 9223372036854775807 AS c, REAL '0.1' AS d, 1e300 AS e, DECIMAL '1.10' AS f,
    'x''y' AS g, X'00ff' AS h, DATE '2024-02-29' AS i, TIME '01:02:03.456' AS j, TIMESTAMP '2020-06-10 15:55:23.383345' AS k,
    TIMESTAMP '2020-06-10 15:55:23.383 America/Los_Angeles' AS l, ARRAY[1, NULL] AS m, MAP(ARRAY['z', 'a'], ARRAY[1, 2]) AS n,
    CAST(ROW(1, 'b') AS ROW(x BIGINT, y VARCHAR)) AS o, NULL AS p, UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59' AS q"""


@pytest.mark.parametrize("name", ["csv", "vertical", "json"])
def test_a_servers_values_look_like_the_embedded_ones(tarn, remote, name):
    embedded = tarn.ok("sql", "--dialect", "trino", "--format", name, "-e", TYPES)
    assert remote("--format", name, "-e", TYPES) == embedded


def test_statements_run_on_the_server(tarn, remote, tmp_path):
    said = remote("-e", "CREATE SCHEMA s; USE iceberg.s; CREATE TABLE t (a INTEGER); INSERT INTO t VALUES 1, 2, 3;"
                  "SELECT count(*) AS n FROM t; SET SESSION dialect = 'duckdb'; SELECT 7 / 2 AS x")
    assert "INSERT: 3 rows" in said and "3.5" in said
    assert tarn.value("SELECT count(*) FROM s.t") == 3
    assert not (tmp_path / "none").exists()
    assert json.loads(remote("--json", "-e", "SELECT x FROM unnest(sequence(1, 10000)) AS t(x)"))[-1] == {"x": 10000}
    assert remote("--format", "arrow", "-o", tmp_path / "x.arrow", "-e", "SELECT 1 AS a, DATE '2024-01-01' AS d") == ""
    schema = pa.ipc.open_stream(io.BytesIO((tmp_path / "x.arrow").read_bytes())).schema
    assert schema.field("d").type == pa.date32()


def test_errors_of_a_server_are_one_line(remote):
    for statement, said in [("SELEC 1", "line 1:1: "), ("SELECT 1/0", "zero")]:
        error = remote("-e", statement, ok=False)
        assert said.lower() in error.lower() and len(error.splitlines()) == 1


def test_prepared_statements_and_transactions_live_in_the_client(remote):
    said = remote("--format", "csv", "-e", "PREPARE p FROM SELECT ? AS v; EXECUTE p USING 5; DEALLOCATE PREPARE p")
    assert said == "v\n5\n"
    remote("-e", "CREATE SCHEMA tx; CREATE TABLE tx.t (a INTEGER)")
    said = remote("--format", "csv", "-e", "START TRANSACTION; INSERT INTO tx.t VALUES 1; ROLLBACK; SELECT count(*) AS n FROM tx.t")
    assert said.endswith("n\n0\n")


def test_who_asks_a_server(tarn, serve, tmp_path):
    secret = tarn.json("user", "add", "ada", "--admin")["client_secret"]
    password = tmp_path / "password"
    password.write_text(secret + "\n")
    server = serve(settings={"auth": {"enabled": True}})
    away = {"XDG_STATE_HOME": str(tmp_path / "state")}
    home = type(tarn)(tmp_path / "none")

    def run(*args, **env):
        return home.run("sql", "--server", server.uri, *args, "--format", "csv", "-e", "SELECT 7 AS u", env=away | env)

    assert "TARN_CLIENT_CREDENTIAL" in run().stderr
    assert run("--user", "ada", "--password-file", password).stdout == "u\n7\n"
    assert run(TARN_CLIENT_CREDENTIAL=f"ada:{secret}").stdout == "u\n7\n"
    wrong = run(TARN_CLIENT_CREDENTIAL="ada:wr0ng-secret")
    assert wrong.returncode == 1 and "wr0ng" not in wrong.stderr and len(wrong.stderr.splitlines()) == 1
    shown = home.run("sql", "--server", server.uri.replace("://", f"://ada:{secret}@"), "-e", "SELECT 1")
    assert shown.returncode == 2 and "--password-file" in shown.stderr and secret not in shown.stderr
    assert "--server" in tarn.fails("sql", "--user", "ada", "-e", "SELECT 1", code=2)


def test_a_server_that_is_not_there(tarn):
    assert "127.0.0.1:1" in tarn.fails("sql", "--server", "http://127.0.0.1:1", "-e", "SELECT 1")
