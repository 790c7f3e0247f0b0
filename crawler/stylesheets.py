"""The images that CSS names: every ``url()`` in a style sheet or a style attribute."""

from collections.abc import Iterator

import tinycss2
from tinycss2.ast import Node


def css_urls(css: str) -> Iterator[str]:
    """Yield the addresses in a piece of CSS, in order; broken CSS yields what can be read.

    Font files are named by ``url()`` too; the fetch stage finds out that they are no pictures,
    unless their name already says so.
    """
    waiting: list[Node] = list(reversed(tinycss2.parse_component_value_list(css)))
    while waiting:
        node = waiting.pop()
        if node.type == "url":
            yield node.value
        elif node.type == "function" and node.lower_name in {"url", "src", "image", "image-set"}:
            for argument in node.arguments:
                if argument.type == "string":
                    yield argument.value
            waiting.extend(reversed([a for a in node.arguments if a.type != "string"]))
        elif node.type == "function":
            waiting.extend(reversed(node.arguments))
        elif node.type in {"() block", "[] block", "{} block"}:
            waiting.extend(reversed(node.content))
