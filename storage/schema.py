"""Every table there is, for whoever handles them all: migrations, upgrades, erasing."""

from typing import Final

from sqlalchemy import MetaData

from storage import account_tables, tables
from storage.row import Row

MODULES: Final = (tables, account_tables)
"""The modules that tables stand in; each is known to ``METADATA`` once it is imported."""

METADATA: Final[MetaData] = Row.metadata
