"""A group that knows its commands by name and loads the one that runs, so that help is quick."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: its name, the module that has it as ``command``, and one sentence about it."""

    name: str
    module: str
    sentence: str


class Contents(click.Group):
    """The top of `vigil`: commands in the order given, each loaded when it is asked for."""

    def __init__(self, *args: Any, contents: Iterable[Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._contents = {entry.name: entry for entry in contents}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of the work."""
        return list(self._contents)

    def get_command(
        self,
        ctx: click.Context,
        cmd_name: str,
    ) -> click.Command | None:
        """Load one command."""
        entry = self._contents.get(cmd_name)
        if entry is None:
            return None
        command = import_module(entry.module).command
        if not isinstance(command, click.Command):
            msg = f"{entry.module}.command is no command"
            raise TypeError(msg)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was typed, or name the nearest one."""
        if args and not args[0].startswith("-") and args[0] not in self._contents:
            near = difflib.get_close_matches(args[0], self._contents, n=1)
            hint = f"Did you mean `vigil {near[0]}`?" if near else "`vigil --help` lists them all."
            msg = f"There is no command {args[0]!r}. {hint}"
            raise click.UsageError(msg, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(
        self,
        ctx: click.Context,
        formatter: click.HelpFormatter,
    ) -> None:
        """List the commands without loading any."""
        with formatter.section("Commands, in the order of the work"):
            formatter.write_dl([(entry.name, entry.sentence) for entry in self._contents.values()])


class InOrder(click.Group):
    """A group that lists its commands as they are written, not by the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of the work."""
        return list(self.commands)


def examples(*lines: str) -> str:
    """Make an epilog of examples that click prints line by line."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
