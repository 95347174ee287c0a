"""dbt with its adapter for Trino on Tarn: tests/interop/dbt_project built twice, its rows and its documentation."""
import datetime
import json
import os
import pathlib
import shutil
import subprocess

import pytest
import trino

from conftest import DEPS, versions

PROJECT = pathlib.Path(__file__).parent / "dbt_project"


class Dbt:
    """A copy of the project, and a server that it works on."""

    def __init__(self, server, folder):
        self.folder = shutil.copytree(PROJECT, folder / "project")
        self.host, self.port = server.uri.split("//")[1].rsplit(":", 1)
        packages = versions()["TARN_PIP_DBT"].split()
        self.python = DEPS / ("dbt-" + "-".join(package.split("==")[1] for package in packages)) / "bin/python"

    def run(self, *arguments):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TARN_HOST": self.host, "TARN_PORT": self.port,
                       "DBT_PROFILES_DIR": str(self.folder), "DBT_PROJECT_DIR": str(self.folder), "NO_COLOR": "1"}
        done = subprocess.run([self.python, "-c", "from dbt.cli.main import cli; cli()", "--no-version-check", *arguments],
                              cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def results(self):
        """Status by node of the last run."""
        read = json.loads((self.folder / "target" / "run_results.json").read_text())
        return {result["unique_id"].split(".", 2)[2]: result["status"] for result in read["results"]}

    def rows(self, text):
        connection = trino.dbapi.connect(host=self.host, port=int(self.port), user="tester", catalog="iceberg",
                                         schema="dbt_shop")
        cursor = connection.cursor()
        cursor.execute(text)
        return [tuple(row) for row in cursor.fetchall()]


@pytest.fixture(scope="module")
def dbt(programs, tmp_path_factory):
    tarn_class, server_class = programs
    folder = tmp_path_factory.mktemp("dbt")
    server = server_class(tarn_class(folder / "home"))
    yield Dbt(server, folder)
    assert server.stop() == 0, server.log()


def test_build_twice(dbt):
    dbt.run("build")
    assert set(dbt.results().values()) <= {"success", "pass"}
    assert dbt.rows("SELECT count(*), sum(amount) FROM daily_orders")[0][0] == 4
    assert dbt.rows("SELECT customer_name, orders FROM customers ORDER BY customer_id") == [
        ("Ann", 2), ("Bob", 1), ("Cy", 1), ("O'Hara", 1)]
    assert dbt.rows("SELECT count(*) FROM orders_history") == [(5,)]

    # Of the orders one is changed and one is new before they are loaded again.
    seed = dbt.folder / "seeds" / "raw_orders.csv"
    seed.write_text(seed.read_text().replace("09:30:00,open", "09:30:00,shipped") + "15,2,3.00,2024-01-05 00:00:00,open\n")
    dbt.run("build")
    assert set(dbt.results().values()) <= {"success", "pass"}
    assert dbt.rows("SELECT order_id, run FROM orders_merged ORDER BY order_id") == [
        (10, "first"), (11, "first"), (12, "first"), (13, "again"), (14, "again"), (15, "again")]
    assert dbt.rows("SELECT run, count(*) FROM orders_appended GROUP BY run ORDER BY run") == [("again", 6), ("first", 5)]
    assert dbt.rows("SELECT customer_id, ordered_on, orders, run FROM orders_replaced ORDER BY ordered_on, customer_id")[2:] == [
        (2, dbt_date(2), 1, "first"), (3, dbt_date(3), 1, "again"), (4, dbt_date(4), 1, "again"), (2, dbt_date(5), 1, "again")]
    history = dbt.rows("SELECT order_id, status, dbt_valid_to IS NULL FROM orders_history ORDER BY order_id, 3")
    assert len(history) == 7 and history[1:3] == [(11, "open", False), (11, "shipped", True)]


def dbt_date(day):
    return datetime.date(2024, 1, day)


def test_documentation(dbt):
    dbt.run("docs", "generate")
    catalog = json.loads((dbt.folder / "target" / "catalog.json").read_text())
    assert catalog["errors"] is None
    customers = catalog["nodes"]["model.shop.customers"]
    assert customers["metadata"]["comment"] == "Customers, and what they ordered"
    assert customers["columns"]["customer_id"]["comment"] == "The customer's number"
    assert customers["columns"]["last_order"]["type"] == "date"
    assert catalog["nodes"]["model.shop.stg_orders"]["metadata"]["type"] == "VIEW"
