"""SQL over Trino's protocol and Arrow Flight SQL, and the catalog for PyIceberg. Each needs a package of an extra."""

from __future__ import annotations

import importlib
import pathlib
import re
import socket
import urllib.parse
import uuid
from typing import TYPE_CHECKING, Any, Literal, Mapping, Sequence

from tarn.errors import TarnError, error_of
from tarn.transport import Transport

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa
    from pyiceberg.catalog.rest import RestCatalog
    from trino.dbapi import Connection

Dialect = Literal["trino", "duckdb"]


def _module(name: str, extra: str) -> Any:
    """A module of an extra."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f"{name.split('.')[0]} is not installed: pip install 'tarn[{extra}]'") from error


def trino_connection(transport: Transport, *, catalog: str, schema: str | None, dialect: Dialect) -> Connection:
    """A DB-API connection of Trino's driver; its tokens are renewed as the transport's are."""
    dbapi = _module("trino.dbapi", "sql")
    session = importlib.import_module("requests").Session()  # the driver needs it too
    session.verify = transport.ca_file or True
    session.trust_env = not transport.is_loopback  # no proxy is asked for what is on this machine
    if transport.token() is not None:
        session.auth = lambda request: _signed(request, transport)
    connection: Connection = dbapi.connect(
        host=transport.host, port=transport.port, http_scheme=transport.scheme, user=transport.client_id or "tarn-python",
        catalog=catalog, schema=schema, source="tarn-python", http_session=session, request_timeout=transport.timeout,
        session_properties={"dialect": dialect} if dialect != "trino" else None)
    return connection


def _signed(request: Any, transport: Transport) -> Any:
    request.headers["Authorization"] = f"Bearer {transport.token()}"
    return request


def rest_catalog(transport: Transport, name: str, warehouse: str | None, properties: Mapping[str, str]) -> RestCatalog:
    """A catalog of PyIceberg's that signs in as this client does."""
    rest = _module("pyiceberg.catalog.rest", "iceberg")
    settings: dict[str, Any] = {"uri": f"{transport.url}/catalog",
                                "oauth2-server-uri": f"{transport.url}/catalog/v1/oauth/tokens"}
    if warehouse is not None:
        settings["warehouse"] = warehouse
    if transport.client_id is not None:
        settings["credential"] = f"{transport.client_id}:{transport.client_secret}"
    elif (token := transport.token()) is not None:
        settings["token"] = token
    if transport.ca_file is not None:
        settings["ssl"] = {"cabundle": transport.ca_file}
    catalog: RestCatalog = rest.RestCatalog(name, **{**settings, **properties})
    return catalog


def listens(url: str) -> bool:
    """Whether something has the port of a grpc:// URL."""
    parts = urllib.parse.urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=1):
            return True
    except OSError:
        return False


def flight_table(transport: Transport, url: str, sql: str, parameters: Sequence[Any] | None, dialect: Dialect) -> pa.Table:
    """The rows of a statement by Flight SQL. Dialects are of a session, so it runs in a transaction of its own."""
    _module("pyarrow", "arrow")
    dbapi = _module("adbc_driver_flightsql.dbapi", "arrow")
    token = transport.token()
    options = {"adbc.flight.sql.authorization_header": f"Bearer {token}"} if token else {}
    if transport.ca_file is not None and url.startswith("grpc+tls"):
        options["adbc.flight.sql.client_option.tls_root_certs"] = pathlib.Path(transport.ca_file).read_text()
    try:
        with dbapi.connect(url, db_kwargs=options, autocommit=False) as connection, connection.cursor() as cursor:
            if dialect != "duckdb":
                cursor.execute(f"SET SESSION dialect = '{dialect}'")
            cursor.execute(sql, parameters)
            table: pa.Table = cursor.fetch_arrow_table()
            connection.commit()
            return table
    except dbapi.Error as error:
        raise _error(error.status_code.name, str(error)) from error


def polars_frame(table: pa.Table) -> pl.DataFrame:
    """An Arrow table as a data frame of polars; maps become lists of keys and values there."""
    frame: pl.DataFrame = _module("polars", "polars").from_arrow(table)
    return frame


