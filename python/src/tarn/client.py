"""The client: one method for each call of the data service."""

from __future__ import annotations

import os
import pathlib
import urllib.parse
from typing import IO, TYPE_CHECKING, Any, Iterator, Literal, Mapping, Sequence

from tarn import query as queries
from tarn.jobs import Job, Progress
from tarn.query import Dialect
from tarn.stored import Connections, Schedules
from tarn.transport import Transport

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from pyiceberg.catalog.rest import RestCatalog
    from trino.dbapi import Connection

Mode = Literal["auto", "create", "append", "overwrite", "replace", "upsert"]
ScrapeMode = Literal["auto", "create", "append", "overwrite", "replace"]
Rejects = Literal["fail", "table"]
History = Literal["none", "copy", "register"]
MigrationMode = Literal["fail", "append", "overwrite", "replace"]
Validation = Literal["full", "sample", "count", "none"]
Action = Literal["compact", "deletes", "manifests", "stats", "partition-stats", "expire", "orphans", "all"]
State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Table = tuple[str, str]

# Where `tarn serve` has its ports unless told otherwise.
USUAL_URLS = ("http://127.0.0.1:8080", "http://localhost:8080")
USUAL_FLIGHT_URL = "grpc://127.0.0.1:32010"


def connect(url: str | None = None, *, token: str | None = None, client_id: str | None = None, client_secret: str | None = None,
            flight_url: str | None = None, timeout: float = 60.0, ca_file: str | None = None) -> Client:
    """A client of the server at `url`, else at TARN_URL of the environment, else at http://127.0.0.1:8080.

    token: an access token; or client_id and client_secret, for which tokens are taken and renewed. flight_url: where
    arrow() and pandas() find Flight SQL, such as grpc://lake:32010; else TARN_FLIGHT_URL; else its usual port beside a server
    on its usual one; "off": by Trino's protocol. timeout: seconds for one answer, not for a job. ca_file: PEM of the
    authority that signed the server's certificate, where the system does not know it. Nothing is sent yet.
    """
    address = (url or os.environ.get("TARN_URL") or USUAL_URLS[0]).rstrip("/")
    transport = Transport(address, token=token, client_id=client_id, client_secret=client_secret, timeout=timeout, ca_file=ca_file)
    return Client(transport, flight_url or os.environ.get("TARN_FLIGHT_URL"))


