"""Tarn, Spark and PyIceberg as writers of the interop matrix."""
import pyarrow as pa

from matrix_cases import (EVOLVED, GONE, NAMESPACE, TYPES_ROWS, TYPES_SPARK, TYPES_SQL_SPARK, TYPES_SQL_TARN, TYPES_TARN, Cannot,
                          people, types_table, values)


class Spark:
    name = "Spark"

    def __init__(self, spark):
        self.spark = spark

    def sql(self, text):
        return self.spark.sql(text)

    def create(self, table, columns, version, partitioning="", **properties):
        properties["format-version"] = version
        listed = ", ".join(f"'{k.replace('_', '.')}'='{v}'" for k, v in properties.items())
        self.sql(f"CREATE TABLE {table} ({columns}) USING iceberg {partitioning} TBLPROPERTIES ({listed})")

    def write(self, case, version, table):
        return getattr(self, case.replace(" ", "_").replace("-", "_"))(f"iceberg.{NAMESPACE}.{table}", version)

    def make_people(self, table, version, *ids, **properties):
        self.create(table, "id bigint, name string, day date", version, **properties)
        self.sql(f"INSERT INTO {table} SELECT /*+ COALESCE(1) */ * FROM VALUES {values(people(*ids))}")

    def append(self, table, version):
        self.make_people(table, version, 1, 2, 3)
        self.sql(f"INSERT INTO {table} VALUES {values(people(7, 8))}")
        return {"main": people(1, 2, 3, 7, 8)}

    def copy_on_write_delete(self, table, version):
        self.make_people(table, version, 1, 2, 3, 4, 5, write_delete_mode="copy-on-write")
        self.sql(f"DELETE FROM {table} WHERE id IN (2, 3)")
        return {"main": people(1, 4, 5)}

    def merge_on_read(self, table, version):
        self.make_people(table, version, 1, 2, 3, 4, 5, write_delete_mode="merge-on-read")
        self.sql(f"DELETE FROM {table} WHERE id IN (2, 3)")
        self.sql(f"INSERT INTO {table} VALUES {values(people(6, 7))}")
        self.sql(f"DELETE FROM {table} WHERE id = 5")
        return {"main": people(1, 4, 6, 7)}

    position_deletes = deletion_vectors = merge_on_read

    def equality_deletes(self, table, version):
        self.make_people(table, version, 1, 2, 3, 4)
        self.delete_equal(table, "name", GONE)
        self.sql(f"INSERT INTO {table} VALUES {values(people(2, 5))}")
        return {"main": people(1, 2, 5)}

    def delete_equal(self, table, column, keys):
        """An equality delete file; by Iceberg's Java API, as Spark's SQL writes none."""
        jvm, gateway = self.spark._jvm, self.spark.sparkContext._gateway
        iceberg = jvm.org.apache.iceberg
        loaded = iceberg.spark.Spark3Util.loadIcebergTable(self.spark._jsparkSession, table)
        names = gateway.new_array(gateway.jvm.java.lang.String, 1)
        names[0] = column
        ids = gateway.new_array(gateway.jvm.int, 1)
        ids[0] = loaded.schema().findField(column).fieldId()
        schema = loaded.schema().select(names)
        builder = getattr(iceberg.data, "GenericFileWriterFactory$Builder")(loaded)
        factory = builder.equalityFieldIds(ids).equalityDeleteRowSchema(schema).build()
        output = iceberg.encryption.EncryptedFiles.plainAsEncryptedOutput(
            loaded.io().newOutputFile(loaded.location() + "/data/equality-deletes.parquet"))
        writer = factory.newEqualityDeleteWriter(output, loaded.spec(), None)
        for key in keys:
            record = iceberg.data.GenericRecord.create(schema)
            record.setField(column, key)
            writer.write(record)
        writer.close()
        loaded.newRowDelta().addDeletes(writer.toDeleteFile()).commit()

    def schema_evolution(self, table, version):
        self.create(table, "id int, amount float, gone string, place struct<city:string>", version)
        self.sql(f"INSERT INTO {table} VALUES (1, float('1.5'), 'x', named_struct('city', 'Ulm')), "
                 "(2, float('2.5'), 'y', named_struct('city', 'Bonn'))")
        for change in ["ALTER COLUMN id TYPE bigint", "ALTER COLUMN amount TYPE double", "RENAME COLUMN id TO key",
                       "RENAME COLUMN amount TO total", "DROP COLUMN gone", "ADD COLUMN place.zip string",
                       "RENAME COLUMN place.city TO town", "ADD COLUMN note string"]:
            self.sql(f"ALTER TABLE {table} {change}")
        self.sql(f"INSERT INTO {table} VALUES (5000000000L, 1e300D, named_struct('town', 'Köln', 'zip', '50667'), 'late')")
        return {"main": EVOLVED}

    def partition_evolution(self, table, version):
        self.create(table, "id bigint, name string, day date", version, "PARTITIONED BY (name)")
        self.sql(f"INSERT INTO {table} VALUES {values(people(1, 3, 6))}")
        self.sql(f"ALTER TABLE {table} ADD PARTITION FIELD month(day)")
        self.sql(f"INSERT INTO {table} VALUES {values(people(2, 4))}")
        self.sql(f"ALTER TABLE {table} DROP PARTITION FIELD name")
        self.sql(f"ALTER TABLE {table} ADD PARTITION FIELD bucket(4, id)")
        self.sql(f"INSERT INTO {table} VALUES {values(people(5, 7))}")
        return {"main": people(1, 3, 6, 2, 4, 5, 7)}

    def branches(self, table, version):
        self.make_people(table, version, 1, 2)
        self.sql(f"ALTER TABLE {table} CREATE TAG first")
        self.sql(f"ALTER TABLE {table} CREATE BRANCH audit")
        self.sql(f"INSERT INTO {table}.branch_audit VALUES {values(people(3))}")
        self.sql(f"INSERT INTO {table} VALUES {values(people(4))}")
        return {"main": people(1, 2, 4), "audit": people(1, 2, 3), "first": people(1, 2)}

    def all_types(self, table, version):
        self.create(table, TYPES_SPARK, version)
        self.sql(f"INSERT INTO {table} VALUES " + ", ".join(f"({row})" for row in TYPES_SQL_SPARK))
        return {"main": TYPES_ROWS}

    def v3_types(self, table, version):
        self.create(table, "id int, v variant", version)
        self.sql(f"""INSERT INTO {table} SELECT 1, parse_json('{{"a": [1, 2], "b": "x"}}') UNION ALL SELECT 2, NULL""")
        return {"main": [{"id": 1, "v": '{"a":[1,2],"b":"x"}'}, {"id": 2, "v": None}]}


