"""Looking at a picture: fetched anew for one person's look, made small and blurred, and forgotten.

Nothing of it is kept anywhere. What is kept is that she looked, in the audit chain and in what is
counted for her own sake.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from casework import reviewing
from casework.preview_tries import MOST_TRIES, Outcome, Try, says_most, tried
from config import Config
from domain.errors import Refused
from domain.preview import PreviewLevel, level_of
from domain.signal import MIN_PDQ_QUALITY
from signals.preview import SmallPicture
from storage import audit, exposure, preview_policy, preview_sources, referrals
from storage.accounts import Account
from storage.database import Database


class PreviewLocked(Refused):
    """Nobody sees this picture any more: somebody has said that it may show a minor."""

    def __init__(self) -> None:
        super().__init__(
            "This picture is locked for good, since somebody has said that whoever it shows may be "
            "under 18. Nobody is shown it."
        )


class PreviewOff(Refused):
    """The policy lets none of a person's roles see pictures."""

    def __init__(self) -> None:
        super().__init__(
            "The policy of this installation shows no pictures to your roles. A supervisor can "
            "change that. Nothing was fetched."
        )


@dataclass(frozen=True, slots=True)
class Look:
    """What a look came to: of all tries the one that says most, and the picture if it is shown.

    ``light`` is None where only the heavy blur may be seen.
    """

    best: Try
    tries: tuple[Try, ...]
    level: PreviewLevel
    heavy: bytes | None = field(default=None, repr=False)
    light: bytes | None = field(default=None, repr=False)

    @property
    def shown(self) -> bool:
        """Whether there is a picture to be seen."""
        return self.heavy is not None


@dataclass(frozen=True, slots=True)
class PreviewState:
    """Whether a match's picture can be looked at, before anything is fetched."""

    level: PreviewLevel
    locked: bool
    reachable: bool
    """There is an address that it could be fetched from."""


def state(session: Session, number: str, account: Account) -> PreviewState:
    """Say whether a person may look at a match's picture.

    Raises:
        NotFound: there is no such match.
    """
    image_id = preview_sources.image_of(session, number)
    return PreviewState(
        level=_level(session, account),
        locked=reviewing.preview_locked(session, image_id),
        reachable=preview_sources.was_sighted(session, image_id),
    )


def look(
    database: Database,
    config: Config,
    number: str,
    *,
    account: Account,
    another: bool,
    now: datetime,
) -> Look:
    """Fetch the picture of a match and show it to a person, small, grey and blurred.

    Args:
        database: read before and written after; nothing is held while it is fetched.
        config: limits of size, practice hosts, what sites are told of us.
        number: of the match.
        account: whoever looks.
        another: she has been told that an address shows another picture, and wants to see it.
        now: the present moment.

    Raises:
        NotFound: there is no such match.
        PreviewLocked: it may show a minor.
        PreviewOff: none of her roles may see pictures.
    """
    with database.reading() as session:
        found = preview_sources.previewed(session, number, most=MOST_TRIES)
        level = _allowed(session, account, found.image_id)
    tries = tuple(tried(found, config, another=another))
    best = min(tries, key=says_most, default=Try("", Outcome.NOT_REACHED))
    shown = best.picture is not None and (another or best.outcome is Outcome.SHOWN)
    refusal: Refused | None = None
    with database.writing() as session:
        preview_sources.image_of(session, number)  # it may have been withdrawn meanwhile
        try:
            # Somebody may have locked it meanwhile: then what was fetched is not shown.
            level = _allowed(session, account, found.image_id, at_most=level)
            if best.picture is not None and _looks_locked(session, best.picture):
                raise PreviewLocked
        except (PreviewLocked, PreviewOff) as error:
            refusal, shown = error, False
        if shown:
            exposure.add_look(session, account.account_id, now=now)
        audit.append(
            session,
            now=now,
            actor=account.name,
            action="picture looked at" if shown else "picture asked for",
            subject=number,
            details={
                "level": level.value,
                "outcome": "refused" if refusal is not None else best.outcome.value,
                "tries": [each.outcome.value for each in tries],
            },
        )
    if refusal is not None:
        raise refusal
    if not shown or best.picture is None:
        return Look(best, tries, level)
    light = best.picture.light if level is PreviewLevel.LIGHTER else None
    return Look(best, tries, level, best.picture.heavy, light)


def _looks_locked(session: Session, picture: SmallPicture) -> bool:
    if picture.pdq_quality < MIN_PDQ_QUALITY:
        return False
    return referrals.resembles_referred(session, picture.pdq)


def _level(session: Session, account: Account) -> PreviewLevel:
    care = exposure.care_of(session, account.account_id)
    said = preview_policy.levels(session)
    return level_of(account.roles, said, heavy_only=care.heavy_only)


def _allowed(
    session: Session,
    account: Account,
    image_id: int,
    *,
    at_most: PreviewLevel = PreviewLevel.LIGHTER,
) -> PreviewLevel:
    if reviewing.preview_locked(session, image_id):
        raise PreviewLocked
    level = _level(session, account)
    if level is PreviewLevel.OFF:
        raise PreviewOff
    return PreviewLevel.HEAVY if at_most is PreviewLevel.HEAVY else level
