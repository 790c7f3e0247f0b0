"""The options of a site's policy on the command line, and what they come to."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import click

from domain.errors import InvalidInput
from domain.site import Render
from watching.policy_words import LISTS, LOGIN_WORDS, PolicyWords

F = TypeVar("F", bound=Callable[..., Any])


def policy_options(command: F) -> F:
    """Give a command the options of a policy; it gets them as keyword arguments."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def undoing_options(command: F) -> F:
    """Give a command the options that take parts of a policy back."""
    for option in reversed(_UNDOING):
        command = option(command)
    return command


def words_of(options: Mapping[str, Any], urls: Sequence[str] = ()) -> PolicyWords:
    """Gather what the options above gave.

    Raises:
        InvalidInput: a header or cookie is written in another way.
    """
    login = {word: options[f"login_{word}"] for word in LOGIN_WORDS}
    others = {name: value for name, value in options.items() if not name.startswith("login_")}
    return PolicyWords(
        **{
            **others,
            "login": {word: value for word, value in login.items() if value is not None},
            "urls": tuple(urls),
            "hosts": tuple(options["hosts"]),
            **{name: tuple(options[name]) for name in LISTS},
            "headers": dict(
                _pair(text, ":", "--header", "Name: value") for text in options["headers"]
            ),
            "cookies": dict(
                _pair(text, "=", "--cookie", "name=value") for text in options["cookies"]
            ),
        }
    )


def _pair(text: str, sign: str, option: str, form: str) -> tuple[str, str]:
    name, found, value = text.partition(sign)
    if not found or not name.strip():
        # The text itself is left out: it may be a key to the site.
        msg = f"{option} is written as {form!r}; one that was given has no {sign!r} after a name."
        raise InvalidInput(msg)
    return name.strip(), value.strip()


_OPTIONS: Final = (
    click.option(
        "--host",
        "hosts",
        multiple=True,
        metavar="HOST",
        help="Follow links on this host instead of those of the start pages; "
        ".example.org means every host below it. Repeatable.",
    ),
    click.option(
        "--every", metavar="TIME", help="How often to visit: 15m, 2h or 1d. At first 30m."
    ),
    click.option("--rate", metavar="RATE", help="How fast to ask: 1/s or 30/m. At first 1/s."),
    click.option(
        "--max-pages", type=int, metavar="N", help="Pages read in one crawl. At first 500."
    ),
    click.option("--max-depth", type=int, metavar="N", help="Links followed in a row. At first 8."),
    click.option(
        "--ignore-robots",
        metavar="REASON",
        help="Do not obey robots.txt; the reason is recorded.",
    ),
    click.option(
        "--follow",
        multiple=True,
        metavar="PATTERN",
        help="Follow links to such pages and no others: '/album/*' or '*?page=*', where * stands "
        "for anything and $ at the end for the end of the address. Repeatable.",
    ),
    click.option(
        "--leave",
        multiple=True,
        metavar="PATTERN",
        help="Never ask for such addresses, pages or images: '*/print/*' or 'ads.example.org/*'. "
        "Repeatable.",
    ),
    click.option(
        "--quiet-hours",
        multiple=True,
        metavar="HOURS",
        help="Begin no visit then, and end one under way: 22:00-06:00 in UTC, or "
        "'22:00-06:00 Asia/Seoul'. Repeatable.",
    ),
    click.option(
        "--accept-bad-certificate",
        metavar="REASON",
        help="Visit it although its certificate cannot be verified; the reason is recorded.",
    ),
    click.option(
        "--proxy",
        metavar="ADDRESS",
        help="Fetch everything of it through this SOCKS5 proxy, which also looks names up: "
        "socks5://127.0.0.1:9050 for Tor.",
    ),
    click.option(
        "--render",
        type=click.Choice([each.value for each in Render]),
        help="Open its pages in a browser, so that their scripts run: all of them, none, or (auto) "
        "those on which suspiciously little is found without. At first auto.",
    ),
    click.option(
        "--age-gate",
        metavar="WORDS",
        help="Press this link or button where it stands before the site: the words on it, as "
        "'I am over 18', or a CSS selector, as css:#enter.",
    ),
    click.option(
        "--login",
        "login_page",
        metavar="URL",
        help="Log in first, with the form on this page. Needs the next two.",
    ),
    click.option(
        "--login-user",
        metavar="VARIABLE",
        help="The environment variable that holds the user name: LOGIN_FORUM_USER, say.",
    ),
    click.option(
        "--login-password",
        metavar="VARIABLE",
        help="The environment variable that holds the password; it is never stored.",
    ),
    click.option(
        "--login-user-field",
        metavar="NAME",
        help="The form's field for the user name, where it is not found by itself.",
    ),
    click.option(
        "--login-password-field",
        metavar="NAME",
        help="The form's field for the password, likewise.",
    ),
    click.option(
        "--item",
        multiple=True,
        metavar="PATTERN",
        help="Such pages show pictures at their largest; they are asked for first: '/photo/*'. "
        "Repeatable.",
    ),
    click.option(
        "--listing",
        multiple=True,
        metavar="PATTERN",
        help="Such pages lead to others with pictures; they are asked for next: '/album/*'. "
        "Repeatable.",
    ),
    click.option(
        "--image",
        multiple=True,
        metavar="PATTERN",
        help="Links to such addresses lead to an image, whatever their name: '/download/*'. "
        "Repeatable.",
    ),
    click.option(
        "--header",
        "headers",
        multiple=True,
        metavar="'NAME: VALUE'",
        help="Send this header to the site. Repeatable.",
    ),
    click.option(
        "--cookie",
        "cookies",
        multiple=True,
        metavar="NAME=VALUE",
        help="Send this cookie to the site. Repeatable.",
    ),
)

_UNDOING: Final = (
    click.option("--obey-robots", is_flag=True, help="Obey robots.txt again."),
    click.option("--verify-certificates", is_flag=True, help="Verify certificates again."),
    click.option("--no-proxy", is_flag=True, help="Connect to it directly again."),
    click.option("--no-age-gate", is_flag=True, help="Press nothing any more."),
    click.option("--no-login", is_flag=True, help="Log in no more."),
    *(
        click.option(
            f"--clear-{word}", is_flag=True, help=f"Forget all of --{word}, but those given now."
        )
        for word in ("follow", "leave", "item", "listing", "image")
    ),
    click.option(
        "--clear-quiet-hours", is_flag=True, help="Forget all quiet hours, but those given now."
    ),
    click.option("--clear-headers", is_flag=True, help="Forget all headers, but those given now."),
    click.option("--clear-cookies", is_flag=True, help="Forget all cookies, but those given now."),
)
