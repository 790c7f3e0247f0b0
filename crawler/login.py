"""Logging in, once, before the first page: with a form of the site and what the environment holds.

User name and password are read here, sent to the site's form, and held nowhere else: they are in no
row, no log and no report.
"""

import os
from http import HTTPStatus
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.document_kinds import Kind, kind_of, text_of
from crawler.page_forms import PageForms, Press
from crawler.pressing import ask, press
from crawler.site_policy import PAGE
from domain.site_entry import LOG_IN, Login
from pipelines.reasons import reason_of
from pipelines.visit import visit_of


class LogInFailed(Exception):
    """The crawl is not logged in, with the sentence that says why."""


async def log_in(crawler: Crawler) -> str | None:
    """Log in if the site's recipe says so, and say in the crawl's report if that failed.

    The crawl goes on without: some of a site may be open.

    Returns:
        Why it failed, in a sentence; None if it did not, or there is no log-in.
    """
    visit = visit_of(crawler)
    login = visit.site.login
    if login is None:
        return None
    try:
        await _log_in(crawler, login)
    except LogInFailed as failed:
        reason = f"The log-in failed, and the crawl went on without. {failed}"
        visit.remark(LOG_IN, login.page, reason)
        return str(failed)
    return None


async def _log_in(crawler: Crawler, login: Login) -> None:
    user, password = os.environ.get(login.user), os.environ.get(login.password)
    if not user or not password:
        missing = login.user if not user else login.password
        msg = f"{missing} is not set in the environment of Vigil."
        raise LogInFailed(msg)
    response = await _page(crawler, login.page)
    pressed = _forms(response).log_in(
        user, password, user_field=login.user_field, password_field=login.password_field
    )
    if pressed is None:
        msg = (
            "No log-in form was found on its page: correct the page, or name the form's fields "
            f"(vigil site edit {visit_of(crawler).site.name} --login URL --login-user-field NAME "
            "--login-password-field NAME)."
        )
        raise LogInFailed(msg)
    _refuse_to_show(login, response.url, pressed)
    try:
        answer = await press(crawler, pressed, response.url)
    except Exception as error:
        raise LogInFailed(reason_of(error)) from error
    if answer.status >= HTTPStatus.BAD_REQUEST:
        msg = (
            f"The site answers {answer.status} to user name and password. "
            f"Are {login.user} and {login.password} right?"
        )
        raise LogInFailed(msg)
    if answer.status == HTTPStatus.OK and _asks_again(answer, login):
        msg = (
            "The site shows its log-in form again. "
            f"Are {login.user} and {login.password} right? It may also want a code, or a script."
        )
        raise LogInFailed(msg)


def _refuse_to_show(login: Login, page_url: str, pressed: Press) -> None:
    """Refuse a form that would show user name and password to others on their way.

    Raises:
        LogInFailed: it writes them into an address, which servers and reports write down, or sends
            them unencrypted although the recipe names an encrypted page.
    """
    if pressed.method != "POST":
        msg = (
            "Its form does not say that it is sent by POST, so user name and password would stand "
            "in an address. Nothing was sent."
        )
        raise LogInFailed(msg)
    if _is_encrypted(login.page) and not (_is_encrypted(page_url) and _is_encrypted(pressed.url)):
        where = "Its form is sent" if _is_encrypted(page_url) else "Its page redirects"
        msg = f"{where} to an address without encryption, so nothing was sent."
        raise LogInFailed(msg)


def _is_encrypted(url: str) -> bool:
    return urlsplit(url).scheme == "https"


async def _page(crawler: Crawler, url: str) -> Response:
    request = Request(
        url, cookies=visit_of(crawler).cookies_for(url), meta={PAGE: True}, dont_filter=True
    )
    try:
        response = await ask(crawler, request)
    except Exception as error:
        msg = f"Its page could not be fetched. {reason_of(error)}"
        raise LogInFailed(msg) from error
    if response.status != HTTPStatus.OK:
        msg = f"The site answers {response.status} for its page."
        raise LogInFailed(msg)
    return response


def _forms(response: Response) -> PageForms:
    text = text_of(response) if kind_of(response) is Kind.HTML else ""
    return PageForms(text, response.url)


def _asks_again(response: Response, login: Login) -> bool:
    return (
        _forms(response).log_in(
            "", "", user_field=login.user_field, password_field=login.password_field
        )
        is not None
    )
