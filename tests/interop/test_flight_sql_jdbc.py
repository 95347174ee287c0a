"""The Flight SQL JDBC driver as it is: the walk of a tool through a new server."""
import pathlib
import subprocess

from conftest import DEPS, versions

WALK = pathlib.Path(__file__).parent / "jdbc" / "FlightWalk.java"

EXPECTED = """\
changed|2
product|Tarn
quote|"
transactions|true
catalog|iceberg
schema|sales|iceberg
types|BASE TABLE
types|VIEW
table|iceberg|sales|orders|BASE TABLE|null|null
column|iceberg|sales|orders|id|-5|BIGINT
column|iceberg|sales|orders|item|12|VARCHAR
column|iceberg|sales|orders|price|3|DECIMAL
column|iceberg|sales|orders|at|93|TIMESTAMP
row|1|tea|2.50|2024-02-29 12:30:00.0
row|2|null|null|null
prepared|1
error|true
"""


def test_a_tool_walks_through(serve):
    address = serve("--flight-listen", "127.0.0.1:0").hear(r"grpc://(127\.0\.0\.1:\d+)").group(1)
    version = versions()["TARN_FLIGHT_JDBC_JAR"].rsplit(":", 1)[1]
    jar = DEPS / f"flight-jdbc-{version}" / f"flight-sql-jdbc-driver-{version}.jar"
    assert jar.exists(), f"{jar} is not there: run tools/install_deps.sh --test"
    done = subprocess.run(["java", "-XX:TieredStopAtLevel=1", "--add-opens=java.base/java.nio=ALL-UNNAMED",
                           "-Duser.timezone=UTC", "-cp", jar, WALK,
                           f"jdbc:arrow-flight-sql://{address}?useEncryption=false"],
                          capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, EXPECTED), done.stderr
