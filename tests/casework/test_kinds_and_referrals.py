"""What a decision brings with it: look-alikes, referrals, and one for many at once."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from casework import claiming, deciding, reviewing
from casework.desk import Blocked, desk_of
from domain.errors import InvalidInput, NotFound, Refused
from domain.review import Judgement, RejectionKind, Verdict
from storage import audit, case_pictures, cases, look_alikes, review_queue
from storage.cases import ShownCases
from storage.matches import get_match, match_row
from storage.tables import FrameRow, ImageRow
from storage.withdrawals import forget
from tests.waiting_matches import NOW, Waiting, near

PDQ = "a5" * 32
SECOND = timedelta(seconds=1)


@pytest.fixture
def waiting(database):
    return Waiting(database)


@pytest.fixture
def decide(database):
    def do(number, verdict, kind=None, actor="kim", now=NOW):
        judgement = Judgement(verdict, kind)
        with database.writing() as session:
            return reviewing.decide(
                session,
                number,
                verdict,
                kind=kind,
                reason=judgement.reason,
                hotline="a hotline",
                actor=actor,
                settles=False,
                now=now,
            ).value

    return do


@pytest.fixture
def take_back(database):
    def do(number, actor="kim", now=NOW, settles=False):
        with database.writing() as session:
            return reviewing.take_back(session, number, actor=actor, settles=settles, now=now).value

    return do


def kept(database, case):
    with database.reading() as session:
        return len(look_alikes.list_look_alikes(session, case))


def locked(database, image_id):
    with database.reading() as session:
        return reviewing.preview_locked(session, image_id)


def state(database, number):
    with database.reading() as session:
        return get_match(session, number).summary.state


@pytest.mark.parametrize("kind", [RejectionKind.LOOK_ALIKE, RejectionKind.SAME_SCENE])
def test_a_look_alike_is_never_flagged_again_for_its_case(database, waiting, decide, kind):
    case = waiting.case()
    decide(waiting.match(case, pdq=PDQ, distance=20), Verdict.REJECTED, kind)
    assert waiting.match(case, pdq=near(PDQ, 2), distance=20) is None
    assert waiting.match(pdq=PDQ, distance=20) is not None, "that is another case's matter"
    with database.reading() as session:
        assert [each.spared for each in look_alikes.list_look_alikes(session, case)] == [1]


def test_what_was_rejected_for_another_reason_is_no_look_alike(database, waiting, decide):
    case = waiting.case()
    for kind in (None, RejectionKind.CONSENTED, RejectionKind.NOT_INTIMATE, RejectionKind.OTHER):
        decide(waiting.match(case), Verdict.REJECTED, kind)
    assert kept(database, case) == 0


def test_the_look_alike_goes_with_the_decision_and_comes_back_with_it(
    database, waiting, decide, take_back
):
    case = waiting.case()
    number = waiting.match(case)
    decide(number, Verdict.REJECTED, RejectionKind.LOOK_ALIKE)
    assert kept(database, case) == 1
    take_back(number)
    assert kept(database, case) == 0

    decide(number, Verdict.REJECTED, RejectionKind.SAME_SCENE)
    decide(number, Verdict.CONFIRMED, actor="lee")
    assert kept(database, case) == 0, "decided anew, it is her picture"
    take_back(number, actor="lee")
    assert (state(database, number), kept(database, case)) == ("rejected", 1)


def test_a_look_alike_that_was_there_before_outlives_the_decision(
    database, waiting, decide, take_back
):
    case = waiting.case()
    image = waiting.image()
    number = waiting.flag(case, image)
    with database.writing() as session:
        look_alikes.add_from_image(session, case, image, note="", actor="lee", now=NOW)
    decide(number, Verdict.REJECTED, RejectionKind.LOOK_ALIKE)
    take_back(number)
    assert kept(database, case) == 1


def test_a_decision_is_simply_taken_back_for_a_minute_and_by_nobody_else(
    database, waiting, decide, take_back
):
    number = waiting.match()
    decide(number, Verdict.CONFIRMED)
    with pytest.raises(Refused):
        take_back(number, actor="lee")
    with pytest.raises(Refused, match="decide anew"):
        take_back(number, now=NOW + 90 * SECOND)
    assert take_back(number, now=NOW + 60 * SECOND) == "flagged"
    with pytest.raises(Refused, match="none to take back"):
        take_back(number)
    decide(number, Verdict.CONFIRMED)
    with database.writing() as session:  # the command line asks no clock
        reviewing.undo(session, number, actor="x", reason="slip", now=NOW + 9000 * SECOND)
    assert state(database, number) == "flagged"


def test_a_referral_stops_everything_and_locks_the_picture_in_every_case(database, waiting, decide):
    one, two = waiting.case(), waiting.case()
    image = waiting.image(pdq=PDQ)
    number, elsewhere = waiting.flag(one, image), waiting.flag(two, image)
    nearly = waiting.image(pdq=near(PDQ, 10))
    other = waiting.image(pdq=near(PDQ, 60))
    assert not locked(database, image)

    assert decide(number, Verdict.MAY_BE_UNDER_18) == "referred"

    assert [locked(database, each) for each in (image, nearly, other)] == [True, True, False]
    later = waiting.image(pdq=near(PDQ, 5))
    assert locked(database, later), "found later, it is the same picture"
    for stopped in (number, elsewhere):
        for verdict in (Verdict.CONFIRMED, Verdict.REJECTED, Verdict.UNSURE):
            with pytest.raises(Refused, match="referred"):
                decide(stopped, verdict, actor="lee")
    with database.reading() as session:
        (entry,) = [
            each
            for each in audit.entries(session, subject=number, limit=9)
            if each.action == "image referred"
        ]
        assert entry.details == {"hotline": "a hotline"}


def test_a_copy_of_a_referred_video_is_locked_by_a_frame_that_they_share(database, waiting, decide):
    def video(*frames):
        image_id = waiting.image()
        with database.writing() as session:
            session.execute(
                update(ImageRow).where(ImageRow.image_id == image_id).values(duration_ms=3000)
            )
            for place, (pdq, quality) in enumerate(frames):
                session.add(
                    FrameRow(
                        image_id=image_id,
                        place=place,
                        at_ms=1000 * place,
                        pdq=pdq,
                        pdq_quality=quality,
                        phash="0" * 16,
                    )
                )
        return image_id

    shared, poor = "3c" * 32, "c3" * 32
    referred = video(("11" * 32, 90), (shared, 90), (poor, 10))
    again = video(("77" * 32, 90), (near(shared, 9), 90))
    other = video(("55" * 32, 90), (poor, 90))
    still = waiting.image(pdq=near(shared, 3))
    assert not locked(database, again)

    decide(waiting.flag(waiting.case(), referred), Verdict.MAY_BE_UNDER_18)

    assert [locked(database, each) for each in (again, still, other)] == [True, True, False]


def test_somebody_may_be_under_18_whoever_has_the_match(database, waiting, decide):
    number = waiting.match()
    with database.writing() as session:
        assert claiming.hold(session, number, actor="kim", settles=False, now=NOW).mine
    with pytest.raises(Refused, match="kim"):
        decide(number, Verdict.CONFIRMED, actor="lee")
    with database.reading() as session:
        desk = desk_of(session, number, actor="lee", settles=False, now=NOW)
    assert (desk.blocked, desk.may_refer) == (Blocked.HELD, True)

    assert decide(number, Verdict.MAY_BE_UNDER_18, actor="lee") == "referred"

    with database.reading() as session:
        assert review_queue.counts(session, actor="kim", now=NOW).mine == 0


def test_what_was_referred_in_another_case_waits_nowhere(database, waiting, decide):
    one, two = waiting.case(), waiting.case()
    image = waiting.image()
    number = waiting.flag(one, image)
    waiting.flag(two, image)
    decide(number, Verdict.MAY_BE_UNDER_18)

    with database.reading() as session:
        assert cases.page_of_cases(session, shown=ShownCases.WAITING, limit=9).cases == []
        assert cases.count_cases(session)[ShownCases.WAITING] == 0
        found = cases.get_case(session, two)
        assert (found.waiting, found.stopped, found.waits) == (0, 1, False)
        pictures = case_pictures.pictures_of_case(session, two, limit=9).pictures
        assert [each.flagged for each in pictures] == [0]
        assert review_queue.counts(session, actor="kim", now=NOW).waiting == 0

    with database.writing() as session:
        reviewing.undo(session, number, actor="super", reason="slip", now=NOW)
    with database.reading() as session:
        assert len(cases.page_of_cases(session, shown=ShownCases.WAITING, limit=9).cases) == 2


def test_taking_a_referral_back_is_a_supervisors_and_the_picture_stays_locked(
    database, waiting, decide, take_back
):
    image = waiting.image()
    number = waiting.flag(waiting.case(), image)
    decide(number, Verdict.MAY_BE_UNDER_18)
    with pytest.raises(Refused):
        take_back(number, now=NOW + 3600 * SECOND)

    later = NOW + 3600 * SECOND
    assert take_back(number, actor="super", settles=True, now=later) == "flagged"

    assert locked(database, image)
    assert decide(number, Verdict.REJECTED, RejectionKind.OTHER, "super") == "rejected"
    assert locked(database, image)


def test_anybody_may_say_that_somebody_may_be_under_18_at_any_time(waiting, decide):
    number = waiting.match()
    decide(number, Verdict.UNSURE)
    decide(number, Verdict.UNSURE, actor="lee")
    assert decide(number, Verdict.MAY_BE_UNDER_18, actor="kim") == "referred"


def test_a_referral_goes_with_an_image_that_is_forgotten(database, waiting, decide):
    image = waiting.image()
    number = waiting.flag(waiting.case(), image)
    decide(number, Verdict.MAY_BE_UNDER_18)
    with database.writing() as session:
        session.delete(match_row(session, number))
        session.flush()
        forget(session, [image])
    assert not locked(database, image)


def test_many_are_decided_at_once_and_taken_back_at_once(database, waiting, decide):
    case = waiting.case()
    numbers = [waiting.match(case, pdq=near(PDQ, bits)) for bits in range(4)]
    decide(numbers[3], Verdict.REJECTED, actor="lee")

    done = deciding.decide_together(
        database,
        [*numbers, numbers[0]],
        Judgement(Verdict.REJECTED, RejectionKind.SAME_SCENE),
        hotline="a hotline",
        actor="kim",
        settles=False,
        now=NOW,
    )
    assert (sorted(done.decided), done.left) == (sorted(numbers[:3]), (numbers[3],))
    assert {state(database, each) for each in numbers} == {"rejected"}
    assert kept(database, case) == 3

    def back(now, actor="kim"):
        return deciding.take_back_together(
            database, done.batch, actor=actor, settles=False, now=now
        )

    with pytest.raises(Refused):
        back(NOW, "lee")
    with pytest.raises(Refused):
        back(NOW + 90 * SECOND)
    assert sorted(back(NOW + 30 * SECOND)) == sorted(numbers[:3])
    assert [state(database, each) for each in numbers] == ["flagged"] * 3 + ["rejected"]
    assert kept(database, case) == 0
    with pytest.raises(NotFound):
        back(NOW + 31 * SECOND)
    with database.reading() as session:
        assert audit.verify(session).problems == ()
        seen = review_queue.counts(session, actor="kim", now=NOW)
        assert (seen.waiting, seen.mine) == (3, 0), "free for everybody"
        assert cases.get_case(session, case).flagged == 3


def test_many_are_decided_a_few_at_a_time_and_what_is_left_is_counted(
    database, waiting, monkeypatch
):
    monkeypatch.setattr(deciding, "_PIECE", 2)
    case = waiting.case()
    numbers = [waiting.match(case) for _ in range(6)]
    with database.writing() as session:  # withdrawn since they were listed
        session.delete(match_row(session, numbers[5]))
    done = deciding.decide_together(
        database,
        numbers,
        Judgement(Verdict.CONFIRMED),
        hotline="a hotline",
        actor="kim",
        settles=False,
        now=NOW,
    )
    assert (done.decided, done.left) == (tuple(numbers[:4]), tuple(numbers[4:]))

    taken = deciding.take_back_together(
        database, done.batch, actor="kim", settles=False, now=NOW + SECOND
    )
    assert list(taken) == numbers[:4]
    assert {state(database, each) for each in numbers[:5]} == {"flagged"}


def test_a_kind_without_a_rejection_and_an_endless_note_are_refused():
    with pytest.raises(InvalidInput):
        Judgement(Verdict.CONFIRMED, RejectionKind.OTHER)
    with pytest.raises(InvalidInput, match="500"):
        Judgement(Verdict.CONFIRMED, note="x" * 501)
    assert Judgement(Verdict.REJECTED, RejectionKind.CONSENTED, " by mail ").reason.endswith(
        "consent. by mail"
    )
