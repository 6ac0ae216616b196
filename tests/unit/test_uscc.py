"""The credit code's check character (GB 32100-2015), against codes that organisations publish of themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra_registry.parties import uscc

# Printed on the organisations' own licences and notices.
PUBLISHED = (
    "91110000710925243K",
    "91440300708461136T",
    "914403001922038216",
)
WITH = st.text(uscc.LETTERS, min_size=9, max_size=9)


def complete(division: int, organisation: str) -> str:
    first = f"91{division:06d}{organisation}"
    return first + uscc.check_character(first)


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_hold(code: str) -> None:
    assert uscc.faults(code) == []


@given(st.integers(100000, 999999), WITH)
def test_a_completed_code_holds(division: int, organisation: str) -> None:
    assert uscc.faults(complete(division, organisation)) == []


@given(st.integers(100000, 999999), WITH, st.integers(8, 17), st.sampled_from(uscc.LETTERS))
def test_any_one_wrong_character_is_found(division: int, organisation: str, place: int, other: str) -> None:
    code = complete(division, organisation)
    wrong = code[:place] + other + code[place + 1 :]
    assert (uscc.faults(wrong) == []) == (wrong == code)


@given(st.integers(100000, 999999), WITH, st.integers(8, 15))
def test_two_neighbours_swapped_are_found(division: int, organisation: str, place: int) -> None:
    code = complete(division, organisation)
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (uscc.faults(wrong) == []) == (wrong == code)


def test_the_right_check_character_is_named() -> None:
    (fault,) = uscc.faults(PUBLISHED[0][:17] + "A")
    assert (fault.code, fault.expected) == ("uscc.check", "K")


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("", "uscc.length"),
        ("9111000071092524", "uscc.length"),
        ("91110000710925243I", "uscc.letter"),
        ("91110000710925243é", "uscc.letter"),
        ("B1110000710925243K", "uscc.department"),
        ("91A10000710925243K", "uscc.division"),
    ],
)
def test_each_fault_has_its_code(code: str, fault: str) -> None:
    assert [found.code for found in uscc.faults(code)] == [fault]


@given(st.text(max_size=40))
def test_any_text_gets_an_answer(text: str) -> None:
    assert isinstance(uscc.faults(uscc.normal(text)), list)


def test_typed_forms_become_the_stored_one() -> None:
    assert uscc.normal(" 9111 0000-7109２５243k ") == PUBLISHED[0]
