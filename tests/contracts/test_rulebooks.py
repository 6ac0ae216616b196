"""The rulebooks as a whole: every statement of the five cities in one place, and the comparison they generate."""

import pytest

from infra_registry.duties.inforce import checking
from infra_registry.rules.comparison import Cell, Comparison, compare
from infra_registry.rules.model import Force
from tests import shipped

ROWS = 124
CITIES = ("jining", "yingtan", "chengdu_draft", "jilin", "yinchuan")
# Which articles of each city speak on a topic, read from the five texts by hand; "" is silence. "9-12": each of them.
ARTICLES = {
    "definition": ("", "13", "7.1", "8.1", "12"),
    "free_wifi": ("14.1", "", "", "", ""),
    "wifi_security": ("14.2", "", "", "", ""),
    "venue_coverage": ("15", "", "", "", ""),
    "opening": ("19", "18.1", "7.2", "", "14.1"),
    "opening_land": ("19", "18.1", "7.2", "", "14.1"),
    "opening_poles": ("19", "18.1", "7.2", "", "14.1"),
    "opening_funding": ("19", "18.1", "7.2", "", "14.1"),
    "opening_conditions": ("19", "18.1", "7.2", "", "14.1"),
    "secrecy_exception": ("", "", "", "", "14.2"),
    "reservation": ("18", "17.2", "", "8.1", "13"),
    "reservation_trigger": ("18", "17.2", "", "", "13"),
    "synchronisation": ("18", "17.1", "", "", ""),
    "security_synchronisation": ("62.2", "", "", "31.1", ""),
    "share_new": ("", "18.2", "7.2", "8.2", ""),
    "share_existing": ("", "18.2", "", "", ""),
    "coordination": ("6.1", "18.3", "6", "4", "6"),
    "premises_access": ("20.1", "19.1", "", "", ""),
    "exclusive_ban": ("20.2", "19.2", "", "", ""),
    "exclusive_fine": ("69", "", "", "", ""),
    "data_fine": ("", "", "", "", "41.2"),
    "relocation": ("", "20", "", "", "15"),
    "undergrounding": ("", "", "", "8.2", ""),
    "filing": ("", "", "", "5 10 13.2 31.2", ""),
    "acceptance_gate": ("18", "", "", "13.1", ""),
    "plan_gate": ("9-12", "9 12", "5", "5-9", "15 25.2"),
    "data_catalogue": ("27 28", "30", "11", "21 27", "20"),
    "open_list": ("31", "", "", "26", "18 20"),
    "hotline": ("43", "32", "14", "22", "11.2"),
    "accessibility": ("", "", "18", "24", ""),
    "zones": ("73", "50", "", "3", ""),
}
STRONG = {
    "free_wifi": {"jining"},
    "wifi_security": {"jining"},
    "venue_coverage": {"jining"},
    "opening_land": {"jining"},
    "opening_poles": {"yingtan"},
    "opening_funding": {"yingtan"},
    "secrecy_exception": {"yinchuan"},
    "coordination": {"yingtan"},
    "exclusive_fine": {"jining"},
    "data_fine": {"yinchuan"},
    "acceptance_gate": {"jilin"},
    "data_catalogue": {"jining"},
    "open_list": {"yinchuan"},
    "hotline": {"chengdu_draft"},
    "accessibility": {"chengdu_draft", "jilin"},
}


@pytest.fixture(scope="module")
def table() -> Comparison:
    books = {book.key: book for book in shipped.rulebooks()}
    return compare([books[key] for key in CITIES], shipped.topics())


def test_every_statement_stands_in_exactly_one_place() -> None:
    found = checking.check()
    assert found.faults == ()
    assert (found.missing, found.twice, found.unknown) == ((), (), ())
    assert found.accounted == len(found.rows) == ROWS


def test_what_is_left_out_says_why() -> None:
    for book in shipped.rulebooks():
        for left in book.not_modelled:
            assert len(left.reason.zh) > 5, left.row
            assert len(left.reason.en) > 10, left.row


def test_the_columns_are_the_cities_with_a_text(table: Comparison) -> None:
    whole = compare(shipped.rulebooks(), shipped.topics())
    assert {book.key for book in whole.books} == set(CITIES)
    assert [book.key for book in table.drafts] == ["chengdu_draft"]
    assert [(book.key, part.articles) for book, part in table.not_held] == [("jilin", "34")]


def test_the_topics_are_the_ones_compared_by_hand(table: Comparison) -> None:
    assert [row.topic.key for row in table.rows] == list(ARTICLES)


@pytest.mark.parametrize("topic", ARTICLES)
def test_the_generated_comparison_is_the_one_made_by_hand(table: Comparison, topic: str) -> None:
    row = next(row for row in table.rows if row.topic.key == topic)
    for cell, expected in zip(row.cells, ARTICLES[topic], strict=True):
        wanted = numbers(expected)
        spoken = {entry.split("-")[0] for entry in cell.articles}
        assert cell.silent == (not wanted), f"{topic} {cell.book.key}"
        for one in spoken:
            assert any(one == other or one.startswith(f"{other}.") for other in wanted), (
                f"{cell.book.key} {one}"
            )
        for other in wanted:
            assert any(one == other or one.startswith(f"{other}.") for one in spoken), (
                f"{cell.book.key} {other}"
            )
    assert {cell.book.key for cell in row.cells if cell.strong} == STRONG.get(topic, set())


def numbers(expected: str) -> set[str]:
    found = set()
    for part in expected.split():
        first, _, last = part.partition("-")
        found |= {str(n) for n in range(int(first), int(last) + 1)} if last else {first}
    return found


def test_a_draft_and_a_text_that_is_not_held_never_read_as_law_in_force() -> None:
    books = {book.key: book for book in shipped.rulebooks()}
    assert books["chengdu_draft"].instrument.force is Force.DRAFT
    assert books["chengdu"].instrument.force is Force.KNOWN_NOT_HELD
    assert books["chengdu"].not_held
    assert not any(clause.subject for clause in books["chengdu"].clauses)


def test_a_cell_speaks_in_both_languages(table: Comparison) -> None:
    def briefs(cell: Cell) -> list[tuple[str, str]]:
        return [(entry.brief.zh, entry.brief.en) for entry in cell.entries]

    for row in table.rows:
        for cell in row.cells:
            assert all(zh and en for zh, en in briefs(cell)), f"{row.topic.key} {cell.book.key}"
