"""What a caseworker does, and what it does to the database."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image, ImageOps
from sqlalchemy import insert, select, update

from casework import registering, reviewing, withdrawing
from casework.signals_file import read_signals_file
from domain.errors import InvalidInput, NotFound, Refused
from domain.image import ImageReference
from domain.review import Verdict
from domain.signal import PictureSignals, Signal, SignalType
from domain.site import Site
from signals.index import SignalIndex
from signals.pictures import hash_image, hash_picture
from storage import audit, cases, flagging, matches, registrations, registry, sightings, sites
from storage.tables import CaseRow, ImageRow, RegistrationRow, SignalRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def jpeg(picture, **options):
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", **({"quality": 85} | options))
    return out.getvalue()


@pytest.fixture
def opened(database):
    def do():
        with database.writing() as session:
            return cases.open_case(session, now=NOW)

    return do


@pytest.fixture
def register_picture(database):
    def do(case, body, now=NOW):
        return registering.register(
            database, case, hash_picture(body), source="file", actor="a", now=now, match_distance=31
        )

    return do


@pytest.fixture
def sight(database):
    """Record an image as a crawl does, matched with the registry as it stands."""
    with database.writing() as session:
        site_id = sites.add(session, Site("forum", ("https://forum.example/",)), now=NOW).site_id

    def do(body, name="a.jpg", page="/", now=NOW):
        signals = hash_image(body)
        page_url, address = f"https://forum.example{page}", f"https://forum.example/{name}"
        with database.writing() as session:
            index = SignalIndex()
            for registration_id, signal in registry.changes_since(session, 0).added:
                index.add(registration_id, signal)
            image_id = sightings.image_id_of(session, signals, now=now)
            reference = ImageReference(page_url, address, address, "img@src")
            sightings.sight(
                session, site_id, reference, image_id, etag=None, last_modified=None, now=now
            )
            near = index.search(signals, pdq_distance=31)
            return flagging.flag(session, image_id=image_id, agreements=near, now=now)

    return do


def listed(database, **wanted):
    with database.reading() as session:
        return matches.list_matches(session, **wanted)


def test_a_case_keeps_its_pin_as_a_hash_only(database, opened):
    case = opened()
    with database.reading() as session:
        row = session.scalars(select(CaseRow)).one()
        assert row.pin_hash.startswith("$argon2id$")
        assert case.pin not in row.pin_hash
        assert cases.check_pin(session, case.number, case.pin)
        assert not cases.check_pin(session, case.number, "00000000")


def test_registering_says_where_the_picture_has_been(
    database, opened, register_picture, sight, photos
):
    with Image.open(photos[0]) as photo:
        sight(jpeg(photo.resize((500, 400))), "small.jpg", "/one")
        sight(jpeg(photo.resize((500, 400))), "small.jpg", "/two")
        sight(jpeg(ImageOps.mirror(photo)), "mirrored.jpg", "/one")
        sight(jpeg(photo.rotate(90, expand=True)), "turned.jpg", "/one")
    with Image.open(photos[1]) as photo:
        sight(jpeg(photo), "other.jpg", "/one")
    case = opened().number

    done = register_picture(case, photos[0].read_bytes())

    assert (done.already, done.weak, done.images) == (False, False, 3)
    assert (done.places, done.places_gone, done.sites) == (4, 0, 1)
    found = listed(database, case=case)
    views = {m.image_url.rsplit("/", 1)[1]: m.signals[0].view for m in found}
    assert views["small.jpg"] == "upright"
    assert views["mirrored.jpg"] == "mirrored"
    assert all(m.signals[0].signal == "pdq" for m in found)
    assert all(m.distance <= 31 for m in found)


def test_the_same_picture_twice_changes_nothing(database, opened, register_picture, photos):
    case = opened().number
    first = register_picture(case, photos[0].read_bytes())
    second = register_picture(case, photos[0].read_bytes())
    assert (second.number, second.already) == (first.number, True)
    with database.reading() as session:
        assert len(registrations.list_registrations(session, case)) == 1


def test_a_picture_that_is_held_is_compared_as_it_is_held(database, opened, sight, photos):
    def register(quality):
        picture = PictureSignals((Signal(SignalType.PDQ, pdq, quality=quality),))
        return registering.register(
            database, case, picture, source="signals", actor="a", now=NOW, match_distance=31
        )

    case, body = opened().number, jpeg(Image.open(photos[0]))
    pdq = hash_image(body).pdq
    sight(body)
    first = register(20)
    again = register(None)

    assert (again.number, again.already) == (first.number, True)
    assert [(done.weak, done.images) for done in (first, again)] == [(True, 0), (True, 0)]
    assert listed(database) == []


def test_one_image_is_one_match_in_each_case_and_a_decision_holds(
    database, opened, register_picture, sight, photos
):
    one, two = opened().number, opened().number
    for case in (one, two):
        register_picture(case, photos[0].read_bytes())
    body = jpeg(Image.open(photos[0]))
    assert sight(body, "a.jpg", "/1") == 2
    number = listed(database, case=one)[0].number
    with database.writing() as session:
        reviewing.decide(session, number, Verdict.REJECTED, reason="a twin", actor="b", now=NOW)

    assert sight(body, "a.jpg", "/2", NOW + timedelta(days=1)) == 0

    assert [(m.state, m.sightings) for m in listed(database, case=one)] == [("rejected", 2)]
    assert [m.state for m in listed(database, case=two)] == ["flagged"]


def test_an_exact_copy_too_plain_for_pdq_is_found_and_a_changed_one_is_not(
    database, opened, register_picture, sight
):
    plain = Image.new("RGB", (400, 300), (200, 190, 180))
    exact = jpeg(plain)
    done = register_picture(opened().number, exact)
    assert done.weak
    assert sight(exact, "exact.jpg") == 1
    assert sight(jpeg(plain, quality=40), "changed.jpg") == 0
    assert listed(database)[0].signals[0].signal == "sha256"


def test_decisions_are_undone_one_by_one_and_all_are_on_record(
    database, opened, register_picture, sight, photos
):
    register_picture(opened().number, photos[0].read_bytes())
    sight(jpeg(Image.open(photos[0])))
    number = listed(database)[0].number

    def decide(verdict, reason="because"):
        with database.writing() as session:
            return reviewing.decide(
                session, number, verdict, reason=reason, actor="b", now=NOW
            ).value

    def undo():
        with database.writing() as session:
            return reviewing.undo(session, number, actor="b", reason="slip", now=NOW).value

    assert decide(Verdict.UNSURE) == "flagged"
    assert decide(Verdict.CONFIRMED) == "confirmed"
    with pytest.raises(Refused, match="already confirmed"):
        decide(Verdict.CONFIRMED)
    with pytest.raises(InvalidInput, match="reason"):
        decide(Verdict.REJECTED, "  ")
    assert decide(Verdict.REJECTED) == "rejected"
    assert [undo(), undo(), undo()] == ["confirmed", "flagged", "flagged"]
    with pytest.raises(Refused, match="none to take back"):
        undo()
    with database.reading() as session:
        detail = matches.get_match(session, number)
        assert [d.verdict for d in detail.decisions] == ["unsure", "confirmed", "rejected"]
        assert all(d.undone_by == "b" for d in detail.decisions)
        assert len(audit.entries(session, subject=number, limit=50)) == 6
        assert audit.verify(session).problems == ()
        with pytest.raises(NotFound):
            matches.get_match(session, "M-0000-0000-0")


def test_a_reason_from_a_terminal_of_another_kind_is_kept(
    database, opened, register_picture, sight, photos
):
    register_picture(opened().number, photos[0].read_bytes())
    sight(jpeg(Image.open(photos[0])))
    number = listed(database)[0].number
    odd = b"caf\xe9".decode("utf-8", "surrogateescape")

    with database.writing() as session:
        reviewing.decide(session, number, Verdict.CONFIRMED, reason=odd, actor=odd, now=NOW)
    with database.writing() as session:
        reviewing.undo(session, number, reason=odd, actor=odd, now=NOW)

    with database.reading() as session:
        (decision,) = matches.get_match(session, number).decisions
        assert {decision.reason, decision.actor, decision.undone_by} == {"caf\\udce9"}
        assert audit.verify(session).problems == ()


def test_withdrawing_one_picture_leaves_the_other(
    database, opened, register_picture, sight, photos
):
    case, neighbour = opened().number, opened().number
    first = register_picture(case, photos[0].read_bytes())
    register_picture(case, photos[1].read_bytes())
    register_picture(neighbour, photos[1].read_bytes())
    sight(jpeg(Image.open(photos[0])), "0.jpg")
    sight(jpeg(Image.open(photos[1])), "1.jpg")

    gone = withdrawing.withdraw(database, first.number, actor="a", reason=None, now=NOW)

    assert (gone.registrations, gone.matches, gone.images) == (1, 1, 1)
    assert [m.image_url for m in listed(database, case=case)] == ["https://forum.example/1.jpg"]
    rest = withdrawing.withdraw(database, case, actor="a", reason=None, now=NOW)
    assert (rest.registrations, rest.matches, rest.images) == (1, 1, 0)
    assert len(listed(database, case=neighbour)) == 1
    with database.reading() as session:
        left = session.scalars(select(SignalRow.registration_id).distinct()).all()
        assert len(left) == 1
        assert session.scalars(select(RegistrationRow.picture)).all().count(None) == 2
    for number in (first.number, case):
        with pytest.raises(Refused, match="withdrawn on 01 March 2026"):
            withdrawing.withdraw(database, number, actor="a", reason=None, now=NOW)
    with pytest.raises(Refused, match="withdrawn"):
        register_picture(case, photos[2].read_bytes())


def test_an_unknown_case_is_named(register_picture, photos):
    with pytest.raises(NotFound, match="vigil case list"):
        register_picture("C-0000-0000-0", photos[0].read_bytes())


def test_one_bad_row_of_a_thousand_costs_one_row(tmp_path, photos):
    good = hash_image(photos[0].read_bytes())
    rows = ["sha256,md5,pdq,pdq_quality,phash"]
    for n in range(1000):
        pdq = "not a signal" if n == 499 else f"{n:04x}".upper() + good.pdq[4:]
        rows.append(f",,{pdq},{good.pdq_quality},")
    file = tmp_path / "signals.csv"
    file.write_text("\ufeff" + "\n".join(rows), encoding="utf-8")

    pictures, problems = read_signals_file(file)

    assert len(pictures) == 999
    assert [(p.line, "64 lower-case" in p.reason) for p in problems] == [(501, True)]
    assert len(pictures[0].signals) == 8


@pytest.mark.parametrize(
    ("content", "good", "bad"),
    [
        (b'{"md5": "%s"}\nnonsense\n{"sha256": 7}\n' % (b"a" * 32), 1, 2),
        (b'[{"md5": "%s"}, 5, {"phash": "%s"}]' % (b"a" * 32, b"b" * 16), 1, 2),
        (b"md5,pdq_quality\n%s,many\n" % (b"A" * 32), 1, 0),
    ],
)
def test_json_and_csv_are_read_row_by_row(tmp_path, content, good, bad):
    file = tmp_path / "signals"
    file.write_bytes(content)
    pictures, problems = read_signals_file(file)
    assert (len(pictures), len(problems)) == (good, bad)


@pytest.mark.parametrize(
    "content", [b"Dear colleague,\nplease find", b"\xff\xd8\xff\xe0", b"", b"[1"]
)
def test_what_is_no_file_of_signals_is_refused(tmp_path, content):
    file = tmp_path / "notes.txt"
    file.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"notes\.txt"):
        read_signals_file(file)


def test_a_new_registration_is_compared_with_a_hundred_thousand_images(
    database, opened, register_picture, photos
):
    import os

    body = photos[0].read_bytes()
    signals = hash_image(body)
    with database.writing() as session:
        session.execute(
            insert(ImageRow),
            [
                {
                    "sha256": os.urandom(32).hex(), "md5": os.urandom(16).hex(),
                    "pdq": os.urandom(32).hex(), "pdq_quality": 90, "phash": os.urandom(8).hex(),
                    "format": "JPEG", "width": 9, "height": 9, "byte_size": 9, "first_seen": NOW,
                }
                for _ in range(100_000)
            ],
        )  # fmt: skip
        near = int(signals.pdq, 16) ^ (2**31 - 1)  # 31 bits away, and one more below
        for image_id, pdq in ((50, near), (99_000, near ^ (1 << 200))):
            session.execute(
                update(ImageRow).where(ImageRow.image_id == image_id).values(pdq=f"{pdq:064x}")
            )

    assert register_picture(opened().number, body).images == 1
