"""Vigil's configuration: the only reader of the environment."""

import getpass
import math
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from domain.errors import InvalidInput
from domain.review import HOTLINE
from domain.signal import MATCH_DISTANCE
from domain.video import VIDEO_SHARE

SETTINGS: Final[dict[str, str]] = {
    "VIGIL_DATA": "Folder for the embedded database and logs. Default: vigil-data here.",
    "VIGIL_DATABASE_URL": "postgresql://user@host/name, or sqlite:///file. "
    "Default: SQLite in VIGIL_DATA.",
    "VIGIL_ANALYST_DATABASE_URL": "The same PostgreSQL database as a role that can read the "
    "analysts' views and nothing else, for the console's query page. Default: none, so that page "
    "is off; SQLite needs none.",
    "VIGIL_ACTOR": "Who is named in the audit chain for commands. Default: the login name.",
    "VIGIL_CONTACT": "Web or mail address shown to sites in the user agent. Default: none.",
    "VIGIL_PRACTICE_HOSTS": "host:port of practice sites on private addresses, comma-separated. "
    "Default: none, so only public addresses are fetched.",
    "VIGIL_MATCH_DISTANCE": "Bits up to which two PDQ signals match, 0-64. Default: 31.",
    "VIGIL_VIDEO_SHARE": "Percent of either video's frames that must be in the other, 1-100. "
    "Default: 20.",
    "VIGIL_FALSE_FLAGS_PER_MILLION": "False flags that the search for edited reposts may "
    "cost in a million images, 0.001-1000000. Default: 1.",
    "VIGIL_CALIBRATION": "File that vigil calibrate wrote, used instead of the calibration that "
    "comes with Vigil. Default: none.",
    "VIGIL_REGISTRY_KEY_FILE": "File with the key that registered constellations are encrypted "
    "with in the database, made by vigil registry-key make. Default: none, so they are not.",
    "VIGIL_EMBEDDING_MODEL": "Model in ONNX's format that makes embeddings of pictures besides the "
    "other signals. Default: none.",
    "VIGIL_EMBEDDING_LEAST": "Likeness of two embeddings, 0.5-1, from which an image is flagged "
    "by them alone. Default: 0.9.",
    "VIGIL_MIN_SIDE": "Images with a side of fewer pixels are too small. Default: 64.",
    "VIGIL_MAX_IMAGE_MB": "Largest image fetched, in megabytes. Default: 20.",
    "VIGIL_MAX_VIDEO_MB": (
        "Megabytes that are read of a video, at most 256; of a larger one, its beginning. "
        "Default: 100."
    ),
    "VIGIL_MAX_ARCHIVE_MB": "Largest archive fetched, in megabytes, at most 192. Default: 100.",
    "VIGIL_HASHING_WORKERS": "Processes that decode and hash in one crawl. "
    "Default: one for each core.",
    "VIGIL_DEMAND_SANDBOX": "1 to hash nothing where the kernel refuses the filter of system "
    "calls. Default: 0.",
    "VIGIL_CRAWLS_AT_ONCE": "Crawls that the scheduler runs side by side. Default: 4.",
    "VIGIL_CRAWL_MINUTES": "Time limit of one crawl, in minutes. Default: 60.",
    "VIGIL_ANSWER_SECONDS": "Seconds that a site may take for one answer. Default: 30.",
    "VIGIL_CHROMIUM": "Chromium that opens pages which scripts build: its name or path. "
    "Default: chromium or google-chrome on the PATH, if there is one.",
    "VIGIL_RENDER_SECONDS": "Seconds that the scripts of one page may run. Default: 20.",
    "VIGIL_HOTLINE": "Whom caseworkers report to what may show somebody under 18: a name, and how "
    "to reach it. Default: your national hotline (INHOPE member).",
    "VIGIL_CONSOLE_LISTEN": "host:port that the console answers on. Default: 127.0.0.1:8080.",
    "VIGIL_CONSOLE_URL": "Address at which people open the console, as https://vigil.example. "
    "Default: http:// and what it answers on, as http://localhost:8080.",
    "VIGIL_CONSOLE_PROXY": "Address of the reverse proxy before the console, which says who asks "
    "(X-Forwarded-For). Default: 127.0.0.1 where the console is opened by https, else none.",
    "VIGIL_CONSOLE_HOURS": "Hours that people stay signed in to the console at most, 1-24. "
    "Default: 12.",
    "VIGIL_CONSOLE_IDLE_MINUTES": "Minutes without work after which the console signs people out, "
    "5-240. Default: 30.",
    "VIGIL_OIDC_ISSUER": "Address of an OpenID Connect provider that people may sign in with, as "
    "https://login.example/staff. At the first visit, an account is paired with whoever has its "
    "name there as preferred_username: people must not be able to choose that themselves. "
    "Default: none.",
    "VIGIL_OIDC_CLIENT_ID": "What that provider calls the console. Default: none.",
    "VIGIL_OIDC_CLIENT_SECRET_FILE": "File with the secret that the console proves itself to that "
    "provider with. Default: none.",
}
"""Every variable that Vigil reads, with its meaning; `vigil doctor` prints this."""


