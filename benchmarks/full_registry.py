"""A registry of as many signals as asked for: of nobody, and near no picture."""

import secrets
from datetime import datetime
from typing import Final

from sqlalchemy import insert

from domain.case import new_number
from domain.signal import HEX_DIGITS, SignalType, View
from storage import cases, registry
from storage.database import Database
from storage.tables import RegistrationRow, SignalRow

_KINDS: Final = [
    (SignalType.SHA256, View.UPRIGHT),
    (SignalType.MD5, View.UPRIGHT),
    *((kind, view) for kind in (SignalType.PDQ, SignalType.PHASH) for view in View),
]
"""What every registered picture has that is compared by bits."""

_AT_ONCE: Final = 2_000  # registrations written together
_QUALITY: Final = 100


def fill_registry(database: Database, signals: int, *, now: datetime) -> None:
    """Register random signals in one case: as many as asked for, or a few more."""
    left = -(-signals // len(_KINDS))
    with database.writing() as session:
        version = registry.bump(session)
        case = cases.case_row(session, cases.open_case(session, now=now).number)
        first_id = 1
        while left > 0:
            ids = range(first_id, first_id + min(left, _AT_ONCE))
            rows = [
                {
                    "registration_id": number,
                    "number": new_number("R"),
                    "case_id": case.case_id,
                    "picture": secrets.token_hex(32),
                    "source": "signals",
                    "registered_at": now,
                    "added_version": version,
                }
                for number in ids
            ]
            session.execute(insert(RegistrationRow), rows)
            session.execute(
                insert(SignalRow),
                [
                    {
                        "registration_id": number,
                        "type": kind.value,
                        "view": view.value,
                        "value": secrets.token_hex(HEX_DIGITS[kind] // 2),
                        "quality": _QUALITY if kind is SignalType.PDQ else None,
                    }
                    for number in ids
                    for kind, view in _KINDS
                ],
            )
            first_id += len(ids)
            left -= len(ids)