class Tarn:
    name = "Tarn"

    def __init__(self, lake):
        self.lake = lake

    def write(self, case, version, table):
        return getattr(self, case.replace(" ", "_").replace("-", "_"))(f"iceberg.{NAMESPACE}.{table}", version)

    def make_people(self, table, version, *ids):
        self.lake.sql(f"CREATE TABLE {table} (id bigint, name varchar, day date) WITH (format_version = {version})",
                      f"INSERT INTO {table} VALUES {values(people(*ids))}")

    def set_delete_mode(self, table, mode):
        self.lake.run("table", "set", table.removeprefix("iceberg."), f"write.delete.mode={mode}")

    def append(self, table, version):
        self.make_people(table, version, 1, 2, 3)
        self.lake.sql(f"INSERT INTO {table} VALUES {values(people(7, 8))}")
        return {"main": people(1, 2, 3, 7, 8)}

    def copy_on_write_delete(self, table, version):
        self.make_people(table, version, 1, 2, 3, 4, 5)
        self.set_delete_mode(table, "copy-on-write")
        self.lake.sql(f"DELETE FROM {table} WHERE id IN (2, 3)")
        return {"main": people(1, 4, 5)}

    def merge_on_read(self, table, version):
        self.make_people(table, version, 1, 2, 3, 4, 5)
        self.set_delete_mode(table, "merge-on-read")
        self.lake.sql(f"DELETE FROM {table} WHERE id IN (2, 3)",
                      f"INSERT INTO {table} VALUES {values(people(6, 7))}",
                      f"DELETE FROM {table} WHERE id = 5")
        return {"main": people(1, 4, 6, 7)}

    position_deletes = deletion_vectors = merge_on_read

    def equality_deletes(self, table, version):
        self.make_people(table, version, 1, 2, 3, 4)
        self.lake.delete_equal(table.removeprefix("iceberg."), "name", GONE)
        self.lake.sql(f"INSERT INTO {table} VALUES {values(people(2, 5))}")
        return {"main": people(1, 2, 5)}

    def schema_evolution(self, table, version):
        self.lake.sql(
            f"CREATE TABLE {table} (id integer, amount real, gone varchar, place row(city varchar)) "
            f"WITH (format_version = {version})",
            f"INSERT INTO {table} VALUES (1, 1.5, 'x', {{'city': 'Ulm'}}), (2, 2.5, 'y', {{'city': 'Bonn'}})",
            f"ALTER TABLE {table} ALTER COLUMN id SET DATA TYPE bigint",
            f"ALTER TABLE {table} ALTER COLUMN amount SET DATA TYPE double",
            f"ALTER TABLE {table} RENAME COLUMN id TO key",
            f"ALTER TABLE {table} RENAME COLUMN amount TO total",
            f"ALTER TABLE {table} DROP COLUMN gone",
            f"ALTER TABLE {table} ADD COLUMN place.zip varchar",
            f"ALTER TABLE {table} RENAME COLUMN place.city TO town",
            f"ALTER TABLE {table} ADD COLUMN note varchar",
            f"INSERT INTO {table} VALUES (5000000000, 1e300, {{'town': 'Köln', 'zip': '50667'}}, 'late')")
        return {"main": EVOLVED}

    def partition_evolution(self, table, version):
        self.lake.sql(
            f"CREATE TABLE {table} (id bigint, name varchar, day date) "
            f"WITH (partitioning = ARRAY['name'], format_version = {version})",
            f"INSERT INTO {table} VALUES {values(people(1, 3, 6))}",
            f"ALTER TABLE {table} ADD PARTITION FIELD month(day)",
            f"INSERT INTO {table} VALUES {values(people(2, 4))}",
            f"ALTER TABLE {table} DROP PARTITION FIELD name",
            f"ALTER TABLE {table} ADD PARTITION FIELD bucket(4, id)",
            f"INSERT INTO {table} VALUES {values(people(5, 7))}")
        return {"main": people(1, 3, 6, 2, 4, 5, 7)}

    def branches(self, table, version):
        self.make_people(table, version, 1, 2)
        self.lake.sql(
            f"ALTER TABLE {table} CREATE TAG first",
            f"ALTER TABLE {table} CREATE BRANCH audit",
            f"INSERT INTO {table}.branch_audit VALUES {values(people(3))}",
            f"INSERT INTO {table} VALUES {values(people(4))}")
        return {"main": people(1, 2, 4), "audit": people(1, 2, 3), "first": people(1, 2)}

    def all_types(self, table, version):
        self.lake.sql(f"CREATE TABLE {table} ({TYPES_TARN}) WITH (format_version = {version})",
                      f"INSERT INTO {table} VALUES " + ", ".join(f"({row})" for row in TYPES_SQL_TARN))
        return {"main": TYPES_ROWS}

    def v3_types(self, table, version):
        self.lake.sql(f"CREATE TABLE {table} (id integer, v variant) WITH (format_version = {version})",
                      f"""INSERT INTO {table} VALUES (1, '{{"a": [1, 2], "b": "x"}}'::JSON::VARIANT), (2, NULL)""")
        return {"main": [{"id": 1, "v": '{"a":[1,2],"b":"x"}'}, {"id": 2, "v": None}]}


