"""iceberg-go and iceberg-rust as writers of the interop matrix."""
import json
import subprocess

import pyarrow as pa

from goread_program import program
from matrix_cases import EVOLVED, GONE, NAMESPACE, TYPES_ROWS, Cannot, people, types_table

PEOPLE = pa.schema([("id", pa.int64()), ("name", pa.string()), ("day", pa.date32())])
PEOPLE_TYPES = {"id": "long", "name": "string", "day": "date"}
TYPES = {"b": "boolean", "i": "int", "l": "long", "f": "float", "d": "double", "dec": "decimal(20, 4)", "dt": "date",
         "ts": "timestamp", "tz": "timestamptz", "s": "string", "bin": "binary", "st": {"a": "int", "b": "string"},
         "ar": ["int"], "m": ("string", "double")}


def schema_json(columns):
    """{name: type} as Iceberg's JSON: dicts are structs, a list has its element, a tuple a map's key and value."""
    last = 0

    def number():
        nonlocal last
        last += 1
        return last

    def struct(fields):
        ids = [number() for _ in fields]
        return {"type": "struct", "fields": [{"id": i, "name": name, "required": False, "type": typed(kind)}
                                             for i, (name, kind) in zip(ids, fields.items())]}

    def typed(kind):
        if isinstance(kind, dict):
            return struct(kind)
        if isinstance(kind, list):
            return {"type": "list", "element-id": number(), "element": typed(kind[0]), "element-required": False}
        if isinstance(kind, tuple):
            return {"type": "map", "key-id": number(), "key": kind[0], "value-id": number(), "value": kind[1],
                    "value-required": False}
        return kind

    return struct(columns) | {"schema-id": 0}


