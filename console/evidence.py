"""What a match rests on, as a caseworker is shown it: in words and drawings, without a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from console.access import needs
from console.evidence_plots import distance_plot, strength_plot
from console.evidence_times import Film, borders_of_time, film, spread_plot
from console.evidence_words import Finding, finding, headline, strength_says
from console.outline import Outline, outline_of
from console.plot_shapes import Plot
from console.surroundings import config, reading
from domain.case import read_number
from domain.evidence import Grade
from domain.permission import Permission
from domain.signal import SignalType
from signals.calibration import Calibration
from storage.match_evidence import (
    MatchedImage,
    NearLookAlike,
    NearMatches,
    OtherMatch,
    SiteHistories,
    matched_image,
    near_look_alikes,
    near_matches,
    other_matches,
    places_in_case,
    site_histories,
)
from storage.match_places import MatchSighting
from storage.matches import MatchDetail, MatchSignal
from storage.spread import SightingKey, Spread, new_places, sightings_page, spread

page = Blueprint("evidence", __name__)

SIGHTINGS_SHOWN: Final = 50
"""Places on a page of them; beside a match there is room for `_SIGHTINGS_BESIDE`."""

_SIGHTINGS_BESIDE: Final = 10
_PICTURES_SHOWN: Final = 5
_ROWS: Final = 2**63
_BORDERS_OF_ONE: Final = 2


@dataclass(frozen=True, slots=True)
class PictureEvidence:
    """What agrees with one registered picture, the strongest first, and where that lies.

    ``which``: it is the so manieth picture of its case.
    """

    registration: str
    which: int
    findings: tuple[Finding, ...]
    outline: Outline | None


@dataclass(frozen=True, slots=True)
class MatchEvidence:
    """Everything that the fragment shows.

    ``more_pictures`` counts registered pictures that agree as well and are not shown.
    """

    image: MatchedImage
    grade: Grade
    headline: str
    strength: str | None
    pictures: tuple[PictureEvidence, ...]
    more_pictures: int
    plots: tuple[Plot, ...]
    film: Film | None
    spread: Spread
    spread_plot: Plot | None
    sightings: tuple[MatchSighting, ...]
    near: NearMatches | None
    look_alikes: tuple[NearLookAlike, ...]
    elsewhere: tuple[OtherMatch, ...]
    sites: SiteHistories


def evidence_of(session: Session, detail: MatchDetail, *, now: datetime) -> MatchEvidence:
    """Gather what speaks for and against a match; for a view, within its request."""
    summary = detail.summary
    image = matched_image(session, summary.number)
    by_registration: dict[str, list[MatchSignal]] = {}
    for signal in summary.signals:
        by_registration.setdefault(signal.registration, []).append(signal)
    shown = list(by_registration.items())[:_PICTURES_SHOWN]
    which = places_in_case(session, [number for number, _signals in shown])
    grade, line = headline(summary.signals)
    places = spread(session, image.image_id)
    return MatchEvidence(
        image=image,
        grade=grade,
        headline=line,
        strength=strength_says(summary.signals),
        pictures=tuple(
            PictureEvidence(
                registration=number,
                which=which.get(number, 0),
                findings=tuple(finding(signal, summary.frames) for signal in signals),
                outline=outline_of(signals, image, which.get(number, 0), name=f"outline-{place}"),
            )
            for place, (number, signals) in enumerate(shown, start=1)
        ),
        more_pictures=len(by_registration) - len(shown),
        plots=tuple(_plots(summary.signals)),
        film=film(summary.signals, summary.duration_ms, in_part=summary.in_part),
        spread=places,
        spread_plot=_spread_plot(session, image, places, now),
        sightings=_first_sightings(session, image),
        near=near_matches(session, image),
        look_alikes=near_look_alikes(session, image),
        elsewhere=other_matches(session, image),
        sites=site_histories(session, image),
    )


@page.get("/matches/<number>/sightings")
@needs(Permission.MATCH_VIEW)
def sightings(number: str) -> ResponseReturnValue:
    """Show every place where the image of a match is or was, a page at a time."""
    match = read_number("M", number)
    gone = request.args.get("gone") == "yes"
    after = _read_key(request.args.get("after", ""))
    with reading() as session:
        image = matched_image(session, match)
        found = sightings_page(
            session, image.image_id, gone=gone, limit=SIGHTINGS_SHOWN, after=after
        )
        places = spread(session, image.image_id)
    following = None
    if found.next is not None:
        following = url_for(
            ".sightings",
            number=match,
            gone="yes" if gone else None,
            after=f"{found.next.first_seen.isoformat()}~{found.next.sighting_id}",
        )
    return render_template(
        "evidence_sightings.html",
        number=match,
        gone=gone,
        first_page=after is None,
        spread=places,
        sightings=found.sightings,
        following=following,
    )


def _first_sightings(session: Session, image: MatchedImage) -> tuple[MatchSighting, ...]:
    """Return the newest places that are there, and then those that are gone, as many as fit."""
    there = sightings_page(session, image.image_id, gone=False, limit=_SIGHTINGS_BESIDE)
    left = _SIGHTINGS_BESIDE - len(there.sightings)
    if not left:
        return there.sightings
    gone = sightings_page(session, image.image_id, gone=True, limit=left)
    return there.sightings + gone.sightings


def _spread_plot(
    session: Session, image: MatchedImage, places: Spread, now: datetime
) -> Plot | None:
    if places.first is None or places.places == 1:
        return None
    borders = borders_of_time(places.first, now)
    if len(borders) <= _BORDERS_OF_ONE:
        return None
    return spread_plot(borders, new_places(session, image.image_id, borders))


def _plots(signals: Sequence[MatchSignal]) -> list[Plot]:
    by_pdq = [each for each in signals if each.signal == SignalType.PDQ.value]
    plots = []
    if by_pdq:
        # One of the whole picture says more than a nearer one of a part, if there are both.
        nearest = min(by_pdq, key=lambda each: (each.laid is not None, each.distance))
        plots.append(distance_plot(nearest, config().match_distance))
    by_places = [
        each.strength
        for each in signals
        if each.signal == SignalType.CONSTELLATION.value and each.strength is not None
    ]
    if by_places:
        plots.append(strength_plot(max(by_places), _calibration(config().calibration_file)))
    return plots


@lru_cache(maxsize=1)
def _calibration(file: Path | None) -> Calibration:
    from signals.calibration_file import calibration_in_use  # noqa: PLC0415 - loads compiled code

    return calibration_in_use(file)[0]


def _read_key(text: str) -> SightingKey | None:
    """Read where a page goes on; None for the first one.

    A key that nobody was given is no way to anything, and answered as what is not there.
    """
    if not text:
        return None
    moment, _tilde, row = text.partition("~")
    try:
        first_seen, sighting_id = datetime.fromisoformat(moment), int(row)
    except ValueError:
        abort(404)
    if first_seen.tzinfo is None or not 0 < sighting_id < _ROWS:
        abort(404)
    return SightingKey(first_seen, sighting_id)
