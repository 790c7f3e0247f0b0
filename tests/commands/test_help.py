import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import cli

ROOT = Path(cli.__file__).parent


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path]
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = (*path, name)
        found += _commands(command, inner) if isinstance(command, click.Group) else [inner]
    return found


COMMANDS = _commands(cli.vigil)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(path):
    result = CliRunner().invoke(cli.vigil, [*path, "--help"], prog_name="vigil")

    assert result.exit_code == 0
    usage, _, rest = result.output.partition("\n\n")
    assert usage.startswith(f"Usage: {' '.join(('vigil', *path))}")
    sentence = rest.partition("\n\n")[0]
    assert sentence.strip().endswith("."), sentence
    assert len(sentence.split()) >= 4
    for line in result.output.splitlines():
        if line.startswith("  --"):  # every option says what it does
            assert len(line.split()) > 1


@pytest.mark.parametrize("entry", cli.CONTENTS, ids=lambda entry: entry.name)
def test_the_table_of_contents_says_what_the_command_says(entry):
    command = cli.vigil.get_command(click.Context(cli.vigil), entry.name)

    assert command is not None
    assert command.name == entry.name
    assert (command.help or "").partition("\n\n")[0].replace("\n", " ") == entry.sentence


def test_commands_stand_in_the_order_of_the_work():
    listed = CliRunner().invoke(cli.vigil, ["--help"]).output.partition("order of the work:")[2]
    names = [
        line.split()[0]
        for line in listed.splitlines()
        if line.startswith("  ") and line[2:3].strip()
    ]

    assert names[:8] == ["demo", "site", "case", "register", "withdraw", "crawl", "crawls", "match"]


def test_help_does_not_wait_for_what_it_does_not_need():
    code = (
        "import sys, cli; code = cli.run(['--help'], {}); "
        "heavy = {'sqlalchemy', 'scrapy', 'numpy', 'pyarrow', 'rich', 'PIL'} & set(sys.modules); "
        "sys.exit(f'loaded: {heavy}' if heavy else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_it_runs_as_a_module_from_its_folder():
    done = subprocess.run(
        [sys.executable, "-m", "cli", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0
    assert done.stdout.startswith("vigil ")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["sight"], "Did you mean `vigil site`?"),
        (["qqq"], "`vigil --help` lists them all"),
        (["site", "lst"], "Did you mean 'list'?"),
        (["site", "add", "a", "https://a.example/", "--hots", "a"], "Did you mean '--host'?"),
        (["match", "confirm", "M-1"], "Missing option '--reason'"),
        (["export", "matches", "--format", "cvs"], "'csv', 'json', 'parquet'"),
        (["site", "import", "nowhere.yaml"], "does not exist"),
        (["register", "C-1"], "Name a file or a folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_names_the_nearest_right_one(arguments, hint, capsys):
    code = cli.run(arguments, {})

    printed = capsys.readouterr()
    assert code == 2
    assert hint in printed.err
    assert printed.out == ""
