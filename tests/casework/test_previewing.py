"""Looking at a picture, on both databases: asked for, counted, noted, refused where it must be."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from casework import preview_policy, previewing, withdrawing
from casework.preview_tries import Outcome
from casework.previewing import PreviewLocked, PreviewOff
from domain.errors import NotFound
from domain.permission import Role
from domain.preview import PreviewLevel
from signals.pictures import hash_image
from storage import accounts, audit, exposure, matches, referrals
from storage.review_tables import ReferralRow
from storage.tables import FrameRow, ImageRow
from tests.posted_photos import posted

NOW = datetime.now(UTC)


@pytest.fixture
def anna(database):
    with database.writing() as session:
        return accounts.add(session, "anna", [Role.CASEWORKER], now=NOW)


@pytest.fixture
def look(database, config, practice_site, anna):
    here = replace(config, practice_hosts=frozenset({practice_site.host}))

    def do(number):
        return previewing.look(database, here, number, account=anna, another=False, now=NOW)

    return do


def test_what_is_there_is_shown_and_counted_and_what_is_gone_is_not(
    database, practice_site, photos, look, anna
):
    number = posted(database, practice_site, photos[0])
    shown = look(number)
    practice_site.remove("/a.jpg")
    gone = look(number)

    assert shown.shown
    assert shown.best.outcome is Outcome.SHOWN
    assert (gone.shown, gone.best.outcome, gone.best.status) == (False, Outcome.GONE, 404)
    assert practice_site.host not in repr(shown) + repr(gone)
    with database.reading() as session:
        seen = exposure.exposure(session, anna.account_id, since=NOW, until=datetime.now(UTC))
        told = audit.entries(session, subject=number, limit=2)
    assert seen.looks == 1
    assert [each.action for each in told] == ["picture asked for", "picture looked at"]


def test_what_is_withdrawn_while_it_is_fetched_is_not_shown(
    database, practice_site, photos, look, anna
):
    number = posted(database, practice_site, photos[0])
    with database.reading() as session:
        case = matches.get_match(session, number).summary.case
    body = photos[0].read_bytes()

    def withdrawn_meanwhile():
        withdrawing.withdraw(database, case, actor="bela", reason="She asked.", now=NOW)
        return body

    practice_site.write_lazy("/a.jpg", withdrawn_meanwhile)
    with pytest.raises(NotFound):
        look(number)
    with database.reading() as session:
        seen = exposure.exposure(session, anna.account_id, since=NOW, until=datetime.now(UTC))
    assert seen.looks == 0


def test_what_resembles_a_frame_of_a_locked_video_is_not_shown(
    database, practice_site, photos, look
):
    number = posted(database, practice_site, photos[0])
    seen = hash_image(photos[0].read_bytes())
    with database.writing() as session:
        video = ImageRow(
            sha256="ab" * 32,
            md5="ab" * 16,
            pdq="0" * 64,
            pdq_quality=100,
            phash="0" * 16,
            format="MP4",
            width=9,
            height=9,
            byte_size=9,
            duration_ms=1000,
            first_seen=NOW,
        )
        session.add(video)
        session.flush()
        session.add(
            FrameRow(
                image_id=video.image_id,
                place=0,
                at_ms=0,
                pdq=seen.pdq,
                pdq_quality=seen.pdq_quality,
                phash="0" * 16,
            )
        )
        session.add(
            ReferralRow(image_id=video.image_id, hotline="h", actor="bela", referred_at=NOW)
        )
    with pytest.raises(PreviewLocked):
        look(number)


def test_neither_a_locked_picture_nor_one_that_the_policy_forbids_is_fetched(
    database, practice_site, photos, look, anna
):
    number = posted(database, practice_site, photos[0])
    off = {Role.CASEWORKER: PreviewLevel.OFF}
    with database.writing() as session:
        assert preview_policy.set_policy(session, off, actor="eva", now=NOW)
        assert not preview_policy.set_policy(session, off, actor="eva", now=NOW)
        assert previewing.state(session, number, anna).level is PreviewLevel.OFF
    with pytest.raises(PreviewOff):
        look(number)
    with database.writing() as session:
        match = matches.match_row(session, number)
        referrals.add(session, match, hotline="h", actor="bela", now=NOW)
        assert previewing.state(session, number, anna).locked
    with pytest.raises(PreviewLocked):
        look(number)
    assert practice_site.requests == []
