"""Quotes of a CSV that do not pair: the lines are named, and no row disappears into another one's cell."""

import csv
import io
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra_registry.formats import FormatError, read

HEAD = "ref,lon,lat,name,address\n"
UNCLOSED = (
    HEAD + 'Q1,116.59,35.41,甲,路1号\nQ2,116.60,35.41,乙,"东方"大厦\nQ3,116.61,35.41,丙,"路3号\n'
    "Q4,116.62,35.41,丁,路4号\nQ5,116.63,35.41,戊,路5号\n"
)
INCHES = HEAD + 'I1,116.59,35.41,6" 管塔,30\nI2,116.60,35.41,"6"" 管塔",30\nI3,116.61,35.41,"6" 管塔,30\n'
IN_THE_MIDDLE = (
    "ref,name,lon,lat,address\n"
    'A1,"甲,116.59,35.41,一路\nA2,乙,116.60,35.41,二路\nA3,"丙",116.61,35.41,三路\nA4,丁,116.62,35.41,四路\n'
)
PAIRED_OVER_ROWS = HEAD + 'Q1,116.59,35.41,甲,"路1号\nQ2,116.60,35.41,乙,路2号\nQ3,116.61,35.41,丙,路3号"\n'
SPACE_BEFORE = HEAD + 'Q1,116.59,35.41,甲, "一路, 二号"\n'


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (UNCLOSED, "3, 4"),
        (INCHES, "2, 4"),
        (IN_THE_MIDDLE, "2"),
        (PAIRED_OVER_ROWS, "2"),
        (SPACE_BEFORE, "2"),
        (HEAD.replace("name", '"name') + "Q1,116.59,35.41,甲,一路\n", "1"),
        (UNCLOSED.replace(",", ";").replace("\n", "\r\n"), "3, 4"),
        (UNCLOSED.replace(",", "\t"), "3, 4"),
    ],
)
def test_every_line_with_such_a_quote_is_named(content: str, lines: str) -> None:
    with pytest.raises(FormatError) as refused:
        read(content.encode(), "t.csv")
    assert (refused.value.code, refused.value.params["value"]) == ("format.quotes", lines)


@pytest.mark.parametrize(
    ("row", "address"),
    [
        ('Q1,116.59,35.41,甲,"一路\n二号"\n', "一路\n二号"),
        ('Q1,116.59,35.41,甲,"一路, 二号\r\n三楼"\n', "一路, 二号\r\n三楼"),
        ('Q1,116.59,35.41,甲,"6"" 管塔"\n', '6" 管塔'),
        ('Q1,116.59,35.41,"","一路"', "一路"),
        ('Q1,116.59,35.41,甲,="0012"\n', '="0012"'),
        ('Q1,116.59,35.41,甲,rue "Neuve"\n', 'rue "Neuve"'),
        ('"Q1\n旧号A1",116.59,35.41,甲,一路\n', "一路"),
    ],
)
def test_quotes_that_pair_are_read_as_they_are(row: str, address: str) -> None:
    part = read((HEAD + row).encode(), "t.csv")[0]
    assert [r.values["address"] for r in part.rows] == [address]


ROWS = st.lists(st.lists(st.text('a,"路 ', max_size=6), min_size=4, max_size=4), min_size=1, max_size=8)


def references(text: str) -> list[str] | str:
    """The references that are read, or why nothing is."""
    try:
        return [row.values["ref"].strip('"') for row in read(text.encode(), "t.csv")[0].rows]
    except FormatError as refused:
        return refused.code


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, st.data())
def test_one_quote_too_many_or_too_few_loses_no_row(rows: list[list[str]], data: st.DataObject) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [["ref", "a", "b", "c", "d"], *([f"R{n}", *cells] for n, cells in enumerate(rows))]
    )
    text = out.getvalue()
    at = data.draw(st.integers(len("ref,a,b,c,d\n"), len(text)))
    broken = text[:at] + '"' + text[at:] if text[at : at + 1] != '"' else text[:at] + text[at + 1 :]
    refs = [line.split(",", 1)[0] for line in text.splitlines()[1:]]
    assert references(text) == refs
    assert references(broken) in ("format.quotes", refs)


def test_a_large_file_of_open_quotes_is_refused_at_once() -> None:
    begun = time.monotonic()
    with pytest.raises(FormatError) as refused:
        read((HEAD + 'Q,1,2,"x,y\n' * 400_000).encode(), "t.csv")
    assert refused.value.code == "format.quotes"
    assert time.monotonic() - begun < 10
