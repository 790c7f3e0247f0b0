"""Pictures within other things: a frame, and a screenshot of an app that nobody made."""

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

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


def captioned(name):
    """A picture with two lines written above it."""
    posted = framed(shown(name, 480, 360), 0, 110, 0, 0, "white")
    draw = ImageDraw.Draw(posted)
    draw.text((20, 15), "when somebody has written", "black", font_size=32)
    draw.text((20, 55), "a line above the picture", "black", font_size=32)
    return posted


def two_on_a_page(*names):
    """Two pictures side by side, below a title."""
    page = Image.new("RGB", (900, 600), "white")
    ImageDraw.Draw(page).text((40, 40), "two pictures of two people", "black", font_size=30)
    for number, name in enumerate(names):
        page.paste(shown(name, 380, 300), (40 + 440 * number, 150))
    return page


IN_ARTICLE = (60, 170, 460, 400)
"""Where `article` shows the picture: left, top, right and bottom, in pixels."""

ARTICLE_SIZE = (700, 560)


def plain(name):
    """A picture in which little is to be seen: dull, and out of focus."""
    left, top, right, bottom = IN_ARTICLE
    soft = shown(name, right - left, bottom - top).filter(ImageFilter.GaussianBlur(4))
    return ImageEnhance.Contrast(soft).enhance(0.25)


def article(picture):
    """A picture on a page, with words above and below it and other things beside it."""
    page = Image.new("RGB", ARTICLE_SIZE, "white")
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 700, 28), "black")
    draw.text((60, 60), "What somebody saw on a walk", "black", font_size=34)
    page.paste(picture, IN_ARTICLE[:2])
    for top in (440, 470, 500):
        draw.text((60, top), "and more was written about all of this below", "black", font_size=18)
    for top in range(110, 430, 80):
        draw.rectangle((500, top, 560, top + 50), "teal")
        draw.text((570, top + 10), "something", "black", font_size=16)
    return page


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
