"""The images that CSS names: every ``url()`` in a style sheet or a style attribute."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import tinycss2
from tinycss2.ast import Node

_IMAGE_FUNCTIONS: Final = frozenset({"url", "src", "image", "image-set", "-webkit-image-set"})
_NAMES_NO_IMAGE: Final = frozenset({"import", "namespace", "charset"})
_URL: Final = re.compile(r"""url\(\s*+(?:"([^"\n]*+)"|'([^'\n]*+)'|([^"'()\s]++))""", re.IGNORECASE)


def css_urls(css: str) -> Iterator[str]:
    """Yield the addresses in a piece of CSS, in order; broken CSS yields what can be read.

    Font files are named by ``url()`` too; the fetch stage finds out that they are no pictures,
    unless their name already says so.
    """
    waiting: list[Node] = _without_strings(tinycss2.parse_component_value_list(css))[::-1]
    while waiting:
        node = waiting.pop()
        if node.type in {"url", "string"}:
            yield node.value
        elif node.type == "at-keyword" and node.lower_value in _NAMES_NO_IMAGE:
            while waiting and waiting[-1] != ";":
                waiting.pop()
        elif node.type == "at-keyword" and node.lower_value == "font-face":
            while waiting:
                passed = waiting.pop()
                if passed.type == "{} block" or passed == ";":
                    break
        elif node.type == "function" and node.lower_name in _IMAGE_FUNCTIONS:
            waiting.extend(reversed(node.arguments))
        elif node.type == "function":
            waiting.extend(reversed(_without_strings(node.arguments)))
        elif node.type in {"() block", "[] block", "{} block"}:
            waiting.extend(reversed(_without_strings(node.content)))


def css_urls_at_a_glance(css: str) -> Iterator[str]:
    """Yield every ``url()`` in a piece of CSS too long to parse, whatever it stands for."""
    for found in _URL.finditer(css):
        yield found[1] or found[2] or found[3] or ""


def _without_strings(nodes: Iterable[Node]) -> list[Node]:
    # A string is an address only where a function says so, as in image-set("a.jpg" 1x).
    return [node for node in nodes if node.type != "string"]