class Client:
    """A server's data service. Threads may share one; made by tarn.connect().

    Tables are named "namespace.table". Methods that become jobs give the Job: by default one that has succeeded, or they
    raise what failed it; `wait=False` gives it at once. `progress` is called with the job while they wait. Ctrl-C while
    they wait cancels the job.
    """

    def __init__(self, transport: Transport, flight_url: str | None = None) -> None:
        self._transport = transport
        self._flight_url = flight_url
        self.schedules = Schedules(transport)
        self.connections = Connections(transport)

    def __repr__(self) -> str:
        return f"<tarn.Client {self.url}>"

    @property
    def url(self) -> str:
        return self._transport.url

    # --- what is there ---

    def health(self) -> bool:
        """True while the server answers. Raises UnreachableError otherwise."""
        return self._get("/health").get("status") == "ok"

    def warehouses(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get("/warehouses")["warehouses"]
        return found

    def tables(self, namespace: str, *, warehouse: str | None = None) -> list[str]:
        """The names of a namespace's tables."""
        names: list[str] = self._get(f"/tables/{_quoted(namespace)}", warehouse=warehouse)["tables"]
        return names

    def metadata(self, table: str, *, warehouse: str | None = None) -> dict[str, Any]:
        """Schema, columns, partitions, snapshots, location, properties and the number of rows."""
        return self._get(f"{_path_of(table)}/metadata", warehouse=warehouse)

    def count(self, table: str, *, warehouse: str | None = None) -> int:
        """How many rows a table has."""
        return int(self._get(f"{_path_of(table)}/count", warehouse=warehouse)["row_count"])

    # --- loads ---

    def load_file(self, path: str | os.PathLike[str], table: str, *, format: str | None = None, mode: Mode = "auto",
                  keys: Sequence[str] | None = None, partition_by: Sequence[str] | None = None,
                  properties: Mapping[str, str] | None = None, options: Mapping[str, Any] | None = None,
                  rejects: Rejects = "fail", lineage: bool | None = None,
                  register: bool = False, warehouse: str | None = None, wait: bool = True,
                  progress: Progress | None = None) -> Job:
        """Loads files: a path of the server (a pattern or a directory too), a URL, or what upload() gave.

        mode: auto makes the table or appends to it; upsert replaces rows whose keys (columns, or else the table's identifier
        fields) are equal. partition_by, properties: of a new table. options: of the reader, such
        as {"delimiter": ";"}. rejects: "table" puts rows that do not parse into NAME__rejects. register: Parquet files
        become the table's as they are. The result has rows_loaded, rows_rejected, columns and snapshot_id.
        """
        return self._job("/load/file", wait, progress, file_path=os.fspath(path), table_name=table, format=format, mode=mode,
                         keys=_list(keys), partition_by=_list(partition_by), properties=properties, options=options, rejects=rejects,
                         lineage=lineage, register=register or None, warehouse=warehouse)

    def load_s3(self, path: str, table: str, *, connection: str | None = None, endpoint: str | None = None,
                region: str | None = None, access_key: str | None = None, secret_key: str | None = None,
                session_token: str | None = None, account_name: str | None = None, account_key: str | None = None,
                sas_token: str | None = None, gcs_token: str | None = None,
                path_style: bool | None = None, format: str | None = None,
                mode: Mode = "auto", keys: Sequence[str] | None = None, partition_by: Sequence[str] | None = None,
                properties: Mapping[str, str] | None = None,
                options: Mapping[str, Any] | None = None, rejects: Rejects = "fail", lineage: bool | None = None,
                register: bool = False, warehouse: str | None = None, wait: bool = True,
                progress: Progress | None = None) -> Job:
        """Loads objects: s3://bucket/key, a pattern, or all below a key that ends with a slash.

        connection: a stored one; or endpoint and keys; or the server's own settings. account_key or sas_token are of Azure
        (abfss://), gcs_token of Google (gs://). The rest is as in load_file().
        """
        return self._job("/load/s3", wait, progress, s3_path=path, table_name=table, connection=connection, endpoint=endpoint,
                         region=region, access_key=access_key, secret_key=secret_key, session_token=session_token,
                         account_name=account_name, account_key=account_key, sas_token=sas_token, gcs_token=gcs_token,
                         path_style=path_style, format=format, mode=mode, keys=_list(keys), partition_by=_list(partition_by),
                         properties=properties, options=options, rejects=rejects, lineage=lineage, register=register or None,
                         warehouse=warehouse)

    def load_postgres(self, table: str, *, query: str | None = None, source_table: str | None = None,
                      connection: str | None = None, host: str | None = None, port: int | None = None,
                      database: str | None = None, user: str | None = None, password: str | None = None,
                      sslmode: str | None = None, cursor: str | Mapping[str, Any] | None = None,
                      connections: int | None = None, connect_timeout: int | None = None, timeout: int | None = None,
                      numeric: Literal["decimal", "double", "text"] | None = None,
                      unheld: Literal["error", "null"] | None = None, mode: Mode = "auto", keys: Sequence[str] | None = None,
                      partition_by: Sequence[str] | None = None, properties: Mapping[str, str] | None = None,
                      lineage: bool | None = None, warehouse: str | None = None, wait: bool = True,
                      progress: Progress | None = None) -> Job:
        """Loads a query, or a whole table (source_table) by several connections that see one moment.

        connection: a stored one; or host, database, user and password. cursor: a column that grows; a repeated load takes
        only rows beyond those of the last one. connect_timeout, timeout: seconds.
        """
        return self._job("/load/postgres", wait, progress, table_name=table, query=query, source_table=source_table,
                         connection=connection, host=host, port=port, database=database, user=user, password=password,
                         sslmode=sslmode, cursor=cursor, connections=connections, connect_timeout=connect_timeout,
                         timeout=timeout, numeric=numeric, unheld=unheld, mode=mode, keys=_list(keys),
                         partition_by=_list(partition_by), properties=properties, lineage=lineage, warehouse=warehouse)

    def load_mysql(self, table: str, *, query: str | None = None, source_table: str | None = None,
                   connection: str | None = None, host: str | None = None, port: int | None = None,
                   database: str | None = None, user: str | None = None, password: str | None = None,
                   sslmode: str | None = None, cursor: str | Mapping[str, Any] | None = None,
                   connections: int | None = None, connect_timeout: int | None = None, timeout: int | None = None,
                   tinyint1: Literal["boolean", "integer"] | None = None, time: Literal["time", "text"] | None = None,
                   unheld: Literal["error", "null"] | None = None, mode: Mode = "auto", keys: Sequence[str] | None = None,
                   partition_by: Sequence[str] | None = None, properties: Mapping[str, str] | None = None,
                   lineage: bool | None = None, warehouse: str | None = None, wait: bool = True,
                   progress: Progress | None = None) -> Job:
        """As load_postgres(), from a MySQL or MariaDB."""
        return self._job("/load/mysql", wait, progress, table_name=table, query=query, source_table=source_table,
                         connection=connection, host=host, port=port, database=database, user=user, password=password,
                         sslmode=sslmode, cursor=cursor, connections=connections, connect_timeout=connect_timeout,
                         timeout=timeout, tinyint1=tinyint1, time=time, unheld=unheld, mode=mode, keys=_list(keys),
                         partition_by=_list(partition_by), properties=properties, lineage=lineage, warehouse=warehouse)

    def load_odbc(self, table: str, *, query: str | None = None, source_table: str | None = None,
                  connection: str | None = None, connection_string: str | None = None, dsn: str | None = None,
                  user: str | None = None, password: str | None = None, cursor: str | Mapping[str, Any] | None = None,
                  connect_timeout: int | None = None, timeout: int | None = None,
                  numeric: Literal["decimal", "double", "text"] | None = None,
                  unheld: Literal["error", "null"] | None = None, fetch: Literal["block", "value"] | None = None,
                  mode: Mode = "auto", keys: Sequence[str] | None = None, partition_by: Sequence[str] | None = None,
                  properties: Mapping[str, str] | None = None, lineage: bool | None = None,
                  warehouse: str | None = None, wait: bool = True, progress: Progress | None = None) -> Job:
        """Loads a query or a table by an ODBC driver of the server.

        One of connection (a stored one), connection_string, or dsn with user and password.
        """
        return self._job("/load/odbc", wait, progress, table_name=table, query=query, source_table=source_table,
                         connection=connection, connection_string=connection_string, dsn=dsn, user=user,
                         password=password, cursor=cursor, connect_timeout=connect_timeout, timeout=timeout,
                         numeric=numeric, unheld=unheld, fetch=fetch, mode=mode, keys=_list(keys),
                         partition_by=_list(partition_by), properties=properties, lineage=lineage, warehouse=warehouse)

    def upload(self, file: str | os.PathLike[str] | IO[bytes], name: str | None = None) -> str:
        """Sends a file of this machine; gives what load_file() takes as its path. The server keeps it for a day.

        file: a path, or an open file whose end can be sought. name: what it is called there; its ending tells the format.
        """
        if isinstance(file, (str, os.PathLike)):
            with open(file, "rb") as opened:
                return self.upload(opened, name or pathlib.Path(file).name)
        begin = file.tell()
        num_bytes = file.seek(0, os.SEEK_END) - begin
        file.seek(begin)
        answer = self._transport.upload("/api/v1/upload", file, num_bytes, query={"name": name or "upload"})
        return str(answer["path"])

    def remove_upload(self, path: str) -> None:
        """Removes what upload() gave."""
        upload_id, _, name = path.removeprefix("upload://").partition("/")
        self._transport.call("DELETE", f"/api/v1/upload/{_quoted(upload_id)}/{_quoted(name)}")

    def upload_s3(self, path: str | os.PathLike[str], bucket: str, key: str, *, connection: str | None = None,
                  endpoint: str | None = None, region: str | None = None, access_key: str | None = None,
                  secret_key: str | None = None, session_token: str | None = None, path_style: bool | None = None,
                  wait: bool = True, progress: Progress | None = None) -> Job:
        """Puts a file of the server, or what upload() gave, into an object store. The result has s3_location."""
        return self._job("/upload/s3", wait, progress, file_path=os.fspath(path), bucket=bucket, key=key, connection=connection,
                         endpoint=endpoint, region=region, access_key=access_key, secret_key=secret_key,
                         session_token=session_token, path_style=path_style)

    # --- the web ---

    def scrape(self, url: str, table: str, *, selector: str | None = None, fields: Any = None, next_selector: str | None = None,
               pagination: str | Mapping[str, Any] | None = None, total_pages: int | None = None, max_rows: int | None = None,
               render: bool = False, params: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None,
               auth: Mapping[str, str] | None = None, interval_ms: int | None = None,
               robots: Literal["obey", "ignore"] | None = None, typed: bool = True, mode: ScrapeMode = "auto",
               lineage: bool | None = None, warehouse: str | None = None, wait: bool = True,
               progress: Progress | None = None, **more: Any) -> Job:
        """Loads a table, list or blocks of web pages.

        selector: CSS, such as "table.wikitable" or ".data-row"; of JSON the path to its records; of XML the element.
        next_selector: the link to the next page. render: let a browser run the page. more: other members of the call, such
        as login, index or partition_by. The result has rows, columns and pages.
        """
        return self._job("/scrape", wait, progress, url=url, table_name=table, selector=selector, fields=fields,
                         next_selector=next_selector, pagination=pagination, total_pages=total_pages, max_rows=max_rows,
                         render=render or None, params=params, headers=headers, auth=auth, interval_ms=interval_ms,
                         robots=robots, typed=None if typed else False, mode=mode, lineage=lineage, warehouse=warehouse,
                         **more)

    def scrape_api(self, url: str, table: str, *, selector: str | None = None, fields: Any = None,
                   params: Mapping[str, Any] | None = None, secret_params: Mapping[str, Any] | None = None,
                   pagination: str | Mapping[str, Any] | None = None, total_pages: int | None = None,
                   max_rows: int | None = None, headers: Mapping[str, str] | None = None,
                   auth: Mapping[str, str] | None = None, interval_ms: int | None = None, flatten_depth: int | None = None,
                   robots: Literal["obey", "ignore"] | None = None, typed: bool = True, mode: ScrapeMode = "auto",
                   lineage: bool | None = None, warehouse: str | None = None, wait: bool = True,
                   progress: Progress | None = None, **more: Any) -> Job:
        """Loads records of a JSON API, page by page.

        selector: the path to the records, "data.items". pagination: "offset", "page", "link", or
        {"type": "cursor", "next": "meta.next"}. The result has rows, columns and pages.
        """
        return self._job("/scrape-api", wait, progress, url=url, table_name=table, selector=selector, fields=fields,
                         params=params, secret_params=secret_params, pagination=pagination, total_pages=total_pages,
                         max_rows=max_rows, headers=headers, auth=auth, interval_ms=interval_ms, flatten_depth=flatten_depth,
                         robots=robots, typed=None if typed else False, mode=mode, lineage=lineage, warehouse=warehouse,
                         **more)

    # --- migration ---

    def migrate(self, source: str, destination: str, *, mode: MigrationMode = "fail", validate: Validation = "full",
                transform: str | Sequence[str] | Mapping[str, Any] | None = None, history: History = "none",
                incremental: bool = False, snapshot_id: int | None = None, source_warehouse: str | None = None,
                dest_warehouse: str | None = None, wait: bool = True, progress: Progress | None = None, **more: Any) -> Job:
        """Copies a table, reads the copy back, compares, then commits.

        mode: what becomes of a destination that exists. transform: a SELECT over `source`, a list of expressions, or
        {"columns": […], "where": "…"}. history: "copy" takes all snapshots along. The result has rows_migrated,
        checksum_match, row_count_match and migration_id.
        """
        return self._job("/migrate", wait, progress, **_pair(source, destination), mode=mode, validate=validate,
                         transform=transform, history=history, incremental=incremental or None, snapshot_id=snapshot_id,
                         source_warehouse=source_warehouse, dest_warehouse=dest_warehouse, **more)

    def migrate_all(self, *, source_namespace: str | None = None, dest_namespace: str | None = None,
                    tables: Sequence[Any] | None = None, source_warehouse: str | None = None,
                    dest_warehouse: str | None = None, parallel: int | None = None, mode: MigrationMode = "fail",
                    validate: Validation = "full", history: History = "none", incremental: bool = False, wait: bool = True,
                    progress: Progress | None = None, **more: Any) -> Job:
        """Copies several tables, a namespace or a warehouse. The result has a report of each in `tables`."""
        return self._job("/migrate/bulk", wait, progress, source_namespace=source_namespace, dest_namespace=dest_namespace,
                         tables=_list(tables), source_warehouse=source_warehouse, dest_warehouse=dest_warehouse,
                         parallel=parallel, mode=mode, validate=validate, history=history, incremental=incremental or None,
                         **more)

    def migrations(self, *, limit: int | None = None) -> list[dict[str, Any]]:
        """Migrations that have ended, the newest first."""
        found: list[dict[str, Any]] = self._get("/migrations", limit=limit)["migrations"]
        return found

    def migration(self, migration_id: str) -> dict[str, Any]:
        """A migration's report, table by table."""
        return self._get(f"/migrations/{_quoted(migration_id)}")

    def compare(self, source: str, destination: str, *, validate: Validation = "full", wait: bool = True,
                progress: Progress | None = None) -> Job:
        """Compares the rows of two tables: `valid` of the result says it in one word, `tables` has the differences."""
        return self._job("/validate", wait, progress, **_pair(source, destination), validate=validate)

    def validate(self, *, table: str | None = None, namespace: str | None = None, warehouse: str | None = None,
                 checksum: bool = False, wait: bool = True, progress: Progress | None = None) -> Job:
        """Checks that a table, a namespace or a warehouse is whole. checksum: by reading all rows too.

        The result has `valid`, problem_count and the problems of each table.
        """
        if table is not None:
            namespace, table = _split(table)
        return self._job("/validate", wait, progress, table=table, namespace=namespace, warehouse=warehouse,
                         checksum=checksum or None)

    # --- statements and maintenance ---

    def sql(self, statements: str, *, dialect: Dialect = "trino", schema: str | None = None, rows_max: int | None = None,
            warehouse: str | None = None, wait: bool = True, progress: Progress | None = None) -> Job:
        """Runs statements, parted by semicolons, as one job. The result has the first rows_max (100) rows of each query."""
        return self._job("/sql", wait, progress, statements=statements, dialect=dialect, schema=schema, rows_max=rows_max,
                         warehouse=warehouse)

    def rows(self, query: str, *, dialect: Dialect = "trino", schema: str | None = None) -> list[dict[str, Any]]:
        """The rows of a small query: numbers, texts, true and false as such; decimals, dates and all others as text.

        ValueError beyond 10,000 rows or 256 kB: use arrow() for these.
        """
        statement = self.sql(query, dialect=dialect, schema=schema, rows_max=10_000).result["statements"][-1]
        if statement.get("truncated"):
            raise ValueError("the query has more than 10,000 rows or 256 kB: use arrow(), pandas() or dbapi()")
        names = [column["name"] for column in statement.get("columns", ())]
        return [dict(zip(names, row)) for row in statement.get("rows", ())]

    def maintain(self, actions: Action | Sequence[Action], *, table: str | None = None, namespace: str | None = None,
                 warehouse: str | None = None, dry_run: bool = False, older_than: str | None = None,
                 retain_last: int | None = None, orphans_older_than: str | None = None,
                 strategy: Literal["binpack", "sort", "zorder", "hilbert"] | None = None, sort_by: Sequence[str] | None = None,
                 where: str | None = None, target_size: str | None = None, wait: bool = True,
                 progress: Progress | None = None, **more: Any) -> Job:
        """Compacts, expires and the like: a table, a namespace, or all of the warehouse.

        older_than, orphans_older_than: "7d". more: columns, min_input_files, max_commits, rewrite_all, clean_metadata, branch.
        """
        names = [actions] if isinstance(actions, str) else list(actions)
        return self._job("/maintain", wait, progress, actions=names, table=table, namespace=namespace, warehouse=warehouse,
                         dry_run=dry_run or None, older_than=older_than, retain_last=retain_last,
                         orphans_older_than=orphans_older_than, strategy=strategy, sort_by=_list(sort_by), where=where,
                         target_size=target_size, **more)

    # --- jobs ---

    def job(self, job_id: str) -> Job:
        return Job(self._transport, self._get(f"/jobs/{_quoted(job_id)}"))

    def jobs(self, *, state: State | None = None, kind: str | None = None, owner: str | None = None,
             limit: int | None = None) -> Iterator[Job]:
        """Jobs, the newest first: one's own; of administrators all. limit: at most so many; otherwise all are gone through."""
        before = None
        left = limit
        while left is None or left > 0:
            page = self._get("/jobs", state=state, kind=kind, owner=owner, before=before,
                             limit=100 if left is None else min(left, 100))
            for record in page["jobs"]:
                yield Job(self._transport, record)
            left = None if left is None else left - len(page["jobs"])
            before = page.get("next_before")
            if before is None or not page["jobs"]:
                return

    # --- SQL, Arrow, pandas, polars, Iceberg ---

    def dbapi(self, *, catalog: str = "iceberg", schema: str | None = None, dialect: Dialect = "trino") -> Connection:
        """A DB-API connection: Trino's driver, signed in as this client. Needs the extra `sql`."""
        return queries.trino_connection(self._transport, catalog=catalog, schema=schema, dialect=dialect)

    def arrow(self, sql: str, parameters: Sequence[Any] | None = None, *, dialect: Dialect = "trino") -> pa.Table:
        """The rows of a statement as an Arrow table: by Flight SQL where connect() knows it, else by Trino's protocol.

        Values for `?` are in parameters. Errors have the driver's codes. Needs the extra `arrow`.
        """
        url = self._flight_url
        if url is None and self.url in USUAL_URLS and queries.listens(USUAL_FLIGHT_URL):
            url = USUAL_FLIGHT_URL
        if url is not None and url != "off":
            return queries.flight_table(self._transport, url, sql, parameters, dialect)
        return queries.trino_table(self.dbapi(dialect=dialect), sql, parameters)

    def pandas(self, sql: str, parameters: Sequence[Any] | None = None, *, dialect: Dialect = "trino") -> pd.DataFrame:
        """As arrow(), as a data frame. Needs the extra `pandas`."""
        frame: pd.DataFrame = self.arrow(sql, parameters, dialect=dialect).to_pandas()
        return frame

    def polars(self, sql: str, parameters: Sequence[Any] | None = None, *, dialect: Dialect = "trino") -> pl.DataFrame:
        """As arrow(), as a data frame of polars, without a copy where their types agree. Needs the extra `polars`."""
        return queries.polars_frame(self.arrow(sql, parameters, dialect=dialect))

    def catalog(self, name: str = "tarn", *, warehouse: str | None = None, **properties: str) -> RestCatalog:
        """A PyIceberg catalog that signs in as this client. properties: PyIceberg's own. Needs the extra `iceberg`."""
        return queries.rest_catalog(self._transport, name, warehouse, properties)

    # --- inside ---

    def _get(self, path: str, **parameters: Any) -> dict[str, Any]:
        return self._transport.call("GET", f"/api/v1{path}", query=parameters)

    def _job(self, path: str, wait: bool, progress: Progress | None, **members: Any) -> Job:
        body = {name: value for name, value in members.items() if value is not None}
        answer = self._transport.call("POST", f"/api/v1{path}", body, headers={"Prefer": "respond-async"})
        job = Job(self._transport, answer)
        if not wait:
            return job
        try:
            return job.wait(progress)
        except KeyboardInterrupt:
            job.cancel()
            raise


def _quoted(name: str) -> str:
    return urllib.parse.quote(name, safe="")


def _list(values: Sequence[Any] | None) -> list[Any] | None:
    """A list, also where somebody gave one text in place of a list with one."""
    if values is None:
        return None
    return [values] if isinstance(values, str) else list(values)


def _split(table: str) -> Table:
    """Namespace and name."""
    namespace, dot, name = table.rpartition(".")
    if not dot or not namespace or not name:
        raise ValueError(f"a table is named like sales.orders, not {table!r}")
    return namespace, name


def _path_of(table: str) -> str:
    namespace, name = _split(table)
    return f"/tables/{_quoted(namespace)}/{_quoted(name)}"


def _pair(source: str, destination: str) -> dict[str, str]:
    (source_namespace, source_table), (dest_namespace, dest_table) = _split(source), _split(destination)
    return {"source_namespace": source_namespace, "source_table": source_table, "dest_namespace": dest_namespace,
            "dest_table": dest_table}
