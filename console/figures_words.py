"""The words of figures: what is counted, by which state, verdict, kind and signal."""

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

STATES: Final[Mapping[str, LazyString]] = {
    "flagged": lazy_gettext("Waiting"),
    "confirmed": lazy_gettext("Confirmed"),
    "rejected": lazy_gettext("Rejected"),
    "referred": lazy_gettext("Referred"),
}
VERDICTS: Final[Mapping[str, LazyString]] = {
    "confirmed": lazy_gettext("Confirmed"),
    "rejected": lazy_gettext("Rejected"),
    "unsure": lazy_gettext("Unsure"),
    "may_be_under_18": lazy_gettext("May be under 18"),
}
KINDS: Final[Mapping[str, LazyString]] = {
    "look_alike": lazy_gettext("Looks alike"),
    "same_scene": lazy_gettext("Same scene, another person"),
    "consented": lazy_gettext("Published with consent"),
    "not_intimate": lazy_gettext("Not intimate"),
    "other": lazy_gettext("Another reason"),
}
SIGNALS: Final[Mapping[str, LazyString]] = {
    "sha256": lazy_gettext("The same file (SHA-256)"),
    "md5": lazy_gettext("The same file (MD5)"),
    "pdq": lazy_gettext("PDQ"),
    "phash": lazy_gettext("pHash"),
    "constellation": lazy_gettext("Constellation (parts, edited copies)"),
    "embedding": lazy_gettext("Embedding"),
}
CRAWL_STATES: Final[Mapping[str, LazyString]] = {
    "finished": lazy_gettext("Finished"),
    "stopped": lazy_gettext("Stopped"),
    "failed": lazy_gettext("Failed"),
    "crashed": lazy_gettext("Crashed"),
    "running": lazy_gettext("Under way"),
}
CRAWL_COUNTS: Final[Mapping[str, LazyString]] = {
    "crawls": lazy_gettext("Crawls"),
    "pages_fetched": lazy_gettext("Pages read"),
    "pages_failed": lazy_gettext("Pages failed"),
    "image_references": lazy_gettext("Images pointed to"),
    "hashed": lazy_gettext("New images"),
    "failed": lazy_gettext("Images failed"),
    "flagged": lazy_gettext("Flagged"),
}
