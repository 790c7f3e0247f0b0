"""`vigil register`: pictures and videos become signals on this machine, which are registered."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeAlias

import click

from casework import registering
from casework.registering import Registered
from casework.signals_file import RowProblem, read_signals_file
from commands.app import App, pass_app
from commands.comparing_progress import ComparingProgress
from commands.contents import examples
from commands.output import json_option, say, show_json
from commands.register_words import seen_around, warnings, without_embedding
from domain.case import read_number
from domain.content import ContentChoice
from domain.counted import counted
from domain.errors import Undecodable
from domain.signal import PictureSignals
from domain.video import Showing
from signals.picture_hasher import PictureHasher
from storage import cases, sealed_constellations
from storage.registrations import Source

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
"""A larger file is not read into memory; a copy of it would be fetched by no crawl either."""

_Register: TypeAlias = Callable[[PictureSignals, Source], Registered]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one file, or of one row of a file of signals.

    ``again`` is the command that registers of the same file what was not registered now, where
    something seems to lie around the picture. ``nothing_around``: what lies inside was to be
    registered, but nothing is seen around it.
    """

    file: str
    registered: Registered | None
    problem: str | None = None
    again: str | None = None
    nothing_around: bool = False


@dataclass(frozen=True, slots=True)
class _Rows:
    """What a file of signals held."""

    file: str
    pictures: list[PictureSignals]
    problems: list[RowProblem]


_KEYLESS: Final = (
    "Registered constellations are encrypted here, but those of what is registered now will not "
    "be: VIGIL_REGISTRY_KEY_FILE is not set for this command. Set it, and run afterwards: vigil "
    "registry-key apply"
)


@click.command(
    "register",
    epilog=examples(
        "vigil register C-7K3M-9QXD-5 beach.jpg",
        "vigil register C-7K3M-9QXD-5 pictures/ video.mp4",
        "vigil register C-7K3M-9QXD-5 --content inside screenshot.png",
        "vigil register C-7K3M-9QXD-5 --signals from-her-telephone.csv",
    ),
)
@click.argument("case")
@click.argument("paths", nargs=-1, metavar="PATH…", type=click.Path(path_type=Path))
@click.option(
    "--signals",
    "signals_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Register signals computed elsewhere: CSV or JSON with sha256, md5, pdq, pdq_quality, "
    "phash, constellation.",
)
@click.option(
    "--content",
    type=click.Choice([choice.value for choice in ContentChoice]),
    default=ContentChoice.AUTO.value,
    show_default=True,
    help="Of a screenshot, or a picture with a border or a caption: register the whole, or only "
    "the picture that lies inside; auto does that where it is sure.",
)
@click.option(
    "--despite-recurring",
    is_flag=True,
    help="Flag also what is seen in many images that have nothing else in common.",
)
@json_option
@pass_app
@click.pass_context
def command(
    ctx: click.Context,
    app: App,
    case: str,
    paths: tuple[Path, ...],
    signals_file: Path | None,
    *,
    content: str,
    despite_recurring: bool,
    as_json: bool,
) -> None:
    """Register a person's pictures and videos, so that copies are found.

    CASE is the case's number; PATH is a picture or a video, or a folder of them. Each is turned
    into signals on this machine and compared at once with every image and video seen so far. The
    files stay where they are: Vigil keeps neither them nor their names.
    """
    if not paths and signals_file is None:
        msg = "Which pictures? Name a file or a folder, or give --signals FILE."
        raise click.UsageError(msg, ctx=ctx)
    number = read_number("C", case)
    with app.database.reading() as session:
        cases.get_case(session, number)  # before hours of hashing, not after them
        keyless = app.database.keys is None and sealed_constellations.any_sealed(session)
    if keyless:
        say(_KEYLESS, err=True)
    files = list(_files(paths))
    rows = _Rows("", [], [])
    if signals_file is not None:
        rows = _Rows(str(signals_file), *read_signals_file(signals_file))
    total = len(files) + len(rows.pictures) + len(rows.problems)
    results: list[Result] = []
    register = partial(_register, app, number, despite_recurring=despite_recurring)
    choice = ContentChoice(content)
    from_files = _from_files(app, number, files, choice, register)
    for result in chain(from_files, _from_signals(rows, register)):
        results.append(result)
        if not as_json:
            _say_result(result, f"{len(results):,} of {total:,}  " if total > 1 else "")
    failed = sum(1 for result in results if result.problem is not None)
    if as_json:
        show_json(_results_json(number, results))
    else:
        _say_summary(number, results, failed)
    if failed:
        ctx.exit(1)


def _from_files(
    app: App,
    number: str,
    files: Sequence[Path | Result],
    choice: ContentChoice,
    register: _Register,
) -> Iterator[Result]:
    config = app.config
    with PictureHasher(
        demand_filter=config.demand_sandbox, embedding_model=config.embedding_model
    ) as hasher:
        for path in files:
            if isinstance(path, Result):
                yield path
                continue
            result = _register_file(path, partial(hasher.hash, content=choice), register)
            done = result.registered
            all_of_it = done is not None and done.content is None
            nothing_around = choice is ContentChoice.INSIDE and all_of_it
            yield replace(result, again=_again(number, result), nothing_around=nothing_around)
        if hasher.embedding_lost is not None:
            for line in without_embedding(hasher.embedding_lost):
                say(line, err=True)


