"""A small database as a helpline has after two weeks: sites, crawls, cases, matches in every state.

Everything comes about as it does in use: pictures are hashed and registered, images are sighted by
crawls and flagged, people decide. The photographs are those of the practice sites.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from PIL import Image, ImageDraw, ImageOps
from sqlalchemy.orm import Session

from casework import registering, reviewing, withdrawing
from domain.crawl import CrawlCounts, CrawlState
from domain.image import ImageReference, Outcome
from domain.laid import Laid
from domain.permission import Role
from domain.review import Verdict
from domain.signal import Agreement, ImageSignals, PictureSignals, SignalType, View
from domain.site import Site
from practice.photographs import ORIGINALS, photo_names, photo_path
from signals.index import SignalIndex
from signals.pictures import hash_image, hash_picture
from storage import (
    accounts,
    audit,
    cases,
    crawls,
    credentials,
    flagging,
    look_alikes,
    matches,
    pages,
    registrations,
    registry,
    sightings,
    sites,
    suspensions,
)
from storage.accounts import Account
from storage.crawls import CrawlError
from storage.database import Database

DAYS = 14
"""How long ago the first crawl was."""

GALLERY, BOARD, FORUM, ARCHIVE = "holiday-gallery", "image-board", "old-forum", "quiet-archive"

_HOST = {
    GALLERY: "gallery.example",
    BOARD: "board.example",
    FORUM: "forum.example",
    ARCHIVE: "archive.example",
}
_HOSTILE = "<script>alert(1)</script>"
"""Stands in addresses and reasons: what comes from hostile pages is only ever shown as text."""


@dataclass(slots=True)
class Filled:
    """What is in the database, by the numbers and names that pages are asked for with.

    ``matches`` are by what became of them: ``flagged`` (waiting), ``confirmed``, ``rejected``,
    ``unsure``; the first of ``flagged`` is very strong. ``video`` is a match of what moves,
    ``edited`` one that was recognised by its places, ``spread`` one with many sightings.
    """

    now: datetime
    sites: tuple[str, ...] = (GALLERY, BOARD, FORUM, ARCHIVE)
    cases: list[str] = field(default_factory=list)
    withdrawn_case: str = ""
    empty_case: str = ""
    registrations: list[str] = field(default_factory=list)
    matches: dict[str, list[str]] = field(default_factory=dict)
    video: str = ""
    edited: str = ""
    spread: str = ""
    crawls: dict[str, int] = field(default_factory=dict)
    look_alike: str = ""
    people: dict[str, Account] = field(default_factory=dict)
    person: str = "anna"

    @property
    def match(self) -> str:
        """A match that waits for its decision."""
        return self.matches["flagged"][0]

    @property
    def case(self) -> str:
        """A case with matches in every state."""
        return self.cases[0]


NOTHING = Filled(
    now=datetime(2026, 3, 1, 12, tzinfo=UTC),
    cases=["C-7K3M-9QXD-5"],
    registrations=["R-7K3M-9QXD-5"],
    matches={"flagged": ["M-7K3M-9QXD-5"]},
    crawls={BOARD: 1},
)
"""Numbers of what is not there: for asking pages before anything is."""


def fill(database: Database, *, now: datetime | None = None) -> Filled:
    """Fill an empty database at the newest schema; takes a second or two."""
    filled = Filled(now=now or datetime.now(UTC))
    with database.writing() as session:
        _add_people(session, filled)
        _add_sites(session, filled)
    _register(database, filled)
    with database.writing() as session:
        _crawl(session, filled)
    with database.writing() as session:
        _decide(session, filled)
    _withdraw(database, filled)
    return filled


# --- people and sites -----------------------------------------------------------------------


def _add_people(session: Session, filled: Filled) -> None:
    since = filled.now - timedelta(days=DAYS + 1)
    people: Mapping[str, Sequence[Role]] = {
        "anna": (Role.CASEWORKER,),
        "bela": (Role.CASEWORKER,),
        "chidi": (Role.OPERATOR,),
        "dana": (Role.ANALYST,),
        "eva": (Role.SUPERVISOR,),
        "farid": (Role.AUDITOR,),
        "gwen": tuple(Role),
    }
    for name, roles in people.items():
        made = accounts.add(session, name, roles, now=since)
        # Nobody can sign in with these; tests come in by sessions of their own.
        credentials.set_password(session, made.account_id, "a hash of no password")
        credentials.set_totp(session, made.account_id, "no authenticator's secret", None)
        filled.people[name] = accounts.get(session, name)


def _add_sites(session: Session, filled: Filled) -> None:
    since = filled.now - timedelta(days=DAYS)
    policies: Mapping[str, Mapping[str, object]] = {
        GALLERY: {"every": timedelta(minutes=30)},
        BOARD: {
            "every": timedelta(minutes=10),
            "rate": 2.0,
            "obey_robots": False,
            "robots_reason": "The board forbids all robots; the helpline's lawyer agreed.",
            "quiet_hours": ("02:00-04:00 UTC",),
            "headers": {"X-Practice": "a secret value"},
            "cookies": {"adult": "yes"},
            "age_gate": "I am over 18",
            "leave": ("/rules*",),
            "item": ("/res/*",),
        },
        FORUM: {"every": timedelta(hours=6)},
        ARCHIVE: {"every": timedelta(days=1)},
    }
    for name, policy in policies.items():
        site = Site(name=name, start_urls=(f"https://{_HOST[name]}/",), **policy)  # type: ignore[arg-type]
        sites.add(session, site, now=since)
        audit.append(session, now=since, actor="chidi", action="site added", subject=name)
    sites.pause(session, ARCHIVE, now=filled.now - timedelta(days=2))
    audit.append(
        session,
        now=filled.now - timedelta(days=2),
        actor="chidi",
        action="site paused",
        subject=ARCHIVE,
    )


# --- cases ----------------------------------------------------------------------------------


def _register(database: Database, filled: Filled) -> None:
    since = filled.now - timedelta(days=DAYS)
    pictures = (ORIGINALS[0:2], ORIGINALS[2:3], ORIGINALS[3:4])
    for day, names in enumerate(pictures):
        when = since + timedelta(days=day, hours=1)
        with database.writing() as session:
            number = cases.open_case(session, now=when).number
            audit.append(session, now=when, actor="anna", action="case opened", subject=number)
        for name in names:
            done = _register_one(database, number, _picture(name), when)
            filled.registrations.append(done)
        filled.cases.append(number)
    _register_one(
        database, filled.cases[1], _animated_picture(), since + timedelta(days=1, hours=2)
    )
    filled.withdrawn_case = filled.cases.pop()
    with database.writing() as session:
        filled.empty_case = cases.open_case(session, now=filled.now - timedelta(hours=3)).number
        registration = filled.registrations[1]
        suspensions.suspend(
            session,
            registration,
            reason="It is a picture of a logo that every page shows.",
            actor="anna",
            now=since + timedelta(days=3),
        )


def _register_one(database: Database, case: str, picture: PictureSignals, when: datetime) -> str:
    return registering.register(
        database, case, picture, source="file", actor="anna", now=when, match_distance=31
    ).number


def _withdraw(database: Database, filled: Filled) -> None:
    withdrawing.withdraw(
        database,
        filled.withdrawn_case,
        actor="bela",
        reason="She asked for it.",
        now=filled.now - timedelta(hours=5),
    )


# --- crawls and what they saw ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """An image that a crawl finds: on which site, how many days ago first, on how many pages."""

    signals: ImageSignals
    name: str
    site: str
    days_ago: int
    places: int = 1
    laid: Laid | None = None
    of: int = 0
    gone: bool = False


def _found() -> list[_Found]:
    """Reposts of what is registered, and other pictures; strong ones first."""
    cut = Laid(
        strength=9.2,
        mirrored=True,
        corners=((1.0, 0.0), (-0.25, 0.0), (-0.25, 1.18), (1.0, 1.18)),
        part=(0.0, 0.0, 0.8, 0.85),
        seen=17,
        in_view=24,
    )
    faint = Laid(
        strength=4.8,
        mirrored=False,
        corners=((0.5, 0.5), (0.95, 0.52), (0.94, 0.9), (0.49, 0.88)),
        part=(0.1, 0.0, 1.0, 0.7),
        seen=7,
        in_view=19,
    )
    first, third = ORIGINALS[0], ORIGINALS[2]
    return [
        _Found(_image(first, "small"), "IMG_1.jpg", BOARD, 0, places=3),
        _Found(_image(first, "mirrored"), "IMG_2.jpg", BOARD, 1, places=40),
        _Found(_image(first, "grey"), "a/b/c.jpg", GALLERY, 2),
        _Found(_image(first, "cut"), "story.jpg", GALLERY, 3, laid=cut),
        _Found(_image(first, "turned"), "p?id=7&q=1.jpg", FORUM, 4, places=2, gone=True),
        _Found(_image(third, "small"), f"{_HOSTILE}.jpg", BOARD, 5),
        _Found(_image(third, "darker"), "dark.jpg", GALLERY, 6),
        _Found(_image(third, "cut"), "collage.jpg", FORUM, 7, laid=faint, of=2),
        _Found(_animated_image(), "clip.gif", BOARD, 2),
        _Found(_image(first, "darker"), "twice.jpg", FORUM, 8),
        _Found(_image(first, "small grey"), "once.jpg", GALLERY, 9),
        *(
            _Found(_image(name, "small"), f"other-{place}.jpg", site, place % DAYS, places=2)
            for place, name in enumerate(_others())
            for site in (GALLERY,)
        ),
    ]


def _others() -> list[str]:
    return [name for name in photo_names() if name not in ORIGINALS][:12]


def _crawl(session: Session, filled: Filled) -> None:
    found = _found()
    index = SignalIndex()
    for registration_id, signal in registry.changes_since(session, 0).added:
        index.add(registration_id, signal)
    ids = {name: sites.get(session, name).site_id for name in filled.sites}
    for day in range(DAYS, -1, -1):
        for name in filled.sites:
            if name == ARCHIVE and day < 2:
                continue
            _one_crawl(session, filled, index, ids[name], name, day, found)
    _crawl_under_way(session, filled, ids[BOARD])


def _one_crawl(
    session: Session,
    filled: Filled,
    index: SignalIndex,
    site_id: int,
    name: str,
    day: int,
    found: Sequence[_Found],
) -> None:
    began = filled.now - timedelta(days=day, minutes=50)
    crawl_id = crawls.start(session, site_id, now=began)
    flagged = seen = 0
    for each in found:
        if each.site == name and each.days_ago >= day and not (each.gone and day < 2):
            seen += each.places
            flagged += _see(session, filled, index, site_id, each, began, new=each.days_ago == day)
    down = name == FORUM and day == 0
    errors = [] if down else _errors(name, began)
    counts = CrawlCounts(
        pages_fetched=0 if down else 12 + day,
        pages_unchanged=0 if down else 5,
        pages_failed=1 if down or errors else 0,
        references=0 if down else seen + 9 + len(errors) // 2,
        outcomes=dict.fromkeys(Outcome, 0)
        | ({} if down else {Outcome.HASHED: seen, Outcome.TOO_SMALL: 9})
        | ({} if down else {Outcome.FAILED: len(errors) // 2}),
        flagged=flagged,
    )
    state = CrawlState.FAILED if down else CrawlState.FINISHED
    reason = "No page could be fetched: the connection was refused." if down else None
    crawls.note_errors(session, crawl_id, errors)
    crawls.end(session, crawl_id, state, reason, counts, now=began + timedelta(minutes=4))
    filled.crawls[name] = crawl_id
    gone = [each for each in found if each.gone and each.site == name]
    if day == 1 and gone:
        for each in gone:
            pages.mark_gone(session, site_id, _page(each, 0), now=began)


def _errors(name: str, began: datetime) -> list[CrawlError]:
    if name != BOARD:
        return []
    host = _HOST[name]
    return [
        CrawlError("image", "failed", f"https://{host}/src/{n}.jpg?{_HOSTILE}", reason, began)
        for n, reason in enumerate(
            ("the server answered 503", "it took longer than 30 seconds", "the name is unknown")
        )
    ] + [
        CrawlError("image", "note", f"https://{host}/src/v.mp4", "the first 100 of 812 MB", began),
        CrawlError("page", "failed", f"https://{host}/res/404.html", "answered 500", began),
        CrawlError("page", "left", f"https://{host}/res/*", "320 pages were left out", began),
    ]


def _crawl_under_way(session: Session, filled: Filled, site_id: int) -> None:
    began = filled.now - timedelta(seconds=70)
    crawl_id = crawls.start(session, site_id, now=began)
    counts = CrawlCounts(pages_fetched=14, pages_left=31, references=60)
    counts.outcomes[Outcome.HASHED] = 41
    crawls.beat(session, crawl_id, counts, now=filled.now)
    filled.crawls["running"] = crawl_id


def _see(
    session: Session,
    filled: Filled,
    index: SignalIndex,
    site_id: int,
    each: _Found,
    began: datetime,
    *,
    new: bool,
) -> int:
    image_id = sightings.image_id_of(session, each.signals, now=began)
    address = f"https://{_HOST[each.site]}/src/{each.name}"
    for place in range(each.places):
        reference = ImageReference(_page(each, place), address, address, "img@src")
        sightings.sight(
            session, site_id, reference, image_id, etag=None, last_modified=None, now=began
        )
    if not new:
        return 0
    agreements = list(index.search(each.signals, pdq_distance=31))
    if each.laid is not None:
        view = View.MIRRORED if each.laid.mirrored else View.UPRIGHT
        row = registrations.registration_row(session, filled.registrations[each.of])
        by_places = Agreement(
            row.registration_id, SignalType.CONSTELLATION, view, 14, laid=each.laid
        )
        agreements.append(by_places)
    return flagging.flag(session, image_id=image_id, agreements=agreements, now=began)


def _page(each: _Found, place: int) -> str:
    return f"https://{_HOST[each.site]}/album/{each.name.split('.')[0]}/{place}?who={_HOSTILE}"


# --- decisions ------------------------------------------------------------------------------


def _decide(session: Session, filled: Filled) -> None:
    """Decide some matches, as named by the address of their image."""
    by_name = {
        (match.image_url or "").partition("/src/")[2]: match.number
        for match in matches.list_matches(session, limit=100)
    }
    filled.edited, filled.video = by_name["story.jpg"], by_name["clip.gif"]
    filled.spread = by_name["IMG_2.jpg"]
    decided = (
        ("twice.jpg", Verdict.CONFIRMED, "The same picture, darker."),
        ("once.jpg", Verdict.REJECTED, "Another person in the same place."),
        ("dark.jpg", Verdict.CONFIRMED, "The same picture."),
        ("collage.jpg", Verdict.UNSURE, "Only a small part of it can be seen."),
    )
    for place, (name, verdict, reason) in enumerate(decided):
        when = filled.now - timedelta(hours=20 - place)
        number = by_name.pop(name)
        reviewing.decide(session, number, verdict, reason=reason, actor="anna", now=when)
        filled.matches.setdefault(verdict.value, []).append(number)
    filled.look_alike = look_alikes.add_from_match(
        session,
        filled.matches["rejected"][0],
        note="Another person in the same place.",
        actor="anna",
        now=filled.now - timedelta(hours=16),
    ).number
    undone = by_name["a/b/c.jpg"]
    when = filled.now - timedelta(hours=2)
    reviewing.decide(session, undone, Verdict.REJECTED, reason="No.", actor="bela", now=when)
    reviewing.undo(
        session, undone, reason="Pressed by mistake.", actor="bela", now=when + timedelta(minutes=1)
    )
    first = by_name.pop("IMG_1.jpg")
    filled.matches["flagged"] = [first, *by_name.values()]


# --- pictures -------------------------------------------------------------------------------


@lru_cache
def _picture(name: str) -> PictureSignals:
    return hash_picture(photo_path(name).read_bytes())


@lru_cache
def _image(name: str, edit: str) -> ImageSignals:
    with Image.open(photo_path(name)) as opened:
        photo = opened.convert("RGB")
    for word in edit.split():
        photo = _edited(photo, word)
    return hash_image(_jpeg(photo))


def _edited(photo: Image.Image, edit: str) -> Image.Image:
    if edit == "small":
        return photo.resize((photo.width // 2, photo.height // 2))
    if edit == "mirrored":
        return ImageOps.mirror(photo)
    if edit == "grey":
        return photo.convert("L").convert("RGB")
    if edit == "darker":
        return photo.point(lambda value: round(value * 0.8))
    if edit == "turned":
        return photo.rotate(90, expand=True)
    photo = ImageOps.mirror(photo.crop((0, 0, photo.width * 8 // 10, photo.height * 85 // 100)))
    draw = ImageDraw.Draw(photo)
    draw.rectangle((0, 0, photo.width, photo.height // 8), fill="white")
    draw.text((10, 10), "look who this is", fill="black")
    return photo


@lru_cache
def _animated_picture() -> PictureSignals:
    return hash_picture(_animation(500))


@lru_cache
def _animated_image() -> ImageSignals:
    return hash_image(_animation(320))


def _animation(side: int) -> bytes:
    frames = []
    for name in _others()[:3]:
        with Image.open(photo_path(name)) as opened:
            frames.append(ImageOps.fit(opened.convert("RGB"), (side, side)))
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=2000)
    return out.getvalue()


def _jpeg(photo: Image.Image) -> bytes:
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=80)
    return out.getvalue()