def trino_table(connection: Connection, sql: str, parameters: Sequence[Any] | None) -> pa.Table:
    """The rows of a statement by Trino's protocol, with Arrow's types for Trino's."""
    arrow = _module("pyarrow", "arrow")
    trino = _module("trino.exceptions", "sql")
    with connection:
        cursor = connection.cursor()
        try:
            cursor.execute(sql, parameters)
            rows = cursor.fetchall()
        except trino.TrinoQueryError as error:
            raise _error(error.error_name, error.message, of_user=error.error_type == "USER_ERROR") from error
        except (trino.TrinoConnectionError, trino.HttpError, OSError) as error:
            raise _error("IO", str(error)) from error
        columns = cursor.description or []
        arrays = []
        for index, column in enumerate(columns):
            type_ = _TrinoType(arrow, column[1]).read()
            arrays.append(arrow.array([_plain(row[index]) for row in rows], type_))
        names = [column[0] for column in columns]
        table: pa.Table = arrow.Table.from_arrays(arrays, names=names)
        return table


# What the codes of Flight SQL's driver and the names of Trino's errors end with, and the HTTP status of such errors.
_STATUSES = (("NOT_FOUND", 404), ("ALREADY_EXISTS", 409), ("TRANSACTION_CONFLICT", 409), ("UNAUTHENTICATED", 401),
             ("UNAUTHORIZED", 403), ("PERMISSION_DENIED", 403), ("CANCELLED", 499), ("USER_CANCELED", 499), ("TIMEOUT", 504),
             ("INVALID_ARGUMENT", 400), ("NOT_IMPLEMENTED", 406), ("NOT_SUPPORTED", 406), ("IO", 503))


def _error(code: str, message: str, of_user: bool = False) -> TarnError:
    """A driver's error as the exception that the API's calls raise for such; its code is the driver's."""
    status = next((status for name, status in _STATUSES if code.endswith(name)), 400 if of_user else 500)
    return error_of({"code": code, "message": message}, status)


def _plain(value: Any) -> Any:
    """A value of Trino's driver as pyarrow takes it."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dict):
        return [(_plain(key), _plain(item)) for key, item in value.items()]
    if isinstance(value, tuple):  # a row
        return tuple(_plain(item) for item in value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


class _TrinoType:
    """Reads a type's name in Trino's spelling: decimal(5, 2), array(row(a integer, "b c" varchar)), …"""

    _WORD = re.compile(r'"(?:[^"]|"")*"|[^\s(),]+')

    def __init__(self, arrow: Any, text: str) -> None:
        self._arrow, self._text, self._at = arrow, text, 0

    def read(self) -> pa.DataType:
        name = self._word().lower()
        inner = self._inner(name)
        if name in ("time", "timestamp") and self._skip(" with time zone"):
            name += " with time zone"
        arrow = self._arrow
        if name == "array":
            return arrow.list_(inner[0])
        if name == "map":
            return arrow.map_(inner[0], inner[1])
        if name == "row":
            return arrow.struct(inner)
        if name == "decimal":
            return arrow.decimal128(int(inner[0]), int(inner[1]))
        simple = {
            "boolean": arrow.bool_(), "tinyint": arrow.int8(), "smallint": arrow.int16(), "integer": arrow.int32(),
            "bigint": arrow.int64(), "real": arrow.float32(), "double": arrow.float64(), "varbinary": arrow.binary(),
            "date": arrow.date32(), "time": arrow.time64("us"), "timestamp": arrow.timestamp("us"),
            "timestamp with time zone": arrow.timestamp("us", "UTC"), "unknown": arrow.null()}
        return simple.get(name, arrow.string())

    def _inner(self, name: str) -> list[Any]:
        """What is in parentheses: types of array and map, fields of row, numbers of others."""
        found: list[Any] = []
        if not self._skip("("):
            return found
        while not self._skip(")"):
            if name == "row":
                found.append(self._field(len(found)))
            else:
                found.append(self.read() if name in ("array", "map") else self._word())
            self._skip(",")
            self._skip(" ")
        return found

    def _field(self, index: int) -> pa.Field:
        """A field of a row; one without a name is called after its place."""
        begin = self._at
        name = self._word()
        if self._skip(" "):
            if name.startswith('"'):
                name = name[1:-1].replace('""', '"')
        else:
            name, self._at = f"field{index}", begin
        return self._arrow.field(name, self.read())

    def _word(self) -> str:
        match = self._WORD.match(self._text, self._at)
        if match is None:
            raise ValueError(f"not a type of Trino's: {self._text!r}")
        self._at = match.end()
        return match.group()

    def _skip(self, text: str) -> bool:
        if not self._text.startswith(text, self._at):
            return False
        self._at += len(text)
        return True