def _again(number: str, result: Result) -> str | None:
    """Give the command that registers of a file what was not registered now, if there is any."""
    done = result.registered
    if done is None or (done.content is None and done.unsure is None):
        return None
    other = ContentChoice.INSIDE if done.content is None else ContentChoice.WHOLE
    return f"vigil register {number} --content {other} {shlex.quote(result.file)}"


def _files(paths: Sequence[Path]) -> Iterator[Path | Result]:
    """Go through folders in the order of their names, past hidden files and what is no file."""
    for path in paths:
        if path.is_dir():
            found = False
            for each in sorted(path.rglob("*")):
                hidden = any(part.startswith(".") for part in each.relative_to(path).parts)
                if not hidden and each.is_file():
                    found = True
                    yield each
            if not found:
                yield Result(str(path), None, "is a folder without any files.")
        elif path.is_file():
            yield path
        elif path.exists() or path.is_symlink():
            yield Result(str(path), None, "is no file that can be read.")
        else:
            yield Result(str(path), None, "is not there; check how it is written.")


def _register_file(
    path: Path, hash_picture: Callable[[bytes], PictureSignals], register: _Register
) -> Result:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            reason = (
                f"is too large: it has {size:,} bytes, and at most {MAX_FILE_BYTES:,} are read."
            )
            return Result(str(path), None, reason)
        picture = hash_picture(path.read_bytes())
    except Undecodable as error:
        return Result(
            str(path), None, f"is not a picture or video that can be registered: {error}."
        )
    except OSError as error:
        return Result(str(path), None, f"cannot be read: {error.strerror}.")
    return Result(str(path), register(picture, "file"))


def _from_signals(rows: _Rows, register: _Register) -> Iterator[Result]:
    for problem in rows.problems:
        reason = f"cannot be used: {problem.reason}."
        yield Result(f"{rows.file}, line {problem.line},", None, reason)
    for place, picture in enumerate(rows.pictures, start=1):
        yield Result(f"{rows.file}, picture {place}", register(picture, "signals"))


def _register(
    app: App, number: str, picture: PictureSignals, source: Source, *, despite_recurring: bool
) -> Registered:
    progress = ComparingProgress()
    try:
        return registering.register(
            app.database,
            number,
            picture,
            source=source,
            actor=app.actor,
            now=app.now(),
            match_distance=app.config.match_distance,
            video_share=app.config.video_share,
            embedding_least=app.config.embeddings_flag_from,
            told=progress.told,
            despite_recurring=despite_recurring,
        )
    finally:
        progress.end()


def _say_result(result: Result, progress: str) -> None:
    done = result.registered
    if done is None:
        say(f"{progress}{result.file} {result.problem}", err=True)
        return
    registered = "is registered already, as" if done.already else "registered as"
    article = "an" if done.showing is Showing.ANIMATION else "a"
    moves = f", {article} {done.showing} of {counted(done.frames, 'frame')}" if done.frames else ""
    say(f"{progress}{result.file}: {registered} {done.number}{moves}; {_found(done)}.")
    if done.completed:
        say("  It can be found in more edited reposts now than before.")
    if done.looks:
        them = "It" if done.looks == 1 else "They"
        say(
            f"  {counted(done.looks, 'image')} seen before may show it, edited. {them} will be "
            "fetched again and looked at: 'vigil signals status' tells how far that is."
        )
    if result.nothing_around:
        say("  Nothing is seen around the picture, so all of it is registered.")
    for line in seen_around(done, result.again or ""):
        say(f"  {line}", err=done.content is None)
    for warning in warnings(done):
        say(f"  {warning}", err=True)


def _found(done: Registered) -> str:
    gone = f"gone from {counted(done.places_gone, 'place')}" if done.places_gone else ""
    if not done.places:
        return f"found nowhere now, {gone}" if gone else "not found so far"
    found = f"found at {counted(done.places, 'place')} on {counted(done.sites, 'site')}"
    return f"{found}, {gone}" if gone else found


def _say_summary(number: str, results: Sequence[Result], failed: int) -> None:
    done = [result.registered for result in results if result.registered is not None]
    fresh = [registered for registered in done if not registered.already]
    of_each = Counter(registered.showing for registered in fresh)
    kinds = [counted(of_each[kind], kind) for kind in Showing if of_each[kind]]
    said = f"{', '.join(kinds[:-1])} and {kinds[-1]}" if kinds[1:] else "".join(kinds)
    say(
        f"{said or '0 pictures'} registered, {len(done) - len(fresh):,} there already, "
        f"{counted(failed, 'problem')}."
    )
    if waiting := sum(1 for registered in fresh if registered.suspended_for is not None):
        say(f"Of these, {waiting:,} flag nothing until somebody has looked: see above.", err=True)
    if any(registered.images for registered in done):
        say(f"To see what was found: vigil match list --case {number}")


def _results_json(number: str, results: Sequence[Result]) -> dict[str, Any]:
    done = [result.registered for result in results if result.registered is not None]
    already = sum(1 for registered in done if registered.already)
    return {
        "case": number,
        "registered": len(done) - already,
        "already": already,
        "failed": len(results) - len(done),
        "files": results,
    }
