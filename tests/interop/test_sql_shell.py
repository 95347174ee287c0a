"""`tarn sql` as a client of a real Trino."""
import json

VALUES = """SELECT REAL '0.1' AS a, DECIMAL '1.10' AS b, X'00ff' AS c, TIME '01:02:03.456' AS d,
    TIMESTAMP '2020-06-10 15:55:23.383345' AS e, TIMESTAMP '2020-06-10 15:55:23.383 America/Los_Angeles' AS f,
    MAP(ARRAY['z', 'a'], ARRAY[1, 2]) AS g, CAST(ROW(1, 'b') AS ROW(x BIGINT, y VARCHAR)) AS h, nan() AS i,
    INTERVAL '1' DAY AS j, CAST('x' AS char(3)) AS k, IPADDRESS '10.0.0.1' AS l"""


def test_statements_of_a_real_trino(tarn, trino, tmp_path):
    def run(*args, code=0):
        done = tarn.run("sql", "--server", trino.uri, "--user", "test", *args, env={"XDG_STATE_HOME": str(tmp_path)})
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    assert run("--format", "tsv", "--set", "header=off", "-e", VALUES).rstrip("\n").split("\t") == [
        "0.1", "1.10", "00ff", "01:02:03.456", "2020-06-10 15:55:23.383345", "2020-06-10 22:55:23.383+00:00", "{z=1, a=2}",
        "{x: 1, y: b}", "NaN", "1 00:00:00.000", "x  ", "10.0.0.1"]
    with trino.attached("samples", "tpch", {}):
        rows = run("--format", "csv", "-e", "USE samples.tiny; SELECT orderkey FROM lineitem").splitlines()
        assert len(rows) == 60176
        session = json.loads(run("--json", "-e", "PREPARE p FROM SELECT ? + 1 AS v; EXECUTE p USING 5"))
        assert session == [{"v": 6}]
        assert "nationkey | bigint" in run("-e", "\\d samples.tiny.nation")
        assert run("-e", "SELECT nope FROM samples.tiny.nation", code=1) == "tarn: line 1:8: Column 'nope' cannot be resolved\n"
