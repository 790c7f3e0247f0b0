"""The web addresses in a text of which nothing is known but that it is one."""

import re
from typing import Final

from crawler.findings import Findings
from domain.file_address import is_media_path

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'`\\\]]{1,4096}+", re.IGNORECASE)


def read_addresses(text: str, findings: Findings, place: str, *, pages: bool = True) -> None:
    """Gather every full address of a picture in a text, and of a page in scope if so wished."""
    for found in _ADDRESS.finditer(text):
        address = found[0].rstrip(").,;").replace("&amp;", "&")
        if pages or is_media_path(address):
            findings.page(address, place)
