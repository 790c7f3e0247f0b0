"""The charset of a page: one that the web knows, or UTF-8."""

from typing import Final

from scrapy.http import TextResponse

# Python's names for what the WHATWG's standard knows, as Scrapy gives them, and the two halves of
# UTF-32, which it reads from a byte order mark.
_OF_THE_WEB: Final = frozenset(
    {
        "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "ascii",
        "cp866", "iso8859-1", "iso8859-2", "iso8859-3", "iso8859-4", "iso8859-5", "iso8859-6",
        "iso8859-7", "iso8859-8", "iso8859-9", "iso8859-10", "iso8859-11", "iso8859-13",
        "iso8859-14", "iso8859-15", "iso8859-16", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic",
        "cp874", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
        "cp1258", "gbk", "gb2312", "gb18030", "big5", "big5hkscs", "euc_jp", "iso2022_jp",
        "shift_jis", "cp932", "euc_kr", "cp949", "cp950",
    }
)  # fmt: skip


def readable(response: TextResponse) -> TextResponse:
    """Return the page in a charset of the web.

    Python knows others, which a page can name: some are no charsets (``zip``), and some take
    longer with each character than with the one before (``punycode``).
    """
    if _plain(response.encoding) in _PLAIN:
        return response
    return response.replace(encoding="utf-8")


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


_PLAIN: Final = frozenset(map(_plain, _OF_THE_WEB))
