"""Every table there is, for whoever handles them all: migrations, upgrades, erasing."""

from typing import Final

from sqlalchemy import MetaData

from storage import (
    account_tables,
    audit_tables,
    case_tables,
    figures_tables,
    preview_tables,
    review_tables,
    tables,
    watching_tables,
)
from storage.row import Row

MODULES: Final = (
    tables,
    account_tables,
    review_tables,
    audit_tables,
    case_tables,
    watching_tables,
    preview_tables,
    figures_tables,
)
"""The modules that tables stand in; each is known to ``METADATA`` once it is imported."""

METADATA: Final[MetaData] = Row.metadata
