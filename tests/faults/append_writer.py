"""A writer of appends as engines are, without the cost of one: a Parquet file, a manifest, a list and one POST for each."""
import http.client
import io
import json
import pathlib
import random
import time
import urllib.parse
import uuid

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.manifest import (DataFile, DataFileContent, FileFormat, ManifestEntry, ManifestEntryStatus,
                                read_manifest_list, write_manifest, write_manifest_list)
from pyiceberg.table.metadata import TableMetadataUtil
from pyiceberg.typedef import Record

SCHEMA = {"type": "struct", "schema-id": 0, "fields": [
    {"id": 1, "name": "id", "required": False, "type": "long"},
    {"id": 2, "name": "writer", "required": False, "type": "string"}]}
ARROW_SCHEMA = pa.schema([pa.field("id", pa.int64(), metadata={"PARQUET:field_id": "1"}),
                          pa.field("writer", pa.string(), metadata={"PARQUET:field_id": "2"})])


def local(location):
    return urllib.parse.urlparse(location).path if location.startswith("file:") else location


class Client:
    """One kept connection to the catalog at `uri`; it is made anew when it was lost."""

    def __init__(self, uri, token=None):
        parts = urllib.parse.urlparse(uri)
        self.address, self.path = parts.netloc, parts.path
        self.headers = {"Content-Type": "application/json"}
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"
        self.connection = None

    def call(self, method, path, body=None):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address, timeout=120)
        try:
            self.connection.request(method, f"{self.path}/v1{path}", None if body is None else json.dumps(body),
                                    self.headers)
            answer = self.connection.getresponse()
            data = answer.read()
        except BaseException:
            self.connection.close()
            self.connection = None
            raise
        return answer.status, json.loads(data) if data else None


class AppendWriter:
    def __init__(self, uri, namespace, table, name, token=None):
        self.path = f"/namespaces/{namespace}/tables/{table}"
        self.name = name
        self.random = random.SystemRandom()
        self.client = Client(uri, token)
        self.io = PyArrowFileIO()
        self.lists = {}

    def load(self):
        """What the next appends are built on."""
        status, answer = self.client.call("GET", self.path)
        assert status == 200, answer
        self.take(answer)

    def take(self, answer):
        self.metadata = TableMetadataUtil.parse_obj(answer["metadata"])
        self.folder = f"{local(self.metadata.location)}/metadata"
        self.data = pathlib.Path(f"{local(self.metadata.location)}/data")
        self.data.mkdir(parents=True, exist_ok=True)
        pathlib.Path(self.folder).mkdir(parents=True, exist_ok=True)

    def parent(self):
        return self.metadata.current_snapshot()

    def parent_manifests(self):
        parent = self.parent()
        if parent is None:
            return []
        if parent.manifest_list not in self.lists:
            self.lists = {parent.manifest_list:
                          list(read_manifest_list(self.io.new_input(parent.manifest_list)))}
        return self.lists[parent.manifest_list]

    def data_file(self, ids):
        out = io.BytesIO()
        pq.write_table(pa.table([pa.array(ids, pa.int64()), pa.array([self.name] * len(ids))], schema=ARROW_SCHEMA),
                       out, compression="none")
        path = self.data / f"{uuid.uuid4()}.parquet"
        path.write_bytes(out.getvalue())
        file = DataFile.from_args(
            content=DataFileContent.DATA, file_path=str(path), file_format=FileFormat.PARQUET, partition=Record(),
            record_count=len(ids), file_size_in_bytes=path.stat().st_size, column_sizes={}, value_counts={},
            null_value_counts={}, nan_value_counts={}, lower_bounds={}, upper_bounds={}, key_metadata=None,
            split_offsets=None, equality_ids=None, sort_order_id=None)
        file.spec_id = 0
        return file

    def append(self, ids):
        """The commit that adds these rows, and its snapshot's id."""
        snapshot_id = self.random.getrandbits(62) + 1
        parent = self.parent()
        token = uuid.uuid4()
        file = self.data_file(ids)
        manifest_path = f"{self.folder}/{token}-m0.avro"
        with write_manifest(2, self.metadata.spec(), self.metadata.schema(), self.io.new_output(manifest_path),
                            snapshot_id, "deflate") as manifest:
            manifest.add_entry(ManifestEntry.from_args(
                status=ManifestEntryStatus.ADDED, snapshot_id=snapshot_id, sequence_number=None,
                file_sequence_number=None, data_file=file))
        list_path = f"{self.folder}/snap-{snapshot_id}-0-{token}.avro"
        sequence_number = self.metadata.last_sequence_number + 1
        parent_id = None if parent is None else parent.snapshot_id
        with write_manifest_list(2, self.io.new_output(list_path), snapshot_id, parent_id, sequence_number,
                                 "deflate") as manifests:
            manifests.add_manifests([manifest.to_manifest_file(), *self.parent_manifests()])
        before = {} if parent is None else parent.summary.additional_properties
        summary = {"operation": "append", "added-data-files": "1", "added-records": str(len(ids)),
                   "total-data-files": str(int(before.get("total-data-files", 0)) + 1),
                   "total-records": str(int(before.get("total-records", 0)) + len(ids))}
        snapshot = {"snapshot-id": snapshot_id, "sequence-number": sequence_number,
                    "timestamp-ms": int(time.time() * 1000), "manifest-list": list_path, "schema-id": 0,
                    "summary": summary}
        if parent_id is not None:
            snapshot["parent-snapshot-id"] = parent_id
        body = {"requirements": [
                    {"type": "assert-table-uuid", "uuid": str(self.metadata.table_uuid)},
                    {"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": parent_id}],
                "updates": [
                    {"action": "add-snapshot", "snapshot": snapshot},
                    {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": snapshot_id}]}
        return body, snapshot_id

    def send(self, body):
        """Status and answer; OSError or http.client.HTTPException: nobody knows what came of it."""
        return self.client.call("POST", self.path, body)
