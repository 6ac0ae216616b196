"""The ways of a case: what is open, what is shut and why."""

import pytest

from infra_registry.cases.codes import NOT_ACCEPTED
from infra_registry.cases.moves import FIRST, MOVES, STATES, offers, plan
from infra_registry.errors import Conflict, Invalid

WORDS = "There is nothing in it that could be checked."
OPEN = {"received": ["check"], "checking": ["accept", "not_accept"], "accepted": [], "not_accepted": []}


def arguments(name: str) -> tuple[str, str]:
    return ("duplicate", WORDS) if name == "not_accept" else ("", "")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", [move.name for move in MOVES])
def test_a_move_is_open_from_its_state_alone(state: str, name: str) -> None:
    if name in OPEN[state]:
        assert plan(state, name, *arguments(name)).start == state
    else:
        with pytest.raises(Conflict) as refused:
            plan(state, name, *arguments(name))
        assert refused.value.params["allowed"] == OPEN[state]


@pytest.mark.parametrize("state", STATES)
def test_offers_list_every_move_open_or_shut(state: str) -> None:
    assert [offer.move.name for offer in offers(state) if offer.open] == OPEN[state]
    assert len(offers(state)) == len(MOVES)


def test_unknown_moves_are_refused() -> None:
    with pytest.raises(Conflict):
        plan(FIRST, "accept; DROP TABLE")


@pytest.mark.parametrize(
    ("reason", "said", "fields"),
    [
        ("", WORDS, {"reason"}),
        ("because", WORDS, {"reason"}),
        ("duplicate", "  ", {"said"}),
        ("duplicate", "too short", {"said"}),
        ("duplicate", "x" * 2001, {"said"}),
        ("", "", {"reason", "said"}),
    ],
)
def test_not_accepting_needs_a_reason_and_words(reason: str, said: str, fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        plan("checking", "not_accept", reason, said)
    assert {fault.field for fault in refused.value.faults} == fields


@pytest.mark.parametrize("reason", NOT_ACCEPTED)
def test_every_reason_will_do(reason: str) -> None:
    assert plan("checking", "not_accept", reason, WORDS).end == "not_accepted"


def test_a_reason_where_none_is_asked_is_refused() -> None:
    with pytest.raises(Invalid):
        plan("received", "check", "duplicate", "")
