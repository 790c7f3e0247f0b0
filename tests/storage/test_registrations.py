"""What is erased is in no table and in no byte of the database's files."""

import hashlib
import os
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, insert, make_url, select

from casework import registering, withdrawing
from domain.image import ImageReference
from domain.signal import ImageSignals, PictureSignals, Signal, SignalType, View
from domain.site import Site
from signals.turning import turned_signals
from storage import (
    cases,
    crawls,
    look_alikes,
    pages,
    registrations,
    registry,
    sightings,
    sites,
    suspensions,
    wanted_looks,
)
from storage.tables import (
    CrawlErrorRow,
    ImageRow,
    ImageUrlRow,
    LookAlikeRow,
    MatchRow,
    PageRow,
    RegistrationRow,
    SightingRow,
    SignalRow,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = "https://forum.example/"


@pytest.fixture
def site_id(database):
    with database.writing() as session:
        return sites.add(session, Site("forum", (PAGE,)), now=NOW).site_id


@pytest.fixture
def case(database):
    with database.writing() as session:
        return cases.open_case(session, now=NOW).number


def found_image():
    pdq = os.urandom(32).hex()
    return ImageSignals(
        os.urandom(32).hex(), os.urandom(16).hex(), pdq, 90, os.urandom(8).hex(), "JPEG", 9, 9, 9
    )


def sight(database, site_id, image, address):
    with database.writing() as session:
        image_id = sightings.image_id_of(session, image, now=NOW)
        reference = ImageReference(PAGE, address, address, "img@src")
        sightings.sight(
            session, site_id, reference, image_id, etag='"e"', last_modified=None, now=NOW
        )
        page = pages.KnownPage(PAGE, '"p"', None, (), ((address, "img@src"),))
        pages.complete(session, site_id, page, settled=True, now=NOW)
    return image_id


def register(database, case, image):
    upright = Signal(SignalType.PDQ, image.pdq, quality=90)
    picture = PictureSignals(
        (
            Signal(SignalType.SHA256, image.sha256),
            Signal(SignalType.MD5, image.md5),
            Signal(SignalType.PHASH, image.phash),
            Signal(SignalType.CONSTELLATION, os.urandom(820).hex()),
            *turned_signals(upright),
        )
    )
    done = registering.register(
        database, case, picture, source="signals", actor="a", now=NOW, match_distance=31
    )
    return picture, done


def withdraw(database, number):
    return withdrawing.withdraw(database, number, actor="a", reason="asked", now=NOW)


def test_no_file_of_the_database_holds_a_withdrawn_signal(database, database_url, site_id, case):
    image = found_image()
    sight(database, site_id, image, "https://forum.example/a.jpg")
    picture, done = register(database, case, image)
    assert done.images == 1
    raw = [bytes.fromhex(signal.value) for signal in picture.signals]
    needles = [*raw, *(value.hex().encode() for value in raw)]

    def held():
        if database.dialect == "sqlite":
            path = Path(make_url(database_url).database or "")
            files = [path.with_name(path.name + end) for end in ("", "-wal", "-shm")]
            content = b"".join(file.read_bytes() for file in files)
            return [needle for needle in needles if needle in content]
        with database.reading() as session:
            values = set(session.scalars(select(SignalRow.value)))
            for column in (ImageRow.sha256, ImageRow.md5, ImageRow.pdq, ImageRow.phash):
                values.update(session.scalars(select(column)))
            return [signal.value for signal in picture.signals if signal.value in values]

    assert len(held()) == len(picture.signals)  # the test would see them

    withdrawn = withdraw(database, case)

    assert (withdrawn.signals, withdrawn.scrubbed) == (len(picture.signals), True)
    assert held() == []


def test_a_forgotten_image_is_read_in_full_next_time(database, site_id, case):
    image, other = found_image(), found_image()
    sight(database, site_id, other, "https://forum.example/other.jpg")
    sight(database, site_id, image, "https://forum.example/a.jpg")
    register(database, case, image)

    assert withdraw(database, case).images == 1

    with database.reading() as session:
        urls = {row.url[-5:]: row for row in session.scalars(select(ImageUrlRow))}
        assert (urls["a.jpg"].etag, urls["a.jpg"].image_id) == (None, None)
        assert urls["r.jpg"].etag == '"e"'
        assert session.scalars(select(ImageRow.sha256)).all() == [other.sha256]
        assert len(session.scalars(select(SightingRow)).all()) == 1
        page = session.scalars(select(PageRow)).one()
        assert (page.etag, page.image_references) == (None, [])


def test_a_digest_that_stands_for_an_address_is_forgotten_too(database, site_id, case):
    image, other = found_image(), found_image()
    address = f"data:image/jpeg;sha256={image.sha256}"
    kept = [f"data:image/jpeg;sha256={other.sha256}", f"https://forum.example/{image.sha256}"]
    sight(database, site_id, image, address)
    with database.writing() as session:
        crawl_id = crawls.start(session, site_id, now=NOW, stale_after=timedelta(minutes=5))
        crawls.note_errors(
            session,
            crawl_id,
            [crawls.CrawlError("image", "failed", url, "slow", NOW) for url in (address, *kept)],
        )
    register(database, case, image)

    withdraw(database, case)

    with database.reading() as session:
        assert session.scalars(select(ImageUrlRow.url)).all() == []
        errors = session.scalars(select(CrawlErrorRow.url).order_by(CrawlErrorRow.crawl_error_id))
        assert errors.all() == ["data:", *kept]


def test_an_image_that_another_case_matches_stays_with_its_match(database, site_id, case):
    image = found_image()
    with database.writing() as session:
        other = cases.open_case(session, now=NOW).number
    sight(database, site_id, image, "https://forum.example/a.jpg")
    for number in (case, other):
        register(database, number, image)

    first = withdraw(database, case)
    assert (first.matches, first.images) == (1, 0)
    with database.reading() as session:
        assert len(session.scalars(select(MatchRow)).all()) == 1
        assert session.scalars(select(PageRow.etag)).one() == '"p"'

    second = withdraw(database, other)
    assert (second.matches, second.images) == (1, 1)


def test_a_case_of_more_pictures_than_a_statement_takes_parameters(database, case):
    pictures = 2_000
    if database.dialect == "sqlite":
        event.listen(
            database.engine,
            "checkout",
            lambda connection, *_: connection.setlimit(
                sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, pictures // 2
            ),
        )
    with database.writing() as session:
        version = registry.bump(session)
        case_id = cases.case_row(session, case).case_id
        session.execute(
            insert(RegistrationRow),
            [
                {
                    "registration_id": n,
                    "number": f"R-{n}",
                    "case_id": case_id,
                    "picture": f"{n:064x}",
                    "source": "signals",
                    "registered_at": NOW,
                    "added_version": version,
                }
                for n in range(1, pictures + 1)
            ],
        )
        session.execute(
            insert(SignalRow),
            [
                {"registration_id": n, "type": "sha256", "view": "upright", "value": f"{n:064x}"}
                for n in range(1, pictures + 1)
            ],
        )

    withdrawn = withdraw(database, case)

    assert (withdrawn.registrations, withdrawn.signals) == (pictures, pictures)
    with database.reading() as session:
        assert session.scalars(select(SignalRow)).first() is None
        assert len(registry.changes_since(session, version).withdrawn) == pictures


def test_not_even_a_part_of_a_withdrawn_constellation_is_in_a_file(database, database_url, case):
    """Among many, so that its page is filled, split and put in order around it."""
    pictures = [
        PictureSignals(
            (
                Signal(SignalType.SHA256, os.urandom(32).hex()),
                Signal(SignalType.CONSTELLATION, os.urandom(820).hex()),
            )
        )
        for _ in range(60)
    ]
    done = [
        registering.register(
            database, case, picture, source="signals", actor="a", now=NOW, match_distance=31
        )
        for picture in pictures
    ]

    def held(number):
        value = bytes.fromhex(pictures[number].signals[1].value)
        parts = [value[start : start + 16] for start in range(0, len(value) - 16, 16)]
        with database.reading() as session:
            rows = [bytes.fromhex(each) for each in session.scalars(select(SignalRow.value))]
        content = b"".join(rows)
        if database.dialect == "sqlite":
            path = Path(make_url(database_url).database or "")
            files = [path.with_name(path.name + end) for end in ("", "-wal", "-shm")]
            content += b"".join(file.read_bytes() for file in files)
        return sum(part in content for part in parts)

    assert held(31) == held(32) == 51  # the test would see it

    withdrawn = [withdraw(database, done[number].number) for number in (31, 5, 59)]

    assert all(each.scrubbed for each in withdrawn)
    assert [held(number) for number in (31, 5, 59)] == [0, 0, 0]
    assert held(32) == 51


def test_nothing_is_left_of_a_found_constellation_a_wanted_look_or_a_look_alike(
    database, database_url, site_id, case
):
    """Neither of a withdrawn case, nor of what another case had copied of its picture."""
    image, copied, kept = (
        replace(found_image(), constellation=os.urandom(820).hex()) for _ in range(3)
    )
    ids = {
        each.sha256: sight(database, site_id, each, f"https://forum.example/{n}.jpg")
        for n, each in enumerate((image, copied, kept))
    }
    with database.writing() as session:
        other = cases.open_case(session, now=NOW).number
    _, done = register(database, case, image)
    register(database, other, found_image())
    with database.writing() as session:
        row = registrations.registration_row(session, done.number)
        pairs = [(image_id, row.registration_id) for image_id in ids.values()]
        assert wanted_looks.ask(session, pairs, now=NOW) == 3
        # Its own, and one that another case has of the very picture that is registered here.
        for number, each in ((case, copied), (other, image), (other, kept)):
            note = f"a shop {each.sha256}"
            look_alikes.add_from_image(
                session, number, ids[each.sha256], note=note, actor="a", now=NOW
            )
        suspensions.suspend(session, done.number, reason="a logo in Exampleham", actor="a", now=NOW)

    signals = [image.sha256, image.pdq, image.constellation]
    values = [bytes.fromhex(signal) for signal in signals]
    values += [values[2][start : start + 16] for start in range(0, 800, 16)]

    def held():
        if database.dialect == "sqlite":
            path = Path(make_url(database_url).database or "")
            files = [path.with_name(path.name + end) for end in ("", "-wal", "-shm")]
            content = b"".join(file.read_bytes() for file in files)
        else:
            with database.reading() as session:
                content = b"".join(
                    bytes.fromhex(value)
                    for column in (
                        ImageRow.sha256,
                        ImageRow.pdq,
                        ImageRow.constellation,
                        SignalRow.value,
                        LookAlikeRow.sha256,
                        LookAlikeRow.pdq,
                        LookAlikeRow.constellation,
                    )
                    for value in session.scalars(select(column))
                    if value is not None
                )
        return [value for value in values if value in content]

    assert held() == values  # the test would see them

    withdrawn = withdraw(database, case)

    assert (withdrawn.images, withdrawn.scrubbed) == (1, True)
    assert held() == []
    with database.reading() as session:
        assert session.scalars(select(LookAlikeRow.sha256)).all() == [kept.sha256]
        assert wanted_looks.counts(session).open == 0
        assert session.scalars(select(RegistrationRow.suspended_for)).all() == [None, None]
        constellations = set(session.scalars(select(ImageRow.constellation)))
        assert constellations == {copied.constellation, kept.constellation}


def test_a_copy_that_outlived_its_image_goes_by_its_signals(database, case):
    """The image was forgotten by an older version, which knew nothing of look-alikes."""
    image = found_image()
    with database.writing() as session:
        other = cases.open_case(session, now=NOW).number
    register(database, other, found_image())
    register(database, case, image)
    mirrored = turned_signals(Signal(SignalType.PDQ, image.pdq))[3].value
    with database.writing() as session:
        of = cases.case_row(session, other).case_id
        for number, sha256, pdq in (
            ("L-1", image.sha256, None),
            ("L-2", os.urandom(32).hex(), mirrored),
            ("L-3", os.urandom(32).hex(), os.urandom(32).hex()),
        ):
            session.add(
                LookAlikeRow(
                    number=number,
                    case_id=of,
                    sha256=sha256,
                    pdq=pdq,
                    note="a shop",
                    actor="a",
                    added_at=NOW,
                )
            )

    withdraw(database, case)

    with database.reading() as session:
        assert session.scalars(select(LookAlikeRow.number)).all() == ["L-3"]


def test_with_the_last_registration_of_a_case_its_look_alikes_go(database, site_id, case):
    """And not before: what is left of the case is still taken for them."""
    image_id = sight(database, site_id, found_image(), "https://forum.example/a.jpg")
    _, first = register(database, case, found_image())
    _, second = register(database, case, found_image())
    with database.writing() as session:
        look_alikes.add_from_image(session, case, image_id, note="a shop", actor="a", now=NOW)

    def left():
        with database.reading() as session:
            return len(look_alikes.list_look_alikes(session, case))

    withdraw(database, first.number)
    assert left() == 1
    withdraw(database, second.number)
    assert left() == 0


def test_a_picture_registered_before_there_were_constellations_is_known(database, case):
    """By the digest that older versions wrote, and none the less where another is computed."""
    older = (
        Signal(SignalType.SHA256, "ab" * 32),
        Signal(SignalType.PDQ, "cd" * 32, View.MIRRORED, 90, 4000),
    )
    digest = hashlib.sha256(
        f"pdq mirrored {'cd' * 32} 4000\nsha256 upright {'ab' * 32}".encode()
    ).hexdigest()

    def registered(*more):
        picture = PictureSignals((*older, *more))
        return registering.register(
            database, case, picture, source="file", actor="a", now=NOW, match_distance=31
        )

    first = registered()
    with database.reading() as session:
        assert session.scalars(select(RegistrationRow.picture)).all() == [digest]

    for value in ("01" * 800, "02" * 700):
        again = registered(Signal(SignalType.CONSTELLATION, value))
        assert (again.number, again.already) == (first.number, True)
