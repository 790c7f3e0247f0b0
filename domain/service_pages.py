"""Pages about pages: histories, who links here, help for programs, each of a thousand addresses.

The software behind wikis makes several for each page that it has. They show no picture that is not
on the page itself, so a crawl does not ask for them.
"""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

# What MediaWiki calls its own pages, in the languages of most wikis.
_SPECIAL: Final = re.compile(
    r"(?:^|/)(?:Special|Spezial|Spécial|Especial|Speciale|Speciaal|Specjalna|Служебная|特別|特殊)"
    r":(?P<name>[^/]*+)(?P<about>/?)",
    re.IGNORECASE,
)
# Of those, the ones that list files, or all pages.
_LISTS: Final = re.compile(
    r"files|images|media|gallery|allpages|categories|newpages|prefixindex", re.IGNORECASE
)
_TALK_OF_A_FILE: Final = re.compile(
    r"(?:^|/)(?:File|Image|Template|MediaWiki|Help)_talk:", re.IGNORECASE
)
# MediaWiki's forms of one page: as it was, as source, about it.
_WIKI_ACTIONS: Final = frozenset(
    {
        "credits", "history", "info", "markpatrolled", "raw", "render",
    }
)  # fmt: skip
_FOR_PROGRAMS: Final = frozenset(
    {
        "compare", "feedcontributions", "feedrecentchanges", "feedwatchlist", "help", "managetags",
        "opensearch", "paraminfo", "parse", "query", "resetpassword", "rsd",
    }
)  # fmt: skip
_WIKI_NAMES: Final = frozenset(
    {"oldid", "diff", "curid", "returnto", "veaction", "mobileaction", "redlink", "rcid"}
)
# DokuWiki's: of one page, or of one file in its list of files.
_DOKU: Final = frozenset(
    {
        "admin", "backlink", "check", "diff", "export_code", "export_raw", "login", "profile",
        "recent", "resendpwd", "revisions", "source",
    }
)  # fmt: skip
_DOKU_OF_A_FILE: Final = frozenset({"image", "tab_details"})
_EMBED: Final = re.compile(r"/wp-json/oembed/|[?&]rest_route=/oembed/|/xmlrpc\.php|/wp-login\.php")


@lru_cache(maxsize=10_000)  # the same menu stands on every page
def is_service_page(url: str) -> bool:
    """Say whether a canonical address is one of software's own pages about another page."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if _is_of_mediawiki(parts.path, query):
        return True
    if parts.path.endswith("/doku.php") and _is_of_dokuwiki(query):
        return True
    return _EMBED.search(url) is not None


def _is_of_mediawiki(path: str, query: dict[str, str]) -> bool:
    if not _WIKI_NAMES.isdisjoint(query) and ("title" in query or "/wiki/" in path):
        return True
    program = path.rpartition("/")[2]
    if program == "api.php" and query.get("action") in _FOR_PROGRAMS:
        return True
    if program == "index.php" and query.get("action", "").lower() in _WIKI_ACTIONS:
        return True
    title = query.get("title") or unquote(path)
    special = _SPECIAL.search(title)
    if special is not None:
        return bool(special["about"]) or _LISTS.search(special["name"]) is None
    return _TALK_OF_A_FILE.search(title) is not None


def _is_of_dokuwiki(query: dict[str, str]) -> bool:
    does = query.get("do", "").lower()
    if does != "media":
        return does in _DOKU
    # Of its list of files one page is enough to see that there are some: all else leads there.
    of_a_part = bool(query.get("ns")) or query.get("tab_files", "files") != "files"
    return of_a_part or not _DOKU_OF_A_FILE.isdisjoint(query)
