"""Obstacles to the use of a candidate, each with its facts, and which of them a decision could lift. Pure.

A host that cannot be used now stays in the list with the reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from infra_registry.coverage.remedies.candidates import NEW_SITE, PROJECT, UNDER_WAY, Candidate

Obstacle = Mapping[str, Any]
BOTH = Mapping[str, str]  # words in both languages

# With one of these a candidate is not chosen; what is in LIFTABLE a decision could end.
BARRING = frozenset({"no_free_unit", "roof_too_small", "refused", "declined", "exempt", "exclusive"})
LIFTABLE = frozenset({"refused", "exclusive"})
_OPENING_KINDS = ("public_building", "pole")
_BARS_ACCESS = "exclusive_access"


@dataclass(frozen=True, slots=True)
class Exclusive:
    """An exclusive agreement in force; ``until`` is the first day it no longer binds, None when open-ended."""

    agreement: str
    deal_type: str
    exclusive: bool | None
    party: str | None
    party_name: BOTH | None
    until: date | None

    @property
    def bars(self) -> bool:
        """Whether it keeps others out, and not only rewards or advertises one."""
        return bool(self.exclusive) or self.deal_type == _BARS_ACCESS


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is on record about a host: free units (None: not registered), opening, duty, agreements, who serves it.

    ``duty``: the clause that bears on its use by others, as a remedy keeps it; ``grounds``: those the clause names.
    """

    free: int | None = None
    shown: bool = True
    units: int = 0
    free_m2: float | None = None
    state: str | None = None
    ground: str | None = None
    since: date | None = None
    asked_on: date | None = None
    duty: Mapping[str, Any] | None = None
    grounds: Mapping[str, BOTH] = field(default_factory=dict)
    exclusives: tuple[Exclusive, ...] = ()
    present: tuple[str, ...] = ()


def obstacles(
    candidate: Candidate, ledger: Ledger, *, lacking: frozenset[str], on: date
) -> tuple[Obstacle, ...]:
    """Everything in the way of a candidate; ``lacking``: operators of the gaps it would serve."""
    if candidate.kind == NEW_SITE:
        return (_obstacle("new_site_needs_land"), _obstacle("height_assumed"))
    if candidate.kind == PROJECT:
        return tuple(_of_works(candidate))
    return (
        *_of_room(candidate, ledger),
        *_of_opening(candidate, ledger, on),
        *(_of_agreement(exclusive, lacking) for exclusive in ledger.exclusives),
        *_of_the_thing(candidate),
    )


def bars(barriers: Sequence[Obstacle]) -> bool:
    """Whether the candidate cannot be chosen as things stand."""
    return any(barrier["key"] in BARRING for barrier in barriers)


def bars_when_lifted(barriers: Sequence[Obstacle]) -> bool:
    """Whether it could not be chosen even if refusals and exclusive agreements were lifted."""
    return any(barrier["key"] in BARRING - LIFTABLE for barrier in barriers)


def _of_room(candidate: Candidate, ledger: Ledger) -> Iterator[Obstacle]:
    if not ledger.shown:
        yield _obstacle("units_not_shown")
    elif ledger.free is None:
        yield _obstacle("units_not_registered")
    elif ledger.free == 0 and ledger.free_m2 is not None:
        yield _obstacle("roof_too_small", free_m2=round(max(ledger.free_m2, 0.0), 1))
    elif ledger.free == 0:
        yield _obstacle("no_free_unit", units=ledger.units)
    if candidate.status in UNDER_WAY:
        yield _obstacle("host_planned", status=candidate.status)


def _of_opening(candidate: Candidate, ledger: Ledger, on: date) -> Iterator[Obstacle]:
    state = ledger.state
    since = ledger.since.isoformat() if ledger.since else None
    law = ledger.duty["citation"] if ledger.duty else None
    if state in ("refused", "exempt"):
        yield _obstacle(state, ground=_ground(ledger), since=since, law=law)
    elif state == "declined":
        yield _obstacle("declined", since=since)
    elif state in ("asked", "no_answer") and ledger.asked_on:
        days = max((on - ledger.asked_on).days, 0)
        yield _obstacle(state, asked_on=ledger.asked_on.isoformat(), days=days, law=law)
    elif state == "not_asked" or (state is None and candidate.kind in _OPENING_KINDS):
        yield _obstacle("not_asked")


def _ground(ledger: Ledger) -> BOTH | None:
    """The ground that is named, in the words of its clause where it is known."""
    if ledger.ground is None:
        return None
    return ledger.grounds.get(ledger.ground) or {"zh": ledger.ground, "en": ledger.ground}


def _of_agreement(exclusive: Exclusive, lacking: frozenset[str]) -> Obstacle:
    facts = {
        "agreement": exclusive.agreement,
        "deal_type": exclusive.deal_type,
        "party": exclusive.party,
        "party_name": exclusive.party_name,
        "until": exclusive.until.isoformat() if exclusive.until else None,
    }
    if exclusive.bars and exclusive.party is not None and lacking == {exclusive.party}:
        return _obstacle("exclusive_own", **facts)
    return _obstacle("exclusive" if exclusive.bars else "exclusive_terms", **facts)


def _of_the_thing(candidate: Candidate) -> Iterator[Obstacle]:
    if candidate.protected:
        yield _obstacle("protected")
    if candidate.power_available is False:
        yield _obstacle("no_power")
    if not candidate.load_known:
        yield _obstacle("load_unknown")
    if candidate.height_assumed:
        yield _obstacle("height_assumed")


def _of_works(candidate: Candidate) -> Iterator[Obstacle]:
    if "started" not in candidate.acts:
        yield _obstacle("works_not_begun")
    if "designated" not in candidate.acts:
        yield _obstacle("works_not_designated")
    yield _obstacle("height_assumed")


def _obstacle(key: str, **params: Any) -> Obstacle:
    return {"key": key, "params": {name: value for name, value in params.items() if value is not None}}
