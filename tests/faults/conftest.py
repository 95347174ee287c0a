"""Writers that are killed, full disks and lost answers."""
import os

os.environ["TARN_SQL_DIALECT"] = "duckdb"  # of statements that tests give to `tarn sql`
