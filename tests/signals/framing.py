"""Pictures within other things: a frame, and a screenshot of an app that nobody made."""

from PIL import Image, ImageDraw, ImageOps

from practice.photographs import open_photo

ON_SCREEN = (24, 230, 396, 509)
"""Where `screenshot` shows the picture: left, top, right and bottom, in pixels."""

SCREEN_SIZE = (420, 760)


def shown(name, width=320, height=240):
    """A practice photo cut to a size."""
    return ImageOps.fit(open_photo(name), (width, height))


def framed(picture, left, top, right, bottom, colour):
    """A picture with a border of so many pixels on each side."""
    return ImageOps.expand(picture, (left, top, right, bottom), colour)


def screenshot(name):
    """A picture with bars in a card, below a title and above a line of icons."""
    screen = Image.new("RGB", SCREEN_SIZE, (244, 244, 247))
    draw = ImageDraw.Draw(screen)
    draw.rectangle((12, 60, 408, 690), "white")
    draw.text((30, 20), "what somebody wrote on a page", "black", font_size=20)
    draw.ellipse((30, 75, 70, 115), "olive")
    draw.text((80, 85), "somebody, a minute ago", "grey", font_size=16)
    draw.rectangle((24, 140, 396, 600), "black")
    left, top, right, bottom = ON_SCREEN
    screen.paste(shown(name, right - left, bottom - top), (left, top))
    for number in range(5):
        draw.ellipse((40 + 80 * number, 710, 65 + 80 * number, 735), "navy")
    return screen