class Go:
    name = "iceberg-go"

    def __init__(self, lake):
        self.lake = lake
        self.program = program()
        self.rows_made = 0

    def write(self, case, version, table):
        return getattr(self, case.replace(" ", "_").replace("-", "_"))(table, version)

    def make(self, table, version, columns, *steps, **properties):
        """Runs the steps and registers the table."""
        properties = {key.replace("_", "."): value for key, value in properties.items()} | {"format-version": str(version)}
        create = {"do": "create", "schema": schema_json(columns), "properties": properties}
        location = (self.lake.home / "go" / table).as_uri()
        done = subprocess.run([self.program, "write", location], text=True, capture_output=True, timeout=60,
                              input="\n".join(json.dumps(step) for step in [create, *steps]))
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        self.lake.run("table", "register", f"{NAMESPACE}.{table}", done.stdout.strip())

    def rows(self, rows):
        """A file with an Arrow stream of them."""
        self.rows_made += 1
        path = self.lake.home / "go" / f"rows-{self.rows_made}"
        path.parent.mkdir(exist_ok=True)
        with pa.ipc.new_stream(path, rows.schema) as stream:
            stream.write_table(rows)
        return str(path)

    def append(self, table, version):
        self.make(table, version, PEOPLE_TYPES, self.add(1, 2, 3), self.add(7, 8))
        return {"main": people(1, 2, 3, 7, 8)}

    def add(self, *ids, **more):
        return {"do": "append", "rows": self.rows(pa.Table.from_pylist(people(*ids), PEOPLE)), **more}

    def copy_on_write_delete(self, table, version):
        self.make(table, version, PEOPLE_TYPES, self.add(1, 2, 3, 4, 5), {"do": "delete", "column": "id", "values": [2, 3]},
                  write_delete_mode="copy-on-write")
        return {"main": people(1, 4, 5)}

    def merge_on_read(self, table, version):
        self.make(table, version, PEOPLE_TYPES, self.add(1, 2, 3, 4, 5), {"do": "delete", "column": "id", "values": [2, 3]},
                  self.add(6, 7), {"do": "delete", "column": "id", "values": [5]}, write_delete_mode="merge-on-read")
        return {"main": people(1, 4, 6, 7)}

    position_deletes = deletion_vectors = merge_on_read

    def equality_deletes(self, table, version):
        gone = self.rows(pa.table({"name": pa.array(GONE, pa.string())}))
        self.make(table, version, PEOPLE_TYPES, self.add(1, 2, 3, 4), {"do": "delete-equal", "column": "name", "rows": gone},
                  self.add(2, 5))
        return {"main": people(1, 2, 5)}

    def schema_evolution(self, table, version):
        before = pa.schema([("id", pa.int32()), ("amount", pa.float32()), ("gone", pa.string()),
                            ("place", pa.struct([("city", pa.string())]))])
        first = pa.Table.from_pylist([{"id": 1, "amount": 1.5, "gone": "x", "place": {"city": "Ulm"}},
                                      {"id": 2, "amount": 2.5, "gone": "y", "place": {"city": "Bonn"}}], before)
        after = pa.schema([("key", pa.int64()), ("total", pa.float64()),
                           ("place", pa.struct([("town", pa.string()), ("zip", pa.string())])), ("note", pa.string())])

        def field(kind):
            return {"id": 0, "name": "x", "required": False, "type": kind}

        types = [{"do": "retype", "path": ["id"], "field": field("long")},
                 {"do": "retype", "path": ["amount"], "field": field("double")}, {"do": "drop", "path": ["gone"]},
                 {"do": "add", "path": ["place", "zip"], "field": field("string")},
                 {"do": "add", "path": ["note"], "field": field("string")}]
        names = [{"do": "rename", "path": ["id"], "to": "key"}, {"do": "rename", "path": ["amount"], "to": "total"},
                 {"do": "rename", "path": ["place", "city"], "to": "town"}]
        self.make(table, version, {"id": "int", "amount": "float", "gone": "string", "place": {"city": "string"}},
                  {"do": "append", "rows": self.rows(first)}, {"do": "evolve", "changes": types},
                  {"do": "evolve", "changes": names},
                  {"do": "append", "rows": self.rows(pa.Table.from_pylist(EVOLVED[2:], after))})
        return {"main": EVOLVED}

    def partition_evolution(self, table, version):
        def add(column, transform, name):
            return {"do": "add", "path": [column], "transform": transform, "name": name}

        # No name that needs percent signs while it is a partition: iceberg-go would write to "name=Dörte" and say that
        # it wrote to "name=D%C3%B6rte", where nobody finds the file.
        self.make(table, version, PEOPLE_TYPES, {"do": "repartition", "changes": [add("name", "identity", "name")]},
                  self.add(1, 3, 6), {"do": "repartition", "changes": [add("day", "month", "month")]}, self.add(2, 5),
                  {"do": "repartition", "changes": [{"do": "drop", "name": "name"}, add("id", "bucket[4]", "bucket")]},
                  self.add(4, 7))
        return {"main": people(1, 3, 6, 2, 4, 5, 7)}

    def branches(self, table, version):
        self.make(table, version, PEOPLE_TYPES, self.add(1, 2), {"do": "tag", "name": "first"},
                  {"do": "branch", "name": "audit"}, self.add(3, branch="audit"), self.add(4))
        return {"main": people(1, 2, 4), "audit": people(1, 2, 3), "first": people(1, 2)}

    def all_types(self, table, version):
        self.make(table, version, TYPES, {"do": "append", "rows": self.rows(types_table())})
        return {"main": TYPES_ROWS}

    def v3_types(self, table, version):
        raise Cannot("Python's Arrow, which hands over the rows, has no variant")


def rust_refuses_to_write(lake):
    """What iceberg-rust says to an INSERT: its Python package has no other way to write."""
    import datafusion
    from pyiceberg_core.datafusion import IcebergDataFusionTable

    name = f"{NAMESPACE}.rust"
    lake.sql(f"CREATE TABLE iceberg.{name} (id bigint)", f"INSERT INTO iceberg.{name} VALUES (1)")
    context = datafusion.SessionContext()
    context.register_table("t", IcebergDataFusionTable(
        identifier=name.split("."), metadata_location=lake.metadata_location(name), file_io_properties={}))
    try:
        context.sql("INSERT INTO t VALUES (2)").collect()
    except Exception as error:
        return str(error)
    return None
