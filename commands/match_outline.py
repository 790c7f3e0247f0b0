"""Writes the drawing of where a registered picture lies in the image of a match."""

from pathlib import Path

from sqlalchemy.orm import Session

from commands.atomic_file import atomic_file
from commands.evidence import clock
from commands.placement_words import drawing_lines
from domain.errors import Refused
from domain.laid import Laid
from signals.outline import outline
from storage import images, matches
from storage.matches import MatchDetail, MatchSignal


def write_outline(
    session: Session, detail: MatchDetail, file: Path, *, registration: str | None, force: bool
) -> None:
    """Draw the strongest evidence of a match that tells where the picture lies, as an SVG file.

    ``registration`` says of which registered picture, if several are seen.

    Raises:
        Refused: nothing of a match tells where it lies, or the file is there.
        OutsideDown: the file cannot be written.
    """
    signal, laid = _strongest(detail, registration)
    match = detail.summary.number
    row = matches.match_row(session, match)
    _, image = next(iter(images.signals_of(session, [row.image_id])))
    at = "" if signal.at_ms is None else f", at {clock(signal.at_ms)}"
    title = f"{signal.registration} in the image of {match}{at}"
    drawn = outline(laid, width=image.width, height=image.height, lines=drawing_lines(title, laid))
    with atomic_file(file, force=force) as stream:
        stream.write(drawn.encode())


def _strongest(detail: MatchDetail, registration: str | None) -> tuple[MatchSignal, Laid]:
    laid = [
        (signal, signal.laid)
        for signal in detail.summary.signals
        if signal.laid is not None and registration in {None, signal.registration}
    ]
    if not laid:
        of = f" of {registration}" if registration else ""
        msg = (
            f"Match {detail.summary.number} has no places{of} that agree, so there is nothing to "
            "draw: the evidence is about the picture as a whole."
        )
        raise Refused(msg)
    return max(laid, key=lambda pair: pair[1].strength)
