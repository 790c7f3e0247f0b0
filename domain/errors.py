"""Every error that Vigil raises on purpose, each a sentence to the person who reads it.

    VigilError               anything a person can do something about
    ├── InvalidInput         what was given cannot be used (exit code 2)
    ├── NotFound             no such site, case, registration, match or crawl
    ├── Refused              a rule forbids it
    │   ├── EgressRefused    the address is not on the public internet
    │   └── CrawlUnderWay    a crawl of this site is under way
    ├── Undecodable          bytes that are no usable picture
    │   └── HashingLost      nothing is known of them: whoever decoded them was lost on the way
    └── OutsideDown          a database, disk or host outside Vigil does not answer (exit code 3)

A message says what happened, the value that shows it, and what to do.
"""

from typing import ClassVar


class VigilError(Exception):
    """Something a person can understand and act on; its text is shown to them as it is."""

    exit_code: ClassVar[int] = 1


class InvalidInput(VigilError):
    """What was given cannot be used as it stands."""

    exit_code = 2


class NotFound(VigilError):
    """There is no record of that name or number."""


class Refused(VigilError):
    """A rule forbids what was asked."""


class EgressRefused(Refused):
    """A request was stopped because its host is not on the public internet."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(
            f"{host} leads to {address}, which is not a public address, so it was not fetched. "
            f"For a practice site of your own, add its host and port to VIGIL_PRACTICE_HOSTS."
        )
        self.host = host
        self.address = address


class CrawlUnderWay(Refused):
    """A site has one crawl at a time, and one is under way."""


class Undecodable(VigilError):
    """Bytes that were to be a picture and are none, with the reason."""


class HashingLost(Undecodable):
    """The worker with these bytes died or ran out of time: the next try may well succeed."""


class OutsideDown(VigilError):
    """Something Vigil depends on does not answer: a database, a disk, a server."""

    exit_code = 3
