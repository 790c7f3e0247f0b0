"""Two caseworkers who decide at the same moment: one is told that the other was first."""

import threading
from datetime import UTC, datetime

from casework import registering, reviewing
from domain.errors import Refused
from domain.review import Verdict
from domain.signal import ImageSignals, PictureSignals, Signal, SignalType
from storage import cases, matches, sightings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHA256 = "a" * 64


def test_the_same_decision_is_made_once(database):
    with database.writing() as session:
        case = cases.open_case(session, now=NOW).number
        image = ImageSignals(SHA256, "a" * 32, SHA256, 90, "a" * 16, "JPEG", 9, 9, 9)
        sightings.image_id_of(session, image, now=NOW)
    registering.register(
        database,
        case,
        PictureSignals((Signal(SignalType.SHA256, SHA256),)),
        source="signals",
        actor="a",
        now=NOW,
        match_distance=31,
    )
    with database.reading() as session:
        number = matches.list_matches(session)[0].number
    ready = threading.Event()
    refused = []

    def second():
        ready.wait(30)
        try:
            with database.writing() as session:
                reviewing.decide(
                    session, number, Verdict.CONFIRMED, reason="so", actor="b", now=NOW
                )
        except Refused as error:
            refused.append(str(error))

    deciding = threading.Thread(target=second)
    deciding.start()
    with database.writing() as session:
        reviewing.decide(session, number, Verdict.CONFIRMED, reason="so", actor="a", now=NOW)
        ready.set()
        deciding.join(0.5)  # it begins while this one is not committed, and has to wait
        assert deciding.is_alive()
    deciding.join(60)

    assert len(refused) == 1
    assert "already confirmed" in refused[0]
    with database.reading() as session:
        assert [d.actor for d in matches.get_match(session, number).decisions] == ["a"]
