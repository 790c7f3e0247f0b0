"""A picture in its own proportions: shrinking may have left other ones."""

from PIL import Image

from signals.grid import Picture


def in_proportion(picture: Picture, longest: int) -> Image.Image:
    """Give a picture as it is shown, mode "L".

    Each side was shrunken by a factor of its own, which PDQ and pHash need not care about. What
    looks for places does: in a picture that was squeezed they look different.

    Args:
        picture: decoded and shrunken.
        longest: pixels that the longer side is to have; fewer where fewer are left of either side.
    """
    left = (picture.columns.cells / picture.width, picture.rows.cells / picture.height)
    share = min(longest / max(picture.width, picture.height), *left)
    width, height = (max(1, round(side * share)) for side in (picture.width, picture.height))
    if (width, height) == picture.grey.size:
        return picture.grey
    return picture.grey.resize((width, height), Image.Resampling.BOX)
