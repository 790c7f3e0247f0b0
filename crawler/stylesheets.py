"""The addresses that CSS names: images by ``url()``, and other style sheets by ``@import``."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import tinycss2
from tinycss2.ast import Node

_IMAGE_FUNCTIONS: Final = frozenset({"url", "src", "image", "image-set", "-webkit-image-set"})
_NAMES_NO_IMAGE: Final = frozenset({"import", "namespace", "charset"})
_URL: Final = re.compile(
    r"""(@import\s++)?+(?:url\(\s*+)(?:"([^"\n]*+)"|'([^'\n]*+)'|([^"'()\s]++))"""
    r"""|@import\s++(?:"([^"\n]*+)"|'([^'\n]*+)')""",
    re.IGNORECASE,
)


def css_addresses(css: str) -> Iterator[tuple[str, bool]]:
    """Yield the addresses in a piece of CSS, in order; broken CSS yields what can be read.

    With each comes whether it is a style sheet's. Font files are named by ``url()`` too; the fetch
    stage finds out that they are no pictures, unless their name already says so.
    """
    waiting: list[Node] = _without_strings(tinycss2.parse_component_value_list(css))[::-1]
    while waiting:
        node = waiting.pop()
        if node.type in {"url", "string"}:
            yield node.value, False
        elif node.type == "at-keyword":
            yield from ((address, True) for address in _passed(node.lower_value, waiting))
        elif node.type == "function" and node.lower_name in _IMAGE_FUNCTIONS:
            waiting.extend(reversed(node.arguments))
        elif node.type == "function":
            waiting.extend(reversed(_without_strings(node.arguments)))
        elif node.type in {"() block", "[] block", "{} block"}:
            waiting.extend(reversed(_without_strings(node.content)))


def css_addresses_at_a_glance(css: str) -> Iterator[tuple[str, bool]]:
    """Yield every address in a piece of CSS too long to parse, and whether it is imported."""
    for found in _URL.finditer(css):
        if found[5] is not None or found[6] is not None:
            yield found[5] or found[6] or "", True
        else:
            yield found[2] or found[3] or found[4] or "", found[1] is not None


def _passed(keyword: str, waiting: list[Node]) -> Iterator[str]:
    """Pass over what follows an at-keyword that names no images; yield what it imports."""
    if keyword in _NAMES_NO_IMAGE:
        while waiting and waiting[-1] != ";":
            passed = waiting.pop()
            if keyword == "import":
                yield from _imported(passed)
    elif keyword == "font-face":
        while waiting:
            passed = waiting.pop()
            if passed.type == "{} block" or passed == ";":
                break


def _imported(node: Node) -> Iterator[str]:
    if node.type in {"url", "string"}:
        yield node.value
    elif node.type == "function" and node.lower_name in {"url", "src"}:
        yield from (each.value for each in node.arguments if each.type == "string")


def _without_strings(nodes: Iterable[Node]) -> list[Node]:
    # A string is an address only where a function or an import says so: image-set("a.jpg" 1x).
    kept: list[Node] = []
    importing = False
    for node in nodes:
        if node.type == "at-keyword":
            importing = node.lower_value == "import"
        elif node == ";" or node.type == "{} block":
            importing = False
        if node.type != "string" or importing:
            kept.append(node)
    return kept
