"""Links that have a site do something: a crawl must never log out, vote, edit or delete.

A site should do nothing when a page is merely asked for, and many do all the same: a link to
"delete" on an old forum or a wiki's API is enough. Such pages show no pictures either.
"""

import re
from typing import Final
from urllib.parse import urlsplit

_LOG_OUT: Final = re.compile(r"(?:log|sign)[-_]?(?:out|off)(?:\.\w{2,5})?", re.IGNORECASE)
_IN_PATH: Final = re.compile(r"delete|unsubscribe|report[-_]?abuse", re.IGNORECASE)
_ASKS: Final = frozenset({"action", "act", "do", "cmd", "op", "task", "a", "sa", "mode", "method"})
_ACTS: Final = frozenset(
    {
        "approve", "ban", "block", "changecontentmodel", "delete", "deleterevision", "deletemsg",
        "dislike", "edit", "emailuser", "favorite", "favourite", "imagerotate", "import", "like",
        "lock", "logoff", "logout", "markpatrolled", "markread", "mergehistory", "move", "patrol",
        "protect", "purge", "register", "remove", "reply", "report", "resetpwd", "revert",
        "revisiondelete", "rollback", "setpagelanguage", "signout", "submit", "subscribe", "thank",
        "unblock", "undelete", "unlike", "unprotect", "unsubscribe", "unwatch", "upload",
        "userrights", "vote", "watch",
    }
)  # fmt: skip


def acts_by(url: str) -> str | None:
    """Return the word by which a canonical address has its site do something; None if it has none.

    Raises:
        ValueError: it is no address.
    """
    parts = urlsplit(url)
    for segment in parts.path.split("/"):
        if _LOG_OUT.fullmatch(segment) or _IN_PATH.fullmatch(segment):
            return segment
    for piece in re.split("[&;]", parts.query):
        name, _, value = piece.partition("=")
        asks = name.lower() in _ASKS or name.lower().endswith("action")
        if asks and (value.lower() in _ACTS or _LOG_OUT.fullmatch(value)):
            return value
        if not value and (_LOG_OUT.fullmatch(name) or name.lower() == "delete"):
            return name
    return None
