"""CSV is parsed strictly: rows as wide as the header, positions kept, nothing renamed."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from losslab.core.errors import DataError
from losslab.data.csv_reader import parse_csv


def parse(text, **options):
    return parse_csv(text, name="t", source="t.csv", **options)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b,a\n1,2,3\n", "'a' as column 1 and as column 3"),
        ("a, a\n1,2\n", "'a' as column 1 and as column 2"),
        ("a,b,c\n1,2,3\n4,5\n", "needed 3 fields.*but got 2 in line 3.*empty field"),
        ("a,b\n1,2\n4,5,6\n", "needed 2 fields.*but got 3 in line 3.*quote"),
        ("a,b\n1,2,3\n4,5,6\n", "but got 3 in line 2.*header lacks a name"),
        ("", "an empty file"),
        ("\n\n", "an empty file"),
        ("a,b\n", "a header line only"),
        ("a\n1\n", "at least two columns"),
        ('a,b\n"1,2\n3,4\n', "begins in line 2.*close every quote"),
        ('a,b\n1,"2"x\n', "begins in line 2"),
    ],
)
def test_a_broken_table_is_refused_with_its_place(text, words):
    with pytest.raises(DataError, match=f"(?s){words}"):
        parse(text)


def test_line_numbers_are_those_of_an_editor():
    table = parse('a,b\n\n1,"two\nlines"\n\n3,4\n')
    assert table.lines == [3, 6]
    assert table.frame["b"].tolist() == ["two\nlines", "4"]
    assert table.locate_row(1) == "line 6"


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator_is_found_and_said(mark, word):
    table = parse(f"a{mark}b\n1,5{mark}2\n")
    assert table.columns == ["a", "b"]
    assert table.notes == (f"t.csv is separated by {word}",)


def test_a_comma_in_the_header_wins():
    assert parse("a;b,c\n1,2\n").columns == ["a;b", "c"]


def test_semicolons_read_with_a_comma_get_a_hint():
    with pytest.raises(DataError, match='--separator ";"'):
        parse("a;b;c\n1,5;2;3\n", separator=",")


def test_an_explicit_separator_is_not_worth_a_note():
    assert parse("a|b\n1|2\n", separator="|").notes == ()


def test_a_column_without_a_name_gets_one_and_it_is_said():
    table = parse(",b\n1,2\n")
    assert table.columns == ["column_1", "b"]
    assert "'column_1'" in table.notes[0]


def test_everything_stays_text():
    assert parse("a,b\n007,NA\n").frame.iloc[0].tolist() == ["007", "NA"]


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@given(
    st.integers(2, 4).flatmap(
        lambda width: st.lists(
            st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=6
        )
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_text_survives_the_way_through_a_file(rows, end):
    header = [f"column {at}" for at in range(len(rows[0]))]
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    table = parse(file.getvalue())
    assert table.columns == header
    assert table.frame.to_numpy().tolist() == rows


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_our_error(text):
    try:
        table = parse(text)
    except DataError:
        return
    assert len(table.frame) == len(table.lines)
