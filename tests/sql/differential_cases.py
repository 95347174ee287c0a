"""The statements of the comparison with Trino: those of `trino/differential.txt` and `trino/functions.txt`, one expression or
query a line, and products of types, values and operators. A line of several expressions is as many statements, so that one that fails hides no other."""
import itertools
import json
import pathlib
import re

FOLDER = pathlib.Path(__file__).parent / "trino"
ANSWERS = FOLDER / "differential_answers.jsonl"
STATEMENT = re.compile(r"(SELECT|VALUES|TABLE|WITH)\b")

TYPES = ["boolean", "tinyint", "smallint", "integer", "bigint", "real", "double", "decimal(4,1)", "decimal(20,2)", "varchar",
         "varchar(3)", "char(4)", "varbinary", "json", "date", "time", "time(6)", "timestamp", "timestamp(0)",
         "timestamp with time zone", "interval day to second", "interval year to month", "uuid", "ipaddress", "array(varchar)"]

VALUES = ["null", "true", "TINYINT '7'", "SMALLINT '-300'", "70000", "BIGINT '5000000000'", "REAL '1.5'", "2.5e0", "-0.5e0",
          "nan()", "1e30", "9.96", "DECIMAL '123456789012345678.55'", "'12'", "' 12 '", "'-1.5'", "'1e2'", "'abc'", "''", "'true'",
          "'2024-02-29'", "'2024-02-29 10:11:12.345'", "'10:11'", "CAST('12' AS char(4))", "X'6162'", "JSON '12'",
          "JSON '\"2024-02-29\"'", "JSON '{}'", "DATE '2024-02-29'", "TIME '10:11:12.567'", "TIMESTAMP '2024-02-29 10:11:12.567'",
          "TIMESTAMP '2024-02-29 23:11:12.56 -08:00'", "INTERVAL '90' MINUTE", "INTERVAL '14' MONTH",
          "UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59'", "IPADDRESS '10.0.0.1'", "ARRAY[1, null]", "MAP(ARRAY['a'], ARRAY[1])",
          "ROW(1, 'a')"]

OPERANDS = ["null", "true", "TINYINT '7'", "SMALLINT '-3'", "2", "BIGINT '5'", "REAL '1.5'", "2.5e0", "9.96",
            "DECIMAL '123456789012345678.55'", "'12'", "CAST('12' AS char(4))", "X'6162'", "JSON '12'", "DATE '2024-02-29'",
            "TIME '10:11:12.567'", "TIMESTAMP '2024-02-29 10:11:12.56'", "TIMESTAMP '2024-02-29 23:11:12 -08:00'",
            "INTERVAL '90' MINUTE", "INTERVAL '14' MONTH", "ARRAY[1]"]

OPERATORS = ["+", "-", "*", "/", "%", "||", "=", "<"]

AGGREGATES = ["sum(x)", "avg(x)", "min(x)", "max(x)", "count(x)", "array_agg(x)", "stddev(x)", "bool_and(x)", "arbitrary(x)",
              "approx_distinct(x)", "histogram(x)", "max_by(x, x)", "geometric_mean(x)", "checksum(x)"]

ONE_ARGUMENT = ["abs", "length", "upper", "cardinality", "year", "hour", "json_format", "to_hex", "reverse", "typeof", "sqrt", "round",
                "floor", "sign", "is_nan", "date", "to_unixtime", "crc32", "trim", "json_parse", "max", "sum"]


def pieces(line):
    """The expressions of a list, as commas outside of brackets and quotes part them."""
    parts, depth, quote, begin = [], 0, None, 0
    for at, letter in enumerate(line):
        if quote:
            quote = None if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(line[begin:at].strip())
            begin = at + 1
    return [*parts, line[begin:].strip()]


def written():
    texts = [(FOLDER / name).read_text() for name in ("differential.txt", "functions.txt")]
    for line in "\n".join(texts).splitlines():
        if not line or line.startswith("#"):
            continue
        if STATEMENT.match(line):
            yield line
        elif re.search(r"\bFROM (\(VALUES|\(SELECT|UNNEST|JSON_TABLE)", line):
            yield f"SELECT {line}"
        else:
            yield from (f"SELECT {piece}" for piece in pieces(line))


def products():
    for value, target in itertools.product(VALUES, TYPES):
        if not (value.startswith("TIME '") and target.startswith("timestamp")):  # of the day on which it is asked
            yield f"SELECT CAST({value} AS {target})"
    for left, operator, right in itertools.product(OPERANDS, OPERATORS, OPERANDS):
        yield f"SELECT {left} {operator} {right}"
    for aggregate, value in itertools.product(AGGREGATES, OPERANDS):
        yield f"SELECT {aggregate} FROM (VALUES {value}, {value}, null) t(x)"
    for function, value in itertools.product(ONE_ARGUMENT, OPERANDS):
        yield f"SELECT {function}({value})"
    for left, right in itertools.combinations(OPERANDS, 2):
        yield f"VALUES {left}, {right}"


def statements():
    """Each once, in order."""
    return list(dict.fromkeys(itertools.chain(written(), products())))


def answers():
    """The recorded answers by statement: {"types", "rows"} and "names" unless they are those of nameless columns; or {"error"}."""
    return {case["sql"]: case for case in map(json.loads, ANSWERS.read_text().splitlines())}
