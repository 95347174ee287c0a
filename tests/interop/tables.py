"""Tables that every reader is shown: how Tarn makes them, and the types that others must see."""

ALL_TYPES_COLUMNS = [
    # name, type as Tarn is told, type as PyIceberg prints it, type as Spark prints it
    ("b", "boolean", "boolean", "boolean"),
    ("i", "integer", "int", "int"),
    ("l", "bigint", "long", "bigint"),
    ("f", "real", "float", "float"),
    ("d", "double", "double", "double"),
    ("dec9", "decimal(9,2)", "decimal(9, 2)", "decimal(9,2)"),
    ("dec18", "decimal(18,4)", "decimal(18, 4)", "decimal(18,4)"),
    ("dec38", "decimal(38,10)", "decimal(38, 10)", "decimal(38,10)"),
    ("dt", "date", "date", "date"),
    ("ts", "timestamp(6)", "timestamp", "timestamp_ntz"),
    ("tstz", "timestamp(6) with time zone", "timestamptz", "timestamp"),
    ("s", "varchar", "string", "string"),
    ("bin", "varbinary", "binary", "binary"),
    ("r", "row(a integer, b varchar)", None, "struct<a:int,b:string>"),
    ("arr", "array(integer)", "list<int>", "array<int>"),
    ("m", "map(varchar, double)", "map<string, double>", "map<string,double>"),
    ("deep", "array(row(x integer, y map(varchar, array(bigint))))", None,
     "array<struct<x:int,y:map<string,array<bigint>>>>"),
]
# Spark has no time and reads uuid as text: these two are compared apart.
TIME_AND_UUID_COLUMNS = [("t", "time", "time"), ("u", "uuid", "uuid")]

ALL_TYPES_ROWS = [
    "true, -2147483648, -9223372036854775808, 1.5, 2.5, 1234567.89, 12345678901234.5678, "
    "1234567890123456789012345678.0123456789, DATE '1969-12-31', TIMESTAMP '1969-12-31 23:59:59.999999', "
    "TIMESTAMPTZ '2024-02-29 12:00:00.000001+00:00', 'héllo 🎉', '\\x00\\xFF'::BLOB, {'a': 1, 'b': 'x'}, [1, NULL, 3], "
    "MAP {'k': 1.25, 'n': NULL}, [{'x': 1, 'y': MAP {'q': [1, 2]}}]",
    "false, 2147483647, 9223372036854775807, 'NaN'::FLOAT, '-inf'::DOUBLE, -0.01, -0.0001, -0.0000000001, "
    "DATE '2024-02-29', TIMESTAMP '2024-02-29 00:00:00', TIMESTAMPTZ '1900-01-01 00:00:00+00:00', '', ''::BLOB, "
    "{'a': NULL, 'b': NULL}, [], MAP {}, []",
    ", ".join(["NULL"] * 17),
]


def make_all_types(lake, name="iceberg.interop.all_types"):
    columns = ", ".join(f"{name} {written}" for name, written, *_ in ALL_TYPES_COLUMNS)
    lake.sql(f"CREATE TABLE {name} ({columns})",
             f"INSERT INTO {name} VALUES " + ", ".join(f"({row})" for row in ALL_TYPES_ROWS))


# transform as Tarn is told → (as PyIceberg prints it, columns of the table)
TRANSFORMS = {
    "s": "identity", "i": "identity", "day(ts)": "day", "month(ts)": "month", "year(ts)": "year", "hour(ts)": "hour",
    "day(d)": "day", "bucket(s, 4)": "bucket[4]", "bucket(i, 8)": "bucket[8]", "truncate(s, 2)": "truncate[2]",
    "truncate(i, 10)": "truncate[10]",
}
PARTITIONED_ROWS = ", ".join(
    f"({n}, '{text}', TIMESTAMP '{ts}', DATE '{ts[:10]}')" for n, text, ts in [
        (1, "alpha", "2024-01-01 00:00:00"), (-1, "beta", "1969-12-31 23:59:59.999999"), (34, "", "1970-01-01 00:00:00"),
        (-11, "a b/c=d%é", "2024-02-29 23:30:00"), (10, "🎉🎉🎉", "1900-06-15 01:00:00")]) + ", (NULL, NULL, NULL, NULL)"


def partitioned_name(term):
    return "p_" + "".join(c if c.isalnum() else "_" for c in term).strip("_")


def make_partitioned(lake, term):
    name = f"iceberg.interop.{partitioned_name(term)}"
    lake.sql(f"CREATE TABLE {name} (i integer, s varchar, ts timestamp(6), d date) "
             f"WITH (partitioning = ARRAY['{term}'])",
             f"INSERT INTO {name} VALUES {PARTITIONED_ROWS}")
    return name
