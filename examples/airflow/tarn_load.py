"""A DAG that loads orders from PostgreSQL into Tarn every night, then sums them up and compacts the table.

Tarn's HTTP API is called with the standard library only. Airflow's variables:

    tarn_url            http://lake:8080
    tarn_token          an access token; unset where nobody signs in
    tarn_connection     the connection stored in Tarn that names the database [shop]

Each task starts a job of Tarn's and follows it to its end: a task that fails shows the job's message, and one that is
cleared in Airflow is done again. The load takes only rows beyond those of the last one, so doing it again is harmless.
"""

from __future__ import annotations

import datetime
import json
import time
import urllib.error
import urllib.request

from airflow.decorators import dag, task
from airflow.models import Variable


def call(method: str, path: str, body: dict | None = None) -> dict:
    """One call below /api/v1. An error's answer goes into the task's log with what it raises."""
    request = urllib.request.Request(Variable.get("tarn_url") + "/api/v1" + path, method=method,
                                     data=None if body is None else json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json", "Prefer": "respond-async"})
    if token := Variable.get("tarn_token", default_var=None):
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}") from error


def run(path: str, body: dict) -> dict:
    """Starts a job and gives its result once it has succeeded."""
    job = call("POST", path, body)
    pause = 0.1
    while job["state"] in ("queued", "running"):
        time.sleep(pause)
        pause = min(pause * 2, 10)
        job = call("GET", f"/jobs/{job['id']}")
    if job["state"] != "succeeded":
        raise RuntimeError(f"job {job['id']} {job['state']}: {(job['error'] or {}).get('message')}")
    return job["result"]


@dag(schedule="30 2 * * *", start_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc), catchup=False,
     max_active_runs=1, default_args={"retries": 2, "retry_delay": datetime.timedelta(minutes=5)}, tags=["tarn"])
def tarn_load():
    @task
    def load_orders() -> int:
        result = run("/load/postgres", {"connection": Variable.get("tarn_connection", default_var="shop"),
                                        "source_table": "public.orders", "table": "staging.orders", "cursor": "id"})
        return result["rows_loaded"]

    @task
    def sum_up(rows_loaded: int) -> int:
        result = run("/sql", {"statements": "CREATE SCHEMA IF NOT EXISTS marts; "
                                            "CREATE OR REPLACE TABLE marts.daily AS SELECT CAST(ordered_at AS date) AS day, "
                                            "count(*) AS orders, sum(amount) AS revenue FROM staging.orders GROUP BY 1"})
        return result["rows_changed"]

    @task
    def compact(days: int) -> int:
        return len(run("/maintain", {"actions": ["compact", "stats"], "table": "staging.orders"})["tables"])

    compact(sum_up(load_orders()))


tarn_load()
