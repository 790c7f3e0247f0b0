"""`vigil calibrate`: from which strength to flag, measured on pictures of the operator's own."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from commands.app import App, pass_app
from commands.atomic_file import atomic_file
from commands.contents import examples
from commands.output import as_json as plain
from commands.output import iso, json_option, say, show_json
from domain.errors import Refused

if TYPE_CHECKING:
    from commands.calibration_report import Report

_FILES: Final = (
    "calibration.json",
    "report.json",
    "report.txt",
    "recall-by-strength.png",
    "false-pairs-by-strength.png",
    "recall-by-edit.png",
)

_folder = click.Path(file_okay=False, path_type=Path)


@click.command(
    "calibrate",
    epilog=examples(
        "vigil calibrate --originals photos --reposts reposts --impostors others --out measured",
        "vigil calibrate … --registry-photos 20000 --false-flags 0.5",
        "VIGIL_CALIBRATION=measured/calibration.json vigil crawl forum",
    ),
)
@click.option(
    "--originals", type=_folder, required=True, help="Folder of the photos that were edited."
)
@click.option(
    "--reposts", type=_folder, required=True, help="Folder of reposts: edits of these photos."
)
@click.option(
    "--index",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV with file, edit and original of each repost. Default: reposts.csv among them.",
)
@click.option(
    "--impostors",
    type=_folder,
    required=True,
    help="Folder of pictures of other things; the more, the surer.",
)
@click.option(
    "--out", type=_folder, required=True, help="Folder for the calibration, report and curves."
)
@click.option(
    "--registry-photos",
    type=click.IntRange(1, 100_000_000),
    default=100_000,
    show_default=True,
    help="Photos registered where you use it; the report is about so many.",
)
@click.option(
    "--false-flags",
    type=click.FloatRange(0, 1_000_000, min_open=True),
    help="False flags in a million images. Default: VIGIL_FALSE_FLAGS_PER_MILLION.",
)
@click.option("--force", is_flag=True, help="Write over the files of a calibration before.")
@json_option
@pass_app
def command(
    app: App,
    originals: Path,
    reposts: Path,
    index: Path | None,
    impostors: Path,
    out: Path,
    registry_photos: int,
    false_flags: float | None,
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Measure from which strength to flag, on pictures of your own.

    Originals and impostors are registered in memory, as a person's pictures are, and looked for
    among all reposts and impostors, as in a crawl. You say how many false flags are bearable; what
    comes out is the strength that keeps to it, what is found and missed at it, and how sure that
    is. Nothing is written to the database, and no picture to the disk.
    """
    # Here, so that help does not wait for NumPy and the compiled code to load.
    from commands.calibration_measuring import measure  # noqa: PLC0415
    from commands.calibration_report import make_report  # noqa: PLC0415
    from commands.calibration_sources import (  # noqa: PLC0415
        originals_of,
        pictures_in,
        read_reposts,
    )
    from commands.calibration_words import in_words  # noqa: PLC0415

    _check_free(out, force=force)  # before hours of measuring, not after them
    listed = read_reposts(reposts, index or reposts / "reposts.csv")
    measured = measure(
        originals_of(listed, originals),
        listed,
        pictures_in(impostors),
        match_distance=app.config.match_distance,
    )
    wanted = app.config.false_flags_per_million if false_flags is None else false_flags
    report = make_report(
        measured,
        false_flags_per_million=wanted,
        registry_photos=registry_photos,
        measured_at=iso(app.now()),
    )
    words = in_words(report)
    _write(out, report, words, force=force)
    if as_json:
        show_json(report)
        return
    say(words)
    say(f"Written to {out}: {', '.join(_FILES)}.")
    say(f"To use it, set VIGIL_CALIBRATION={out / _FILES[0]}.")


def _check_free(out: Path, *, force: bool) -> None:
    there = [name for name in _FILES if (out / name).exists()]
    if there and not force:
        msg = f"{out / there[0]} is there already. Name another --out, or add --force."
        raise Refused(msg)
    out.mkdir(parents=True, exist_ok=True)


def _write(out: Path, report: "Report", words: str, *, force: bool) -> None:
    from commands.calibration_curves import (  # noqa: PLC0415
        false_by_strength,
        recall_by_edit,
        recall_by_strength,
    )
    from signals.calibration_file import written  # noqa: PLC0415

    contents = (
        written(report.calibration).encode(),
        (json.dumps(plain(report), ensure_ascii=False, indent=2) + "\n").encode(),
        words.encode(),
        recall_by_strength(report),
        false_by_strength(report),
        recall_by_edit(report),
    )
    for name, content in zip(_FILES, contents, strict=True):
        with atomic_file(out / name, force=force) as stream:
            stream.write(content)
