"""Signs that a page without pictures stands before the site: it asks for one's age, or a log-in."""

import re
import shlex
from dataclasses import dataclass
from html import unescape
from typing import Final, cast

from scrapy.http import Response

from crawler.document_kinds import Kind, kind_of, text_of
from crawler.findings import Extracted
from crawler.page_forms import PageForms
from domain.site import Site
from domain.site_entry import AGE_GATE, LOG_IN, WAY_IN
from pipelines.visit import Visit

_FEW: Final = 2
"""References on a page that may be its logo and its background."""

LOOKED_AT: Final = 200_000
"""Characters of a page that are looked at."""

_SHOWN: Final = "vigil_shown"
_AGE: Final = re.compile(
    r"\b(?:over|least|than|under|age of)\W{1,3}(?:18|21|eighteen)\b|\b(?:18|21)\s?\+"
    r"|\b18 (?:years|ans|jahre|años|anos|anni|jaar|lat|лет)|adults? only|legal age|of age\b"
    r"|age verif|verify your age|your age|volljährig|minderjährig|mayor(?:es)? de edad|majeur"
    r"|mineur|maggiorenn|совершеннолетн"
    r"|18\s?歳|18\s?岁|18\s?歲|未成年|成人|19\s?세|18\s?세|성인",
    re.IGNORECASE,
)
_SAYS_AGE: Final = re.compile(
    r"\b(?:18|21|over|older|adult|age)\b|歳|岁|歲|성인|세|成人", re.IGNORECASE
)
_ENTER: Final = re.compile(
    r"\b(?:enter|yes|i agree|agree|accept|continue|proceed|confirm|i am|i'm|ja|eintreten|weiter"
    r"|entrer|oui|entrar|sí|sim|entra|tak|да|войти)\b|はい|入る|入場|예|네|입장|进入|進入|是",
    re.IGNORECASE,
)
_LEAVE: Final = re.compile(
    r"\b(?:no|not|leave|exit|under|younger|nein|non|verlassen|quitter|salir|sair|esci|нет|privacy"
    r"|cookies?|terms)\b|いいえ|아니|离开|離開|否",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class GateSign:
    """What a page seems to ask for: `AGE_GATE`, with the words on its button, or `LOG_IN`."""

    what: str
    words: str | None = None


def note_shown(response: Response, text: str) -> None:
    """Remember with a page what it has become where its scripts ran."""
    if response.request is not None:
        response.request.meta[_SHOWN] = text[:LOOKED_AT]


def shown_text(response: Response) -> str | None:
    """Return what a page has become where its scripts ran; None if they did not."""
    if response.request is None:
        return None
    return cast("str | None", response.request.meta.get(_SHOWN))


def sign_of(response: Response, extracted: Extracted) -> GateSign | None:
    """Say what a page asks for before it shows anything; None if nothing speaks for that."""
    if len(extracted.references) > _FEW or kind_of(response) is not Kind.HTML:
        return None
    text = (shown_text(response) or text_of(response))[:LOOKED_AT]
    page = PageForms(text, response.url)
    if _AGE.search(" ".join(unescape(text).split())):
        entering = [
            words
            for words, _ in page.buttons()
            if _ENTER.search(words) and not _LEAVE.search(words)
        ]
        entering.sort(key=lambda words: _SAYS_AGE.search(words) is None)
        if entering:
            return GateSign(AGE_GATE, entering[0])
    return GateSign(LOG_IN) if page.asks_for_a_password() else None


def remark_way_in(visit: Visit, response: Response, extracted: Extracted) -> None:
    """Say in the crawl's report what a start page seems to ask for, if its recipe has no answer."""
    sign = sign_of(response, extracted)
    sentence = None if sign is None else _sentence(sign, visit.site)
    if sentence is not None:
        visit.remark(WAY_IN, response.url, sentence)


def _sentence(sign: GateSign, site: Site) -> str | None:
    if sign.what == AGE_GATE:
        if site.age_gate is not None:
            return None
        # The words come from the site, and somebody may copy the command.
        words = shlex.quote(sign.words or "")
        return (
            "A start page shows hardly a picture, and seems to ask for the visitor's age. If it "
            f"does: vigil site edit {site.name} --age-gate {words}"
        )
    if site.login is not None:
        return None
    return (
        "A start page shows hardly a picture, and a log-in form. If that stands before the site: "
        f"vigil site edit {site.name} --login URL --login-user LOGIN_USER "
        "--login-password LOGIN_PASSWORD"
    )
