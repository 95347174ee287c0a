"""Client of a Tarn server.

    import tarn

    lake = tarn.connect("http://127.0.0.1:8080")
    lake.load_file("/data/orders.csv", "sales.orders")
    print(lake.pandas("SELECT count(*) AS orders FROM sales.orders"))

`tarn.connect` gives a `Client`; what takes a while is a `Job`; what fails raises a `TarnError`. Nothing but the standard
library is needed for that; SQL as DB-API, Arrow, pandas or polars and the PyIceberg catalog need the extras `sql`, `arrow`,
`pandas`, `polars` and `iceberg`.
"""

from tarn.client import Client, connect
from tarn.errors import AccessError, CancelledError, ConflictError, NotFoundError, TarnError, UnreachableError
from tarn.jobs import Job
from tarn.stored import Connections, Schedules

__version__ = "0.1.0"

__all__ = [
    "AccessError",
    "CancelledError",
    "Client",
    "ConflictError",
    "Connections",
    "Job",
    "NotFoundError",
    "Schedules",
    "TarnError",
    "UnreachableError",
    "connect",
]
