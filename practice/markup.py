"""The little HTML that practice sites share, and how they divide pictures over pages."""

from collections.abc import Sequence
from html import escape
from typing import Final, TypeVar

_T = TypeVar("_T")

_STYLE: Final = (
    "body{font:16px sans-serif;margin:2em auto;max-width:60em}"
    "img,.frame{max-width:220px;max-height:220px}"
    ".frame{width:220px;height:160px;background-size:cover}"
    "ul,ol{list-style:none;padding:0}ul.grid{display:flex;flex-wrap:wrap;gap:1em}"
)


def page(title: str, body: str, *, head: str = "") -> bytes:
    """Write a whole page; ``head`` and ``body`` are HTML, ``title`` is text."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n{head}"
        f"</head>\n<body>\n<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    ).encode()


def in_parts(items: Sequence[_T], size: int) -> list[Sequence[_T]]:
    """Divide ``items`` into runs of ``size``, the last one perhaps shorter."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def pager(paths: Sequence[str], index: int) -> str:
    """Link page ``index`` of ``paths`` to the one before and the one after it."""
    links = []
    if index > 0:
        links.append(f'<a rel="prev" href="{paths[index - 1]}">Newer</a>')
    if index + 1 < len(paths):
        links.append(f'<a rel="next" href="{paths[index + 1]}">Older</a>')
    return f"<nav>{' · '.join(links)}</nav>" if links else ""


def next_in_head(paths: Sequence[str], index: int) -> str:
    """Name the following page in the head, as galleries do for search engines."""
    if index + 1 == len(paths):
        return ""
    return f'<link rel="next" href="{paths[index + 1]}">\n'