class PyIceberg:
    name = "PyIceberg"

    def __init__(self, catalog):
        self.catalog = catalog

    def write(self, case, version, table):
        if version == 3:
            raise Cannot("PyIceberg 0.12 writes no v3")
        if case in ("position deletes", "equality deletes"):
            raise Cannot("PyIceberg writes no delete files")
        return getattr(self, case.replace(" ", "_").replace("-", "_"))(f"{NAMESPACE}.{table}", version)

    def create(self, name, schema, version):
        return self.catalog.create_table(name, schema, properties={"format-version": str(version)})

    PEOPLE = pa.schema([("id", pa.int64()), ("name", pa.string()), ("day", pa.date32())])

    def rows(self, *ids):
        return pa.Table.from_pylist(people(*ids), self.PEOPLE)

    def append(self, name, version):
        table = self.create(name, self.PEOPLE, version)
        table.append(self.rows(1, 2, 3))
        table.append(self.rows(7, 8))
        return {"main": people(1, 2, 3, 7, 8)}

    def copy_on_write_delete(self, name, version):
        table = self.create(name, self.PEOPLE, version)
        table.append(self.rows(1, 2, 3, 4, 5))
        table.delete("id = 2 or id = 3")
        return {"main": people(1, 4, 5)}

    def schema_evolution(self, name, version):
        from pyiceberg.types import DoubleType, LongType, StringType
        before = pa.schema([("id", pa.int32()), ("amount", pa.float32()), ("gone", pa.string()),
                            ("place", pa.struct([("city", pa.string())]))])
        table = self.create(name, before, version)
        table.append(pa.Table.from_pylist([{"id": 1, "amount": 1.5, "gone": "x", "place": {"city": "Ulm"}},
                                           {"id": 2, "amount": 2.5, "gone": "y", "place": {"city": "Bonn"}}], before))
        with table.update_schema() as update:
            update.update_column("id", field_type=LongType())
            update.update_column("amount", field_type=DoubleType())
            update.delete_column("gone")
            update.add_column(("place", "zip"), StringType())
            update.add_column("note", StringType())
        with table.update_schema() as update:
            update.rename_column("id", "key")
            update.rename_column("amount", "total")
            update.rename_column("place.city", "town")
        after = pa.schema([("key", pa.int64()), ("total", pa.float64()),
                           ("place", pa.struct([("town", pa.string()), ("zip", pa.string())])), ("note", pa.string())])
        table.append(pa.Table.from_pylist(EVOLVED[2:], after))
        return {"main": EVOLVED}

    def partition_evolution(self, name, version):
        from pyiceberg.transforms import BucketTransform, IdentityTransform, MonthTransform
        table = self.create(name, self.PEOPLE, version)
        with table.update_spec() as update:
            update.add_field("name", IdentityTransform(), "name")
        table.append(self.rows(1, 3, 6))
        with table.update_spec() as update:
            update.add_field("day", MonthTransform(), "month")
        table.append(self.rows(2, 4))
        with table.update_spec() as update:
            update.remove_field("name")
            update.add_field("id", BucketTransform(4), "bucket")
        table.append(self.rows(5, 7))
        return {"main": people(1, 3, 6, 2, 4, 5, 7)}

    def branches(self, name, version):
        table = self.create(name, self.PEOPLE, version)
        table.append(self.rows(1, 2))
        head = table.current_snapshot().snapshot_id
        table.manage_snapshots().create_tag(head, "first").create_branch(head, "audit").commit()
        table.append(self.rows(3), branch="audit")
        table.append(self.rows(4))
        return {"main": people(1, 2, 4), "audit": people(1, 2, 3), "first": people(1, 2)}

    def all_types(self, name, version):
        rows = types_table()
        table = self.create(name, rows.schema, version)
        table.append(rows)
        return {"main": TYPES_ROWS}
