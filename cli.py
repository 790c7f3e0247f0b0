"""The `vigil` command: its table of contents, and what an error looks like to the person at it."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import click

from commands.app import App
from commands.contents import Contents, Entry, examples
from domain.errors import VigilError

INTERRUPTED: Final = 130
"""What shells give for a program ended by Ctrl-C."""

DISK_TROUBLE: Final = 3

CONTENTS: Final = (
    Entry("demo", "commands.demo", "Show Vigil at work on two practice sites, in under a minute."),
    Entry("site", "commands.site", "Name the sites to watch, and how gently to visit them."),
    Entry("case", "commands.case", "Open a case for a person, and see how it stands."),
    Entry(
        "register",
        "commands.register",
        "Register a person's pictures and videos, so that copies are found.",
    ),
    Entry("withdraw", "commands.withdraw", "Take a case or a picture back, and erase its signals."),
    Entry("crawl", "commands.crawl", "Visit one site now and compare every image on it."),
    Entry(
        "crawls", "commands.crawls", "See past crawls, their counts and what went wrong in them."
    ),
    Entry(
        "match",
        "commands.match",
        "Review flagged matches: confirm, reject, refer, or take that back.",
    ),
    Entry(
        "look-alike",
        "commands.look_alike",
        "Name other pictures that look like a person's, so that they are not flagged again.",
    ),
    Entry(
        "registration",
        "commands.registration",
        "Suspend a registered picture that is flagged everywhere, and resume it.",
    ),
    Entry(
        "signals",
        "commands.signals",
        "See which signals are kept, and how far looking again at earlier images is.",
    ),
    Entry("export", "commands.export", "Write matches to a file for a report or a spreadsheet."),
    Entry(
        "audit", "commands.audit", "Read the record of who did what, and check that it is whole."
    ),
    Entry(
        "calibrate",
        "commands.calibrate",
        "Measure from which strength to flag, on pictures of your own.",
    ),
    Entry(
        "registry-key",
        "commands.registry_key",
        "Encrypt the constellations of registered pictures in the database, or change their key.",
    ),
    Entry(
        "user",
        "commands.user",
        "Let people sign in to the console, and say what they may do there.",
    ),
    Entry("serve", "commands.serve", "Serve the console until stopped with Ctrl-C or SIGTERM."),
    Entry(
        "run",
        "commands.run",
        "Run the scheduler and the console, and start again whichever of them dies.",
    ),
    Entry("db", "commands.db", "Set up the database, bring it up to date, clear its files."),
    Entry("doctor", "commands.doctor", "Check that this installation is complete and safe."),
)
"""Every command in the order of the work."""


@click.group(
    cls=Contents,
    contents=CONTENTS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples(
        "vigil demo",
        "vigil site add practice-gallery https://gallery.example/",
        "vigil case open",
        "vigil register C-7K3M-9QXD-5 pictures/",
        "vigil crawl practice-gallery",
        "vigil match list",
    ),
)
@click.version_option(package_name="vigil", message="vigil %(version)s")
def vigil() -> None:
    """Find copies of intimate images that were posted without consent.

    Vigil visits the sites you name, compares every image there with the pictures that people have
    registered, and shows you what it found. No picture is ever kept: only signals, which are
    fingerprints from which no picture can be made again.
    """


def run(
    arguments: Sequence[str] | None = None, environment: Mapping[str, str] | None = None
) -> int:
    """Run one command and return its exit code; what was expected to go wrong leaves no trace."""
    app = App(os.environ if environment is None else environment)
    try:
        with app:
            outcome = vigil.main(arguments, prog_name="vigil", standalone_mode=False, obj=app)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except VigilError as error:
        click.echo(str(error), err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except OSError as error:
        name = f" ({error.filename})" if error.filename else ""
        click.echo(f"The system refused: {error.strerror or error}{name}.", err=True)
        return DISK_TROUBLE
    return outcome if isinstance(outcome, int) else 0


def main() -> None:
    """Run `vigil` as a program."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter gets its code instead of an error.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(run())


if __name__ == "__main__":
    main()
