"""A plugin of pytest for PyIceberg's integration tests, which know one place for each server.

TARN_SUITE_SERVERS is a JSON object of addresses in them and the addresses to use instead."""
import json
import os

from pyiceberg.catalog.hive import HiveCatalog
from pyiceberg.catalog.rest import RestCatalog

SERVERS = json.loads(os.environ["TARN_SUITE_SERVERS"])
# What the tests do not expect of every catalog.
ABILITIES = {"supports_slash_in_identifier": "true"}


def redirect(catalog, **more):
    original = catalog.__init__

    def redirected(self, name, **properties):
        original(self, name, **{key: SERVERS.get(value, value) for key, value in properties.items()} | more)

    catalog.__init__ = redirected


redirect(RestCatalog, **ABILITIES)
redirect(HiveCatalog)
