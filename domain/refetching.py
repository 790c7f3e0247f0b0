"""How many images a crawl asks for anew, of those that it would otherwise leave as they are known.

Their bytes are kept nowhere, so only the site can show them once more: to look for a picture that
was registered later, or since they were seen before there were constellations.
"""

from typing import Final

MOST_TRIES: Final = 5
"""Crawls of a site that ask for an image in vain before it is given up."""

LEAST_SHARE: Final = 20
"""Images of either kind that the smallest site is asked for in one crawl."""

NO_PLACES: Final = "01000000"
"""A constellation without any place, of the version that is computed today: what is kept of an
image that was looked at and has too few. One without a constellation was never looked at."""

LEAST_QUALITY: Final = 10
"""PDQ's score below which no image is asked for: it is of one colour or two, without places."""

_WANTED_SHARE: Final = 2
_EARLIER_SHARE: Final = 10


def wanted_in_a_crawl(max_pages: int) -> int:
    """Return how many images a crawl asks for anew to look for registered pictures.

    Half of what it may read of pages: somebody waits for these, and for what is new as well.
    """
    return max(LEAST_SHARE, max_pages // _WANTED_SHARE)


def earlier_in_a_crawl(max_pages: int) -> int:
    """Return how many images a crawl asks for anew since they were seen by an earlier version."""
    return max(LEAST_SHARE, max_pages // _EARLIER_SHARE)
