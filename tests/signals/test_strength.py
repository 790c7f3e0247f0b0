"""How strongly a look speaks for a picture: what two pictures really share is not enough."""

import io

from PIL import Image

from practice.photographs import open_photo, photo_names
from signals.calibration_file import calibration_in_use
from signals.constellation import constellation_of
from signals.found_places import found_places, scaled_for_looking, space_of
from signals.place_bits import planes
from signals.place_index import PlaceIndex
from signals.recognition import propose, recognise
from signals.scale_space import Workspace

WORKSPACE = Workspace()
NAMES = [name for name in photo_names() if name.startswith("deb-lomiri16")][:8]
FLAGGED, _ = calibration_in_use(None)


def with_the_same_poster(name):
    """Give a photo with a poster in its corner that hangs in all of these photos."""
    photo = open_photo(name).convert("L").resize((640, 480))
    poster = open_photo("skimage_be818520bd").convert("L").resize((240, 180))
    photo.paste(poster, (390, 10))
    return photo


def posted_again(photo):
    file = io.BytesIO()
    photo.resize((520, 390)).save(file, "JPEG", quality=60)
    return Image.open(io.BytesIO(file.getvalue())).convert("L")


def strengths(registered, found):
    """Give how strongly an image speaks for each registered picture, by number."""
    index = PlaceIndex(registered)
    space = space_of(scaled_for_looking(found), WORKSPACE)
    proposals = propose(index, registered, found_places(space, planes()))
    recognised = recognise(space, registered, proposals, planes())
    return {each.picture: each.strength for each in recognised}


def test_what_hangs_on_the_wall_of_both_makes_no_picture_of_the_other():
    registered = [
        constellation_of(with_the_same_poster(name), planes(), WORKSPACE) for name in NAMES
    ]
    met = 0
    for number, name in enumerate(NAMES):
        seen = strengths(registered, posted_again(with_the_same_poster(name)))
        assert seen.pop(number) >= FLAGGED.strictest
        met += len(seen)
        assert {other: each for other, each in seen.items() if each >= FLAGGED.strictest} == {}
    assert met > len(NAMES), "the poster is met, or this shows nothing"
