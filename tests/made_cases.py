"""Cases with pictures and finds that are made at once, without photographs and crawls."""

from casework import registering
from domain.image import ImageReference
from domain.signal import ImageSignals, PictureSignals, Signal, SignalType
from domain.site import Site
from storage import case_wishes, cases, matches, sightings, sites
from storage.cases import NewPin

SIGNS = "0123456789abcdef"


def pdq(sign):
    """A signal that is far from that of every other sign."""
    place = SIGNS.index(sign)
    return "".join(f"{(place * 37 + step * 101) % 256:02x}" for step in range(32))


def open_case(database, *, now, wishes=None):
    """Open a case, with a PIN that took no time to hash."""
    with database.writing() as session:
        number = cases.open_case(session, now=now, pin=NewPin("12345678", "no hash")).number
        if wishes is not None:
            case_wishes.keep(session, cases.case_row(session, number).case_id, wishes, now=now)
    return number


def find(database, sign, *, now, site="forum", on=1):
    """Have an image sighted, on some pages of a site."""
    start = f"https://{site}.example/"
    with database.writing() as session:
        known = {stored.site.name: stored.site_id for stored in sites.all_sites(session)}
        if site not in known:
            known[site] = sites.add(session, Site(site, (start,)), now=now).site_id
        found = ImageSignals(sign * 64, sign * 32, pdq(sign), 90, sign * 16, "JPEG", 9, 9, 9)
        image_id = sightings.image_id_of(session, found, now=now)
        for number in range(on):
            address = f"{start}{sign}.jpg"
            reference = ImageReference(f"{start}{sign}/{number}", address, address, "img@src")
            sightings.sight(
                session, known[site], reference, image_id, etag=None, last_modified=None, now=now
            )


def register(database, case, sign, *, now):
    """Register a picture; images of the same sign that were sighted before are flagged."""
    picture = PictureSignals(
        (Signal(SignalType.SHA256, sign * 64), Signal(SignalType.PDQ, pdq(sign), quality=90))
    )
    return registering.register(
        database, case, picture, source="file", actor="anna", now=now, match_distance=31
    ).number


def matches_of(database, case):
    """The numbers of a case's matches."""
    with database.reading() as session:
        return [match.number for match in matches.list_matches(session, case=case)]
