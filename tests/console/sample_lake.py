"""A lake with something of everything that the console shows."""

EVENTS = """
CREATE SCHEMA IF NOT EXISTS shop;
CREATE SCHEMA IF NOT EXISTS shop.archive;
CREATE TABLE shop.events (
  id BIGINT NOT NULL COMMENT 'counts from 1',
  happened TIMESTAMP WITH TIME ZONE COMMENT 'when it happened',
  region VARCHAR,
  price DECIMAL(9, 2),
  address ROW(street VARCHAR, city ROW(name VARCHAR, zip VARCHAR)),
  tags ARRAY(VARCHAR),
  counts MAP(VARCHAR, BIGINT)
) WITH (partitioning = ARRAY['day(happened)', 'region'], sorted_by = ARRAY['id']);
COMMENT ON TABLE shop.events IS 'Everything that happened in the shop';
"""

ROWS = """
INSERT INTO shop.events BY NAME
SELECT i AS id, TIMESTAMP '2026-03-01 08:00:00+00' + (i % {days}) * INTERVAL 1 DAY AS happened, ['north', 'south', NULL][1 + i % 3] AS region,
       (i % 100) + 0.5 AS {price}, {{'street': 'Main ' || i, 'city': {{'name': 'Ulm', 'zip': '89073'}}}} AS address,
       ['a', 'b'] AS tags, MAP {{'x': i}} AS counts
FROM range({first}, {last}) AS r(i);
"""

CHANGES = [
    "ALTER TABLE shop.events ADD COLUMN note VARCHAR",
    "ALTER TABLE shop.events RENAME COLUMN price TO amount",
    "DELETE FROM shop.events WHERE id % 7 = 0",
    "UPDATE shop.events SET note = 'checked' WHERE id < 20",
    "ALTER TABLE shop.events CREATE TAG audited",
    "ALTER TABLE shop.events CREATE BRANCH trial",
]

OTHERS = """
CREATE TABLE shop.empty (id BIGINT);
CREATE TABLE shop.live (id BIGINT);
CREATE TABLE shop."odd name.with/all ~" (id BIGINT);
INSERT INTO shop."odd name.with/all ~" VALUES (1);
CREATE TABLE shop.archive.old (id BIGINT);
CREATE VIEW shop.north AS SELECT id, amount FROM shop.events WHERE region = 'north';
CREATE OR REPLACE VIEW shop.north AS SELECT id, amount, happened FROM shop.events WHERE region = 'north';
"""


def fill(tarn):
    """Fills the home of `tarn` (tests/conftest.py)."""
    tarn.ok("load", "--sample")
    tarn.ok("sql", "-e", EVENTS)
    for part in range(5):
        tarn.ok("sql", "-e", ROWS.format(price="price", days=6, first=1 + part * 300, last=301 + part * 300))
    for change in CHANGES:
        tarn.ok("sql", "-e", change)
    tarn.ok("sql", "-e", ROWS.format(price="amount", days=2, first=2000, last=2100))
    tarn.ok("sql", "-e", OTHERS)
    tarn.ok("maintain", "stats", "shop.events")
