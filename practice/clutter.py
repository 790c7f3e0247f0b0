"""What else stands on real pages: icons, spacers, placeholders and broken pictures."""

import base64
from typing import Final

from PIL import Image, ImageDraw

from practice.picture import Picture, encode
from practice.sites import PracticeSite

PLACEHOLDER: Final = "/static/placeholder.gif"
AVATAR: Final = "/static/avatar.png"
LOGO: Final = "/static/logo.png"
BROKEN: Final = "/static/broken.jpg"
NOT_AN_IMAGE: Final = "/static/moved.jpg"
MISSING: Final = "/static/missing.jpg"
PRIVATE: Final = "/members/portrait.jpg"

ROBOTS_TEXT: Final = "User-agent: *\nDisallow: /members/\n"

_MOVED: Final = b"<!doctype html><title>Moved</title><p>This picture has moved.\n"


def add_clutter(site: PracticeSite) -> None:
    """Put icons, a spacer and broken pictures on ``site``, and close its members' area to robots.

    None of them ends as a picture that is hashed: too small, undecodable, missing or refused.
    """
    site.write("/robots.txt", ROBOTS_TEXT.encode())
    site.write(PLACEHOLDER, encode(Image.new("P", (1, 1)), "gif").body)
    site.write(AVATAR, _disc(32).body)
    site.write(LOGO, _disc(48).body)
    whole = encode(_gradient(320, 240), "jpeg").body
    site.write(BROKEN, whole[:200])  # ends within its tables: no decoder makes a picture of it
    site.write(NOT_AN_IMAGE, _MOVED, "image/jpeg")
    site.write(PRIVATE, whole)


def clutter_html() -> str:
    """Give a page's footer, which shows all of it."""
    shown = (AVATAR, BROKEN, NOT_AN_IMAGE, MISSING, PRIVATE)
    return "".join(f'<img src="{path}" alt="">' for path in shown)


def smiley_data_uri() -> str:
    """Give a small icon as a ``data:`` address, as boards use for their emoticons."""
    return data_uri(_disc(24))


def data_uri(picture: Picture) -> str:
    """Write a picture into an address."""
    return f"data:{picture.content_type};base64,{base64.b64encode(picture.body).decode()}"


def _disc(side: int) -> Picture:
    image = Image.new("RGBA", (side, side))
    ImageDraw.Draw(image).ellipse((2, 2, side - 3, side - 3), fill=(200, 150, 60, 255))
    return encode(image, "png")


def _gradient(width: int, height: int) -> Image.Image:
    return Image.linear_gradient("L").resize((width, height))