class Listen(NamedTuple):
    """Where a server answers."""

    host: str
    port: int

    def __str__(self) -> str:
        """Write it as it stands in an address."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


_LISTEN: Final = Listen("127.0.0.1", 8080)


@dataclass(frozen=True, slots=True)
class Config:
    """What the person who runs this installation decided."""

    data: Path
    database_url: str = field(repr=False)
    actor: str
    analyst_database_url: str | None = field(default=None, repr=False)
    contact: str | None = None
    practice_hosts: frozenset[str] = frozenset()
    match_distance: int = MATCH_DISTANCE
    video_share: int = VIDEO_SHARE
    false_flags_per_million: float = 1.0
    calibration_file: Path | None = None
    registry_key_file: Path | None = None
    embedding_model: Path | None = None
    embedding_least: float = 0.9
    min_side: int = 64
    max_image_bytes: int = 20 * 1024 * 1024
    max_video_bytes: int = 100 * 1024 * 1024
    max_archive_bytes: int = 100 * 1024 * 1024
    hashing_workers: int = 1
    demand_sandbox: bool = False
    crawls_at_once: int = 4
    crawl_minutes: int = 60
    answer_seconds: int = 30
    chromium: str | None = None
    render_seconds: int = 20
    hotline: str = HOTLINE
    console_listen: Listen = _LISTEN
    console_url: str = "http://localhost:8080"
    console_proxy: str | None = None
    console_hours: int = 12
    console_idle_minutes: int = 30
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret_file: Path | None = None

    @property
    def console_https(self) -> bool:
        """Whether people reach the console by https, which the proxy before it speaks."""
        return self.console_url.startswith("https://")

    @property
    def embeddings_flag_from(self) -> float | None:
        """The likeness from which embeddings flag; None where no model makes any."""
        return None if self.embedding_model is None else self.embedding_least


def load_config(environment: Mapping[str, str] | None = None) -> Config:
    """Read the environment.

    Raises:
        InvalidInput: a variable has a value that cannot be used, or a misspelt name.
    """
    env = os.environ if environment is None else environment
    unknown = sorted(name for name in env if name.startswith("VIGIL_") and name not in SETTINGS)
    if unknown:
        msg = f"{unknown[0]} is no setting of Vigil. There are: {', '.join(SETTINGS)}."
        raise InvalidInput(msg)
    data = Path(env.get("VIGIL_DATA") or "vigil-data").resolve()
    hosts = env.get("VIGIL_PRACTICE_HOSTS", "")
    listen = read_listen(env.get("VIGIL_CONSOLE_LISTEN") or str(_LISTEN))
    console_url = _console_url(env.get("VIGIL_CONSOLE_URL") or _plain_url(listen))
    return Config(
        data=data,
        database_url=_database_url(env.get("VIGIL_DATABASE_URL"), data),
        actor=env.get("VIGIL_ACTOR") or _login_name(),
        analyst_database_url=env.get("VIGIL_ANALYST_DATABASE_URL") or None,
        contact=env.get("VIGIL_CONTACT") or None,
        practice_hosts=frozenset(part.strip().lower() for part in hosts.split(",") if part.strip()),
        match_distance=_number(env, "VIGIL_MATCH_DISTANCE", MATCH_DISTANCE, 0, 64),
        video_share=_number(env, "VIGIL_VIDEO_SHARE", VIDEO_SHARE, 1, 100),
        false_flags_per_million=_decimal(env, "VIGIL_FALSE_FLAGS_PER_MILLION", 1.0, 0.001, 1e6),
        calibration_file=_file(env, "VIGIL_CALIBRATION"),
        registry_key_file=_file(env, "VIGIL_REGISTRY_KEY_FILE"),
        embedding_model=_file(env, "VIGIL_EMBEDDING_MODEL"),
        embedding_least=_decimal(env, "VIGIL_EMBEDDING_LEAST", 0.9, 0.5, 1),
        min_side=_number(env, "VIGIL_MIN_SIDE", 64, 1, 4096),
        max_image_bytes=_number(env, "VIGIL_MAX_IMAGE_MB", 20, 1, 512) * 1024 * 1024,
        max_video_bytes=_number(env, "VIGIL_MAX_VIDEO_MB", 100, 1, 256) * 1024 * 1024,
        max_archive_bytes=_number(env, "VIGIL_MAX_ARCHIVE_MB", 100, 1, 192) * 1024 * 1024,
        hashing_workers=_number(env, "VIGIL_HASHING_WORKERS", _cores(), 1, 64),
        demand_sandbox=bool(_number(env, "VIGIL_DEMAND_SANDBOX", 0, 0, 1)),
        crawls_at_once=_number(env, "VIGIL_CRAWLS_AT_ONCE", 4, 1, 64),
        crawl_minutes=_number(env, "VIGIL_CRAWL_MINUTES", 60, 1, 24 * 60),
        answer_seconds=_number(env, "VIGIL_ANSWER_SECONDS", 30, 1, 600),
        chromium=env.get("VIGIL_CHROMIUM") or None,
        render_seconds=_number(env, "VIGIL_RENDER_SECONDS", 20, 1, 300),
        hotline=(env.get("VIGIL_HOTLINE") or "").strip() or HOTLINE,
        console_listen=listen,
        console_url=console_url,
        console_proxy=_console_proxy(env.get("VIGIL_CONSOLE_PROXY"), console_url),
        console_hours=_number(env, "VIGIL_CONSOLE_HOURS", 12, 1, 24),
        console_idle_minutes=_number(env, "VIGIL_CONSOLE_IDLE_MINUTES", 30, 5, 240),
        oidc_issuer=_oidc_issuer(env),
        oidc_client_id=env.get("VIGIL_OIDC_CLIENT_ID") or None,
        oidc_client_secret_file=_file(env, "VIGIL_OIDC_CLIENT_SECRET_FILE"),
    )


def _database_url(url: str | None, data: Path) -> str:
    if not url:
        return f"sqlite:///{data / 'vigil.db'}"
    # SQLAlchemy 2.1 takes the short form for psycopg 3; people mean the driver that is installed.
    for short in ("postgresql://", "postgres://"):
        if url.startswith(short):
            return "postgresql+psycopg2://" + url.removeprefix(short)
    if url.startswith("postgresql+psycopg2://"):
        return url
    if url.startswith("sqlite:///"):
        file = url.removeprefix("sqlite:///")
        # Absolute, since child processes work in another folder. SQLite's own file: addresses stay.
        return url if file.startswith(("file:", ":")) else f"sqlite:///{Path(file).resolve()}"
    kind = url.split(":", 1)[0]
    msg = f"VIGIL_DATABASE_URL starts with {kind!r}: use postgresql://… or sqlite:///…"
    raise InvalidInput(msg)


def read_listen(text: str) -> Listen:
    """Read where a server is to answer, as ``127.0.0.1:8080`` or ``[::1]:8080``.

    Raises:
        InvalidInput: it is neither.
    """
    host, colon, port = text.strip().rpartition(":")
    plain = host.removeprefix("[").removesuffix("]")
    bracketed = host != plain
    if not (colon and plain and port.isdecimal() and 0 < int(port) < 65536) or (  # noqa: PLR2004
        (":" in plain) != bracketed
    ):
        msg = f"VIGIL_CONSOLE_LISTEN is {text!r}: it takes host:port, as 127.0.0.1:8080."
        raise InvalidInput(msg)
    return Listen(plain, int(port))


def _plain_url(listen: Listen) -> str:
    # By its name, since browsers make no passkey for a bare number.
    here = listen.host in {"127.0.0.1", "::1"}
    return f"http://localhost:{listen.port}" if here else f"http://{listen}"


def _console_url(text: str) -> str:
    try:
        parts = urlsplit(text.strip())
        good = parts.port != 0  # one that is no number is a ValueError
    except ValueError:
        good = False
    if not good or not (
        parts.scheme in {"http", "https"}
        and parts.hostname
        and parts.username is None
        and parts.path in {"", "/"}
        and not parts.query
        and not parts.fragment
    ):
        msg = (
            f"VIGIL_CONSOLE_URL is {text!r}: it takes the address at which people open the "
            "console, with nothing behind the host, as https://vigil.example."
        )
        raise InvalidInput(msg)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _console_proxy(text: str | None, console_url: str) -> str | None:
    if not text:
        return "127.0.0.1" if console_url.startswith("https://") else None
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        msg = f"VIGIL_CONSOLE_PROXY is {text!r}: it takes an IP address, as 127.0.0.1."
        raise InvalidInput(msg) from None


def _oidc_issuer(env: Mapping[str, str]) -> str | None:
    issuer = (env.get("VIGIL_OIDC_ISSUER") or "").rstrip("/")
    others = [f"VIGIL_OIDC_CLIENT_{each}" for each in ("ID", "SECRET_FILE")]
    given = [name for name in others if env.get(name)]
    if not issuer:
        if given:
            msg = f"{given[0]} is given without VIGIL_OIDC_ISSUER: name the provider there as well."
            raise InvalidInput(msg)
        return None
    missing = [name for name in others if name not in given]
    if missing:
        msg = f"VIGIL_OIDC_ISSUER is given without {missing[0]}: signing in there takes it."
        raise InvalidInput(msg)
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost"}:
        msg = f"VIGIL_OIDC_ISSUER is {issuer!r}: it takes an address that begins with https://."
        raise InvalidInput(msg)
    return issuer


def _number(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name)
    if not text:
        return default
    if not text.strip().isdecimal() or not low <= int(text) <= high:
        msg = f"{name} is {text!r}: it takes a whole number from {low} to {high}."
        raise InvalidInput(msg)
    return int(text)


def _decimal(env: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    text = env.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        msg = f"{name} is {text!r}: it takes a number from {low:g} to {high:.0f}."
        raise InvalidInput(msg)
    return value


def _file(env: Mapping[str, str], name: str) -> Path | None:
    # Absolute, since child processes work in another folder.
    return Path(text).resolve() if (text := env.get(name)) else None


def _cores() -> int:
    """Count the cores that this process may use, at most what the setting takes."""
    if sys.platform == "linux":
        return min(len(os.sched_getaffinity(0)), 64)
    return min(os.cpu_count() or 1, 64)


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a passwd entry
        return f"uid {os.getuid()}"
