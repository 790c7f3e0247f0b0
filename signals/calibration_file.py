"""A calibration in its file: written, read and checked, and which one is in use.

The file is JSON, with the points of its curve one a line. One lies beside this code; an operator's
own takes its place.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from domain.errors import InvalidInput
from signals.calibration import Calibration, CurvePoint, FalseTail, TailKind
from signals.constellation import VERSION
from signals.strength import VERSION as STRENGTH_VERSION

PACKAGED: Final = Path(__file__).with_name("calibration.json")

_FORMAT: Final = f"vigil-calibration-{STRENGTH_VERSION}"
"""What the strengths in it mean is part of the format: of another version they say nothing."""

_MOST_BYTES: Final = 1_000_000

_AGAIN: Final = "Write it anew with vigil calibrate, or unset VIGIL_CALIBRATION."


def written(calibration: Calibration) -> str:
    """Give the file: JSON, with one point of the curve a line."""
    values = asdict(calibration)
    points = values["tail"].pop("curve")
    rows = ",\n".join("  " + json.dumps([_short(v) for v in point.values()]) for point in points)
    head = json.dumps({"format": _FORMAT, **values}, indent=1)
    return f'{head.removesuffix("}").rstrip()},\n "curve": [\n{rows}\n ]\n}}\n'


def calibration_in_use(file: Path | None) -> tuple[Calibration, str | None]:
    """Read the operator's calibration if there is one, and go on with the packaged one if not.

    Returns:
        The calibration, and what is wrong with the operator's file if it could not be used.

    Raises:
        InvalidInput: the packaged one cannot be used either.
    """
    if file is not None:
        try:
            return read_calibration(file), None
        except InvalidInput as error:
            return _packaged(), f"{error} Until then the packaged calibration is used."
    return _packaged(), None


def read_calibration(file: Path) -> Calibration:
    """Read and check a calibration.

    Raises:
        InvalidInput: it cannot be read, is damaged, or was measured with another version of the
            constellation signal.
    """
    try:
        with file.open("rb") as opened:
            body = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        msg = f"The calibration {file} cannot be read: {error.strerror}. {_AGAIN}"
        raise InvalidInput(msg) from error
    if len(body) > _MOST_BYTES:
        msg = f"{file} is no calibration: it has more than {_MOST_BYTES:,} bytes. {_AGAIN}"
        raise InvalidInput(msg)
    try:
        values = json.loads(body)
    except (ValueError, RecursionError) as error:
        msg = f"The calibration {file} is damaged: it is no JSON ({error}). {_AGAIN}"
        raise InvalidInput(msg) from error
    if not isinstance(values, dict) or values.get("format") != _FORMAT:
        msg = f"{file} is no calibration: it does not have the format {_FORMAT}. {_AGAIN}"
        raise InvalidInput(msg)
    if values.get("version") != VERSION:
        msg = (
            f"The calibration {file} was measured with version {values.get('version')} of the "
            f"constellation signal, and this Vigil has version {VERSION}. {_AGAIN}"
        )
        raise InvalidInput(msg)
    try:
        return _calibration(values)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        msg = f"The calibration {file} is damaged: {what}. {_AGAIN}"
        raise InvalidInput(msg) from error


def _packaged() -> Calibration:
    try:
        return read_calibration(PACKAGED)
    except InvalidInput as error:
        cause = str(error).removesuffix(f" {_AGAIN}")
        msg = f"{cause} It belongs to Vigil: install Vigil again."
        raise InvalidInput(msg) from error


def _calibration(values: Mapping[str, Any]) -> Calibration:
    tail = values["tail"]
    strongest = tail["strongest"]
    if not tail["pairs"]:
        msg = "it rests on no pair"
        raise ValueError(msg)
    return Calibration(
        int(values["version"]),
        str(values["measured_at"]),
        _whole(values["photos"]),
        _whole(values["images"]),
        _finite(values["strictest"]),
        FalseTail(
            _whole(tail["pairs"]),
            TailKind(tail["kind"]),
            _finite(tail["start"]),
            _whole(tail["above"]),
            None if strongest is None else _finite(strongest),
            _finite(tail["shape"]),
            _finite(tail["scale"]),
            _finite(tail["heaviest_shape"]),
            _positive(tail["heaviest_scale"]),
            _curve(values["curve"]),
        ),
    )


def _curve(rows: Any) -> tuple[CurvePoint, ...]:
    curve = tuple(
        CurvePoint(
            _finite(strength), _finite(rate), _finite(low), _finite(high), bool(extrapolated)
        )
        for strength, rate, low, high, extrapolated in rows
    )
    if len(curve) < 2:  # noqa: PLR2004 - a line has two ends
        msg = f"its curve has {len(curve)} points"
        raise ValueError(msg)
    for point in curve:
        if not 0 <= point.low <= point.rate <= point.high <= 1:
            msg = f"its rates at strength {point.strength:g} are not in order between 0 and 1"
            raise ValueError(msg)
    for before, point in pairwise(curve):
        if point.strength <= before.strength or point.high > before.high:
            msg = f"its curve does not fall at strength {point.strength:g}"
            raise ValueError(msg)
    return curve


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        msg = f"{value!r} is no count"
        raise ValueError(msg)
    return value


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        msg = f"{value!r} is no number"
        raise ValueError(msg)
    return float(value)


def _positive(value: Any) -> float:
    if (number := _finite(value)) <= 0:
        msg = f"{value!r} is no scale"
        raise ValueError(msg)
    return number


def _short(value: float | bool) -> float | bool:
    return value if isinstance(value, bool) else float(f"{value:.4g}")
