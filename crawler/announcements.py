"""What a page announces for programs to read: style sheets, feeds, manifests, JSON."""

from collections.abc import Collection
from typing import Final

from crawler.findings import Findings

_DOCUMENTS: Final = frozenset({"stylesheet", "manifest", "sitemap"})
_WORDPRESS: Final = "https://api.w.org/"
_WORDPRESS_LISTS: Final = ("wp/v2/media", "wp/v2/posts")


def take_announcements(
    relations: Collection[str], href: str | None, kind: str, findings: Findings
) -> None:
    """Gather what a ``link`` announces that can be read as a page of the site."""
    if not href:
        return
    if not _DOCUMENTS.isdisjoint(relations):
        findings.document(href)
    elif _WORDPRESS in relations:
        for listed in _WORDPRESS_LISTS:
            # Without pretty addresses the root is /index.php?rest_route=/ and a query is under way.
            sign = "&" if "?" in href else "?"
            findings.document(f"{href.rstrip('/')}/{listed}{sign}per_page=100")
    elif "alternate" in relations and _is_readable(kind.lower()):
        findings.document(href)


def _is_readable(kind: str) -> bool:
    # Of the two forms of an oEmbed answer one is enough.
    return any(word in kind for word in ("rss", "atom", "json", "xml")) and (
        "oembed" not in kind or "json" in kind
    )
