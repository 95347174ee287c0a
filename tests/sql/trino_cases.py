"""Statements with Trino 476's recorded answers, and what `tarn sql` answers to them."""
import base64
import datetime
import decimal
import io
import json
import pathlib
import zoneinfo

import pyarrow as pa

CASES = [json.loads(line) for line in (pathlib.Path(__file__).parent / "trino/dialect.jsonl").read_text().splitlines()]
WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
UNITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}


def run_all(tarn, statements):
    """(table or None, error or None) of each. A process runs statements until one fails; the next goes on behind it."""
    answers = []
    while len(answers) < len(statements):
        rest = statements[len(answers):]
        command = ["sql", "--format", "arrow", "-e", "SET SESSION dialect = 'trino'"]
        for statement in rest:
            command += ["-e", statement]
        done = tarn.run(*command, text=False)
        tables = read_tables(done.stdout)
        answers += [(table, None) for table in tables[: len(rest)]]
        if done.returncode != 0:
            assert done.returncode == 1, f"{rest[len(tables)]}: exit {done.returncode}: {done.stderr[-300:]}"
            answers.append((None, done.stderr.decode().strip().removeprefix("tarn: ")))
        else:
            assert len(tables) >= len(rest), f"{len(tables)} results of {len(rest)} statements"
    return answers


def read_tables(data):
    stream, tables = io.BytesIO(data), []
    while stream.tell() < len(data):
        table = pa.ipc.open_stream(stream).read_all()
        if table.num_columns:
            tables.append(table)
    return tables


def is_same_answer(case, table, error):
    """Whether `tarn sql` answered as Trino did, and what it answered."""
    if "error" in case:
        return error is not None, error or table.to_pylist()
    if error:
        return False, error
    try:
        rows = rows_of(table, case["types"])
    except (OverflowError, ValueError, IndexError) as failure:
        return False, f"{failure}: {table.schema}"
    same = same_rows(case["rows"], rows, "ORDER BY" in case["sql"])
    return same and table.column_names == case["names"], rows


def rows_of(table, types):
    """The rows in the encodings of Trino's protocol."""
    zones = [(field.metadata or {}).get(b"trino.zone", b"UTC").decode() for field in table.schema]
    columns = [cells(column, kind, zone) for column, kind, zone in zip(table.columns, types, zones)]
    return [list(row) for row in zip(*columns)]


def cells(array, kind, zone="UTC"):
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
    return [cell(array, i, kind, zone) for i in range(len(array))]


def split_types(text):
    """The arguments of a type's text: "integer, map(a, b)" gives two."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    return [*parts, text[start:].strip()]


def cell(array, i, kind, zone="UTC"):
    value = array[i]
    if not value.is_valid:
        return None
    inner = split_types(kind[kind.index("(") + 1: kind.rindex(")")]) if "(" in kind else []
    kind_of = array.type
    if pa.types.is_map(kind_of):
        keys, items = cells(value.values.field(0), inner[0]), cells(value.values.field(1), inner[1])
        return {str(k): v for k, v in zip(keys, items)}
    if pa.types.is_list(kind_of) or pa.types.is_large_list(kind_of):
        return cells(value.values, inner[0])
    if pa.types.is_struct(kind_of):
        fields = [array.field(n) for n in range(kind_of.num_fields)]
        names = [part.split(" ", 1)[1] if " " in part and not part.startswith(("row(", "decimal(", "timestamp(")) else part
                 for part in inner]
        return [cell(field, i, name) for field, name in zip(fields, names)]
    return plain(array, i, kind, zone)


def plain(array, i, kind, zone):
    kind_of, value = array.type, array[i]
    if pa.types.is_timestamp(kind_of):
        digits = int(kind[kind.index("(") + 1: kind.index(")")]) if "(" in kind else 3
        count = value.cast(pa.int64()).as_py()
        if not kind_of.tz:
            return timestamp(count, UNITS[kind_of.unit], digits)
        return f"{timestamp(count + shift(count, zone), 6, digits)} {zone}"
    if pa.types.is_time(kind_of):
        digits = int(kind[kind.index("(") + 1: kind.index(")")]) if "(" in kind else 3
        micros = value.cast(pa.int64()).as_py()
        return timestamp(micros, 6, digits).split(" ")[1]
    if pa.types.is_interval(kind_of):
        return interval(value.as_py(), kind)
    if pa.types.is_floating(kind_of):
        number = value.as_py()
        return WORDS.get(str(number), number)
    if pa.types.is_date32(kind_of):
        return date(value.cast(pa.int32()).as_py())
    python = value.as_py()
    if isinstance(python, bytes):
        return base64.b64encode(python).decode()
    if isinstance(python, decimal.Decimal):
        return str(python)
    return python


def shift(micros, zone):
    """Microseconds by which clocks of the zone are ahead of UTC at that instant."""
    if zone[0] in "+-":
        hours, minutes = zone[1:].split(":")
        return (1 if zone[0] == "+" else -1) * (int(hours) * 60 + int(minutes)) * 60_000_000
    moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(microseconds=micros)
    return int(moment.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset().total_seconds()) * 1_000_000


def timestamp(count, unit, digits):
    seconds, rest = divmod(count, 10**unit)
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    fraction = str(rest).zfill(unit).ljust(12, "0")[:digits] if unit else "0" * digits
    return f"{moment:%Y-%m-%d %H:%M:%S}".zfill(19) + (f".{fraction}" if digits else "")


def date(days):
    if days < -719_162:  # before the year 1, which Python's dates do not have; 400 years repeat themselves
        text = str(datetime.date(1970, 1, 1) + datetime.timedelta(days=days + 146_097))
        return f"{int(text[:4]) - 400:04}{text[4:]}"
    return str(datetime.date(1970, 1, 1) + datetime.timedelta(days=days))


def interval(value, kind):
    if "month" in kind.lower():
        sign, months = "-" * (value.months < 0), abs(value.months)
        return f"{sign}{months // 12}-{months % 12}"
    millis = (value.days * 86_400 * 10**9 + value.nanoseconds) // 10**6
    sign, millis = "-" * (millis < 0), abs(millis)
    days, millis = divmod(millis, 86_400_000)
    return f"{sign}{days} {millis // 3_600_000:02}:{millis // 60_000 % 60:02}:{millis // 1000 % 60:02}.{millis % 1000:03}"


def same_rows(theirs, ours, ordered):
    def key(row):
        return json.dumps(row, sort_keys=True, default=str)
    return theirs == ours if ordered else sorted(theirs, key=key) == sorted(ours, key=key)
