"""Whether the calibration that an operator named can be used, and what it can promise."""

from typing import Final

from config import Config
from domain.errors import InvalidInput
from domain.finding import Finding, fail, ok, warn
from signals.calibration_file import calibration_in_use

_WHAT: Final = "Calibration"


def calibration(config: Config, *, photos: int) -> Finding:
    """Check the calibration in use, where so many constellations are registered."""
    try:
        used, problem = calibration_in_use(config.calibration_file)
    except InvalidInput as error:
        return fail(_WHAT, str(error), "Install Vigil again.")
    if problem is not None:
        return warn(
            _WHAT, problem, "Write it anew with vigil calibrate, or unset VIGIL_CALIBRATION."
        )
    wanted = config.false_flags_per_million
    strength = used.strength_for(wanted, photos)
    found = (
        f"of {used.measured_at[:10]}, from {used.tail.pairs:,} pairs; edited reposts are flagged "
        f"from strength {strength:.2f}"
    )
    if used.promises(wanted, photos):
        return ok(_WHAT, found)
    likely = used.at(strength).high * 1_000_000 * max(photos, 1)
    return warn(
        _WHAT,
        f"{found}. That is as strict as can be, and there may be {likely:,.0f} false flags in a "
        f"million images, not {wanted:g}",
        "Calibrate with pictures like yours, see docs/calibration.md, or raise "
        "VIGIL_FALSE_FLAGS_PER_MILLION.",
    )
