import threading
from datetime import UTC, datetime

from domain.signal import PictureSignals, Signal, SignalType
from storage import cases, registrations, registry, withdrawals

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def picture(sign):
    return PictureSignals((Signal(SignalType.SHA256, sign * 64), Signal(SignalType.MD5, sign * 32)))


def add(database, case, sign):
    with database.writing() as session:
        version = registry.bump(session)
        case_id = cases.case_row(session, case).case_id
        row = registrations.add(
            session, case_id, picture(sign), source="file", version=version, now=NOW
        )
        return row.registration_id


def withdraw(database, case):
    with database.writing() as session:
        version = registry.bump(session)
        rows = registrations.active_in(session, cases.case_row(session, case).case_id)
        withdrawals.erase(session, rows, version=version, now=NOW)


def changes(database, version):
    with database.reading() as session:
        return registry.changes_since(session, version)


def test_changes_bring_an_older_version_up_to_date(database):
    with database.writing() as session:
        one, two = (cases.open_case(session, now=NOW).number for _ in range(2))
    start = changes(database, 0)
    assert (start.version, start.added, start.withdrawn) == (0, [], [])

    first, second = add(database, one, "a"), add(database, two, "b")

    everything = changes(database, 0)
    assert everything.version == 2
    assert everything.added == [(first, s) for s in picture("a").signals] + [
        (second, s) for s in picture("b").signals
    ]
    assert [number for number, _ in changes(database, 1).added] == [second, second]

    withdraw(database, one)

    assert changes(database, 2).withdrawn == [first]
    assert changes(database, 2).added == []
    assert [number for number, _ in changes(database, 0).added] == [second, second]
    assert changes(database, 3).withdrawn == []


def test_a_failed_registration_moves_nothing(database):
    class Stop(Exception):
        pass

    try:
        with database.writing() as session:
            assert registry.bump(session) == 1
            raise Stop
    except Stop:
        pass
    assert changes(database, 0).version == 0


def test_a_registration_waits_for_whoever_records(database):
    holding, bumped = threading.Event(), threading.Event()

    def register():
        holding.wait(30)
        with database.writing() as session:
            registry.bump(session)
            bumped.set()

    registering = threading.Thread(target=register)
    registering.start()
    with database.writing() as session:
        assert registry.version_shared(session) == 0
        holding.set()
        assert not bumped.wait(0.3)
        assert registry.version_shared(session) == 0
    registering.join(30)
    assert bumped.is_set()
    with database.writing() as session:
        assert registry.version_shared(session) == 1
