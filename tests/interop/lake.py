"""One Tarn home and the ways other programs look into it.

Values are compared in one canonical form, so that "row for row and type for type" is one equality of lists.
"""
import datetime
import decimal
import json
import math
import os
import pathlib
import subprocess
import uuid

import pyarrow.parquet as pq

TARN = os.environ.get("TARN_BIN", str(pathlib.Path(__file__).parents[2] / "build/release/bin/tarn"))


class TarnError(Exception):
    pass


class Lake:
    def __init__(self, home):
        self.home = pathlib.Path(home)

    def run(self, *args, check=True):
        done = subprocess.run([TARN, *args, "--home", str(self.home)], capture_output=True, text=True, timeout=300)
        if check and done.returncode != 0:
            raise TarnError(f"tarn {' '.join(args)}: exit {done.returncode}: {done.stderr.strip()}")
        return done

    def sql(self, *statements):
        """Runs the statements in one process; the rows of the last one as a list of dicts."""
        done = self.run("sql", "--format", "json", "-e", ";\n".join(statements))
        text = done.stdout.strip()
        return json.loads(text.splitlines()[-1] if text.count("\n[") else text) if text else []

    def arrow(self, query):
        """The query's rows as an Arrow table, through Tarn's Parquet output."""
        path = self.home / f"out-{uuid.uuid4().hex}.parquet"
        with open(path, "wb") as out:
            done = subprocess.run([TARN, "sql", "--format", "parquet", "-e", query, "--home", str(self.home)],
                                  stdout=out, stderr=subprocess.PIPE, timeout=300)
        if done.returncode != 0:
            raise TarnError(done.stderr.decode().strip())
        table = pq.read_table(path)
        path.unlink()
        return table

    def delete_equal(self, table, column, keys):
        """Deletes the rows whose `column` is one of `keys`, by an equality delete file."""
        program = pathlib.Path(TARN).with_name("tarn_delete_equal")
        done = subprocess.run([program, str(self.home), table, column, json.dumps(keys)], capture_output=True, text=True,
                              timeout=60)
        if done.returncode != 0:
            raise TarnError(done.stderr.strip())

    def metadata_location(self, table):
        return json.loads(self.run("table", "show", table, "--json").stdout)["metadata_location"]


def canonical(value):
    """A value as plain, comparable Python: one form whatever library it came from."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, float):
        return "nan" if math.isnan(value) else value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            return value.astimezone(datetime.timezone.utc).isoformat()
        return value.isoformat()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(k): canonical(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(v, tuple) and len(v) == 2 for v in value):  # Arrow's map
            return {str(k): canonical(v) for k, v in value}
        return [canonical(v) for v in value]
    return value


def empty_maps_alike(value):
    """Arrow gives an empty map as [], Spark as {}: both become {}."""
    if value == []:
        return {}
    if isinstance(value, dict):
        return {k: empty_maps_alike(v) for k, v in value.items()}
    if isinstance(value, list):
        return [empty_maps_alike(v) for v in value]
    return value


def rows(records):
    """Records (dicts) as a sorted list of canonical texts."""
    return sorted(json.dumps(empty_maps_alike({k: canonical(v) for k, v in record.items()}), sort_keys=True)
                  for record in records)


def arrow_rows(table):
    return rows(table.to_pylist())


def spark_rows(frame):
    """A Spark DataFrame's rows; by Arrow, where a zoned timestamp keeps its zone."""
    return arrow_rows(frame.toArrow())
