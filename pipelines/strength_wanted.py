"""How strongly a second look must speak for a registered picture, as the operator wants it."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import InvalidInput
from pipelines.place_matcher import LEAST_STRENGTH

if TYPE_CHECKING:
    from signals.calibration import Calibration

_log = logging.getLogger(__name__)


class StrengthWanted:
    """Gives the strength for so many false flags in a million images, by how much is registered.

    The calibration is read when it is first asked for: it belongs to compiled code.
    """

    def __init__(self, false_flags_per_million: float, calibration_file: Path | None) -> None:
        self._false_flags_per_million = false_flags_per_million
        self._file = calibration_file
        self._calibration: Calibration | None = None
        self._lost = False

    def __call__(self, photos: int) -> float:
        """Give the strength from which to flag where so many constellations are registered."""
        if self._calibration is None and not self._lost:
            self._read()
        if self._calibration is None:
            return LEAST_STRENGTH
        return self._calibration.strength_for(self._false_flags_per_million, photos)

    def _read(self) -> None:
        from signals.calibration_file import calibration_in_use  # noqa: PLC0415 - loads compiled code

        try:
            self._calibration, problem = calibration_in_use(self._file)
        except InvalidInput as error:
            self._lost = True
            problem = f"{error} Until then, pictures are flagged from a strength of 4.5."
        if problem is not None:
            _log.warning("%s", problem)
