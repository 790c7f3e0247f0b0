"""The demo ends as the README says, on whatever database it is given."""

import re


def test_the_demo_finds_every_planted_repost_and_nothing_else(vigil):
    shown = vigil("demo")

    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[-1] == "demo: 40 reposts planted, 40 flagged, 0 missed, 0 wrong flags"
    assert sum(bool(re.match(r"C-\S+ +practice-(gallery|board) ", line)) for line in lines) == 40


def test_the_demo_leaves_a_database_that_holds_something_alone(vigil, add_site):
    add_site("forum", "https://forum.example/")

    shown = vigil("demo")

    assert shown.returncode == 1
    assert "holds 1 site already" in shown.stderr
    assert "Traceback" not in shown.stderr
