"""One row that cannot be used costs that row and no other."""

import pytest

from casework.signals_file import read_signals_file
from domain.errors import InvalidInput
from domain.signal import Signal, SignalType
from signals.pictures import hash_picture

A, B, C = "a" * 64, "b" * 64, "c" * 64


@pytest.fixture
def read(tmp_path):
    def do(content):
        file = tmp_path / "signals"
        file.write_text(content, encoding="utf-8")
        pictures, problems = read_signals_file(file)
        return [p.signals[0].value for p in pictures], [p.line for p in problems]

    return do


@pytest.mark.parametrize("quality", ["Infinity", "NaN", "9" * 5000, "49.9", "true", "-1", '"x"'])
def test_a_quality_that_is_no_whole_number(read, quality):
    rows = f'{{"sha256":"{A}"}}\n{{"pdq":"{B}","pdq_quality":{quality}}}\n{{"sha256":"{C}"}}\n'
    assert read(rows) == ([A, C], [2])


@pytest.mark.parametrize("quality", ["50", '"50"', "50.0", '" 50 "'])
def test_a_whole_quality_however_it_is_written(read, quality):
    assert read(f'{{"pdq":"{A}","pdq_quality":{quality}}}') == ([A], [])


def test_a_field_too_long_for_csv(read):
    assert read(f"sha256,md5\n{A},\n{B},{'x' * 200_000}\n{C},\nz,\n") == ([A, C], [3, 5])


def test_a_line_separator_within_a_text_ends_no_row(read):
    assert read(f'{{"sha256":"{A}","note":"one\u2028two"}}\n{{"sha256":"z"}}\n') == ([A], [2])


def test_one_line_without_end_is_no_file_of_signals(read):
    with pytest.raises(InvalidInput, match="no file of signals"):
        read("QUJD" * 50_000)


def test_a_quotation_mark_without_end_costs_one_row(read):
    rows = [f"{n}.jpg,{n:064x}" for n in range(1000)]
    rows[499] = f'"499.jpg,{499:064x}'
    found, problems = read("name,sha256\n" + "\n".join(rows) + "\n")
    assert (len(found), problems) == (999, [501])

    rows[700] = f'"700.jpg",{700:064x}'  # another row's mark does not close it
    found, problems = read("name,sha256\n" + "\n".join(rows) + "\n")
    assert (len(found), problems) == (999, [501])


def test_a_quoted_cell_may_go_over_lines(read):
    rows = f'note,sha256\n"one\ntwo",{A}\n\n"a ""b""",{B}\nshort\n"x"y,{C}\n'
    assert read(rows) == ([A, B, C], [6])


def test_one_object_over_several_lines_is_one_picture(read):
    assert read(f'{{\n  "sha256": "{A}",\n  "name": "beach.jpg"\n}}\n') == ([A], [])


def test_what_only_begins_like_json_is_no_file_of_signals(read):
    with pytest.raises(InvalidInput, match="no line is a JSON object"):
        read("{\\rtf1\\ansi Dear colleague,\\par\nplease find\n}")


def test_a_problem_is_told_in_a_line(tmp_path):
    file = tmp_path / "signals"
    file.write_text(f'{{"sha256": [{"1," * 9999}1]}}\n{{"md5": "{"a" * 32}"}}\n')
    _, (problem,) = read_signals_file(file)
    assert len(problem.reason) < 200


@pytest.fixture(scope="module")
def constellation(photos):
    signals = hash_picture(photos[0].read_bytes()).signals
    (value,) = [s.value for s in signals if s.type is SignalType.CONSTELLATION]
    return value


@pytest.mark.parametrize("written", [str.lower, str.upper, " {} ".format])
def test_a_constellation_is_taken_as_it_was_made_elsewhere(tmp_path, constellation, written):
    file = tmp_path / "signals.csv"
    file.write_text(f"sha256,constellation\n{A},{written(constellation)}\n{B},\n")

    pictures, problems = read_signals_file(file)

    assert problems == []
    assert [[s.type for s in picture.signals] for picture in pictures] == [
        [SignalType.SHA256, SignalType.CONSTELLATION],
        [SignalType.SHA256],
    ]
    assert pictures[0].signals[1] == Signal(SignalType.CONSTELLATION, constellation)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda value: "02" + value[2:], "version 1 is wanted; this one has 2"),
        (lambda value: value[:-2], "bytes; this one has"),
        (lambda value: value + "00", "bytes; this one has"),
        (lambda value: value[:-1], "an even number of"),
        (lambda value: "0g" + value[2:], "lower-case hexadecimal"),
        (lambda _: "010000", "8 to 2,048"),
        (lambda _: "0100ffff", "its constellation has 0 places; at least 16"),
    ],
)
def test_a_constellation_that_could_not_be_compared_costs_its_row(
    tmp_path, constellation, change, words
):
    file = tmp_path / "signals.csv"
    file.write_text(f"sha256,constellation\n{A},{change(constellation)}\n{B},{constellation}\n")

    pictures, (problem,) = read_signals_file(file)

    assert [picture.signals[0].value for picture in pictures] == [B]
    assert problem.line == 2
    assert words in problem.reason
    assert len(problem.reason) < 250


def test_a_constellation_alone_makes_no_match(read, constellation):
    assert read(f"constellation,phash\n{constellation},{'a' * 16}\n") == ([], [2])
