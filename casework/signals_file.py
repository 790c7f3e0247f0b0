"""Signals that were computed elsewhere, read from a file: CSV, JSON Lines or a JSON list."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from domain.errors import InvalidInput
from domain.signal import MIN_PLACES, PictureSignals, Signal, SignalType
from signals.turning import turned_signals

_READ: Final = tuple(each for each in SignalType if each is not SignalType.EMBEDDING)
"""An embedding says nothing without the model that made it, so none is taken from elsewhere."""

COLUMNS: Final = ("sha256", "md5", "pdq", "pdq_quality", "phash", "constellation")
MAX_BYTES: Final = 256 * 1024 * 1024
_MAKES_MATCHES: Final = (SignalType.SHA256, SignalType.MD5, SignalType.PDQ)
# Tables that hold gaps are often written with every number as 50.0.
_WHOLE: Final = re.compile(r"[0-9]{1,3}(\.0+)?")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot be used, by the line it stands on."""

    line: int
    reason: str


_Row: TypeAlias = Mapping[str, Any] | RowProblem


def read_signals_file(path: Path) -> tuple[list[PictureSignals], list[RowProblem]]:
    """Read a file of signals, one picture a row; a bad row never stops the others.

    A PDQ signal comes upright; its seven other views are worked out from it, so that most turned
    and mirrored copies are found too.

    Raises:
        InvalidInput: it is no file of signals at all.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            msg = f"{path} has {path.stat().st_size:,} bytes; a file of signals has fewer."
            raise InvalidInput(msg)
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        msg = f"{path} is no file of signals: it is not text."
        raise InvalidInput(msg) from None
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}."
        raise InvalidInput(msg) from None
    pictures: list[PictureSignals] = []
    problems: list[RowProblem] = []
    for line, row in _rows(path, text):
        try:
            if isinstance(row, RowProblem):
                problems.append(row)
            else:
                pictures.append(_picture(row))
        except InvalidInput as error:
            problems.append(RowProblem(line, str(error)))
    return pictures, problems


def _rows(path: Path, text: str) -> Iterator[tuple[int, _Row]]:
    start = text.lstrip()[:1]
    if start == "[":
        try:
            rows = json.loads(text)
        except (ValueError, RecursionError) as error:
            msg = f"{path} is no JSON list of signals: {error}."
            raise InvalidInput(msg) from None
        for place, row in enumerate(rows, 1):
            yield place, row if isinstance(row, dict) else RowProblem(place, "is no JSON object")
    elif start == "{":
        yield from _json_rows(path, text)
    else:
        yield from _csv_rows(path, text)


def _json_rows(path: Path, text: str) -> Iterator[tuple[int, _Row]]:
    whole = _json_row(1, text)
    if not isinstance(whole, RowProblem):  # one object, written over several lines
        yield 1, whole
        return
    rows = [
        (line, _json_row(line, content))
        for line, content in enumerate(text.split("\n"), 1)
        if content.strip()
    ]
    if all(isinstance(row, RowProblem) for _, row in rows):
        msg = f"{path} is no file of signals: it begins with {{, and no line is a JSON object."
        raise InvalidInput(msg)
    yield from rows


def _csv_rows(path: Path, text: str) -> Iterator[tuple[int, _Row]]:
    rows = _cells(list(io.StringIO(text)))
    _, first = next(rows, (0, []))
    # A problem at once is one line without an end, as of a picture in base64.
    names = [] if isinstance(first, RowProblem) else [name.strip().lower() for name in first]
    if not set(names) & set(COLUMNS):
        msg = (
            f"{path} is no file of signals: its first line names none of the columns "
            f"{', '.join(COLUMNS)}."
        )
        raise InvalidInput(msg)
    for line, cells in rows:
        yield line, cells if isinstance(cells, RowProblem) else dict(zip(names, cells))  # noqa: B905 - short rows are usual


def _cells(lines: Sequence[str]) -> Iterator[tuple[int, list[str] | RowProblem]]:
    """Yield the cells of each row that is not empty, with the line on which it begins.

    A quotation mark that nothing closes would take every row up to the next one, or to the end,
    into its cell: a row that ends badly is read again as its first line alone.
    """
    done = 0
    while done < len(lines):
        begun = done
        reader = csv.reader((lines[at] for at in range(begun, len(lines))), strict=True)
        try:
            for cells in reader:
                line, done = done + 1, begun + reader.line_num
                if cells:
                    yield line, cells
        except csv.Error:
            done += 1
            yield done, _alone(done, lines[done - 1])


def _alone(line: int, content: str) -> list[str] | RowProblem:
    try:
        return next(csv.reader([content]), [])
    except csv.Error as error:
        return RowProblem(line, f"is no row of CSV: {error}")


def _json_row(line: int, content: str) -> _Row:
    try:
        row = json.loads(content)
    except (ValueError, RecursionError):  # a number of thousands of digits is a ValueError
        return RowProblem(line, "is no JSON object")
    return row if isinstance(row, dict) else RowProblem(line, "is no JSON object")


def _picture(row: Mapping[str, Any]) -> PictureSignals:
    signals: list[Signal] = []
    for kind in _READ:
        value = _text(row, kind.value)
        if value is None:
            continue
        if kind is SignalType.PDQ:
            signals.extend(turned_signals(Signal(kind, value, quality=_quality(row))))
        else:
            signals.append(Signal(kind, value))
        if kind is SignalType.CONSTELLATION:
            _check_constellation(value)
    if not any(signal.type in _MAKES_MATCHES for signal in signals):
        msg = (
            "it needs at least one of sha256, md5 and pdq; neither pHash nor a constellation makes "
            "a match without one"
        )
        raise InvalidInput(msg)
    return PictureSignals(tuple(signals))


def _check_constellation(value: str) -> None:
    """Refuse one that could not be compared, or would match every picture with the same logo."""
    # Here, since it loads compiled code that few files of signals need.
    from signals.constellation import unpack  # noqa: PLC0415

    places = len(unpack(bytes.fromhex(value)))
    if places < MIN_PLACES:
        msg = f"its constellation has {places} places; at least {MIN_PLACES} tell pictures apart"
        raise InvalidInput(msg)


def _text(row: Mapping[str, Any], name: str) -> str | None:
    value = row.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, str):
        msg = f"its {name} is {str(value)[:80]}, which is no text"
        raise InvalidInput(msg)
    return value.strip().lower()


def _quality(row: Mapping[str, Any]) -> int | None:
    value = row.get("pdq_quality")
    written = "" if value is None else str(value).strip()
    if not written:
        return None
    if not _WHOLE.fullmatch(written):
        msg = f"its pdq_quality is {written[:80]!r}, which is no whole number from 0 to 100"
        raise InvalidInput(msg)
    return int(float(written))
