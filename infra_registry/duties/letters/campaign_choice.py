"""Whom a campaign writes to: a city's opening clause, its unanswered buildings, the bodies that control them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry.areas.ground_store import day_of
from infra_registry.duties.inforce.law import Law
from infra_registry.duties.judging.area_law import Cited, speaking
from infra_registry.duties.letters import campaign_store as store
from infra_registry.errors import Fault, Invalid, NotFound
from infra_registry.rules.engine import Standing
from infra_registry.rules.facts import VENUES
from infra_registry.rules.model import BINDING, Effect, Rulebook, SubjectKind

KINDS = ("public_building", "pole")
UNANSWERED = ("not_asked", "asked", "no_answer")
SURE = (Standing.BINDS.value, Standing.CONDITIONS_NOT_SHOWN.value)
MOST_OWNERS, MOST_BUILDINGS = 2000, 2000


@dataclass(frozen=True, slots=True)
class Basis:
    """A city and the clauses of it that ask for opening; none: a campaign there is a request without duty.

    ``not_held``: instruments of the city known to be in force whose text the register does not hold in full.
    """

    city: Any
    grounds: tuple[Cited, ...]
    not_held: tuple[Rulebook, ...]

    def ground(self, key: str) -> Cited | None:
        """The clause of that key, the first where none is named. Raises Invalid for one that is not of this city."""
        if not key:
            return self.grounds[0] if self.grounds else None
        for ground in self.grounds:
            if ground.key == key:
                return ground
        allowed = " | ".join(ground.key for ground in self.grounds)
        raise Invalid([Fault("ground", key[:60], "field.not_choice", allowed)])


@dataclass(frozen=True, slots=True)
class Choice:
    """Filters over the buildings of a city. ``unsure``: also those of which it is not shown that the clause means
    them; ``again``: also those that stand in an open letter already."""

    city: str
    ground: str = ""
    district: str = ""
    kind: str = ""
    venue: str = ""
    state: tuple[str, ...] = ()
    unsure: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Owner:
    """A controlling body with the buildings a letter to it would be about."""

    party: Any
    assets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent. ``nobody``: buildings whose controlling body is not registered; ``elsewhere``: buildings
    left out because an open letter asks about them already (or, with ``again``, asked about twice)."""

    basis: Basis
    ground: Cited | None
    owners: tuple[Owner, ...]
    nobody: int
    elsewhere: int
    sample: bool

    @property
    def buildings(self) -> int:
        """Buildings in all letters."""
        return sum(len(owner.assets) for owner in self.owners)


def parse(raw: Mapping[str, str], states: Sequence[str]) -> Choice:
    """A choice from text parameters. Raises Invalid naming each wrong one."""
    faults = [
        Fault(name, raw[name][:40], "field.not_choice", " | ".join(allowed))
        for name, allowed in (("kind", KINDS), ("venue", VENUES))
        if raw.get(name) and raw[name] not in allowed
    ]
    faults += [
        Fault("state", state[:40], "field.not_choice", " | ".join(UNANSWERED))
        for state in states
        if state not in UNANSWERED
    ]
    if faults:
        raise Invalid(faults)
    text = {name: raw.get(name, "").strip()[:60] for name in ("city", "ground", "district", "kind", "venue")}
    return Choice(
        **text,
        state=tuple(dict.fromkeys(states)),
        unsure=raw.get("unsure") == "1",
        again=raw.get("again") == "1",
    )


def basis(connection: Connection, law: Law, city: str, on: date | None = None) -> Basis:
    """A city's opening clauses in force on a day (default: today there). Raises NotFound ``campaigns.no_city``."""
    place = store.city(connection, city)
    if place is None:
        raise NotFound("campaigns.no_city", code=city[:40])
    on = on or day_of(connection, place.id)
    law_here = speaking(law, frozenset(place.codes), {Effect.OPEN}, on)
    grounds = [
        cited
        for cited in law_here.clauses
        if cited.clause.modality in BINDING
        and cited.clause.subject is SubjectKind.ASSET
        and not cited.by_reference
    ]
    not_held = {book.key: book for book, _ in law_here.not_held}
    return Basis(place, tuple(grounds), tuple(not_held.values()))


def preview(connection: Connection, law: Law, choice: Choice, on: date | None = None) -> Preview:
    """Owners and buildings of a choice, at what this reader sees. Raises NotFound or Invalid."""
    base = basis(connection, law, choice.city, on)
    ground = base.ground(choice.ground)
    standings = [*SURE, Standing.SCOPE_NOT_SHOWN.value] if choice.unsure else list(SURE)
    rows = store.candidates(
        connection,
        {
            "city": base.city.id,
            "states": list(choice.state or UNANSWERED),
            "rulebook": ground.book.key if ground else None,
            "clause": ground.clause.key if ground else None,
            "standings": standings,
            "kind": choice.kind or None,
            "venue": choice.venue or None,
            "district": choice.district or None,
        },
    )
    buildings = [row for row in rows if choice.again or not row.elsewhere]
    by_party: dict[int, list[int]] = {}
    for row in buildings:
        if row.controller_id is not None:
            by_party.setdefault(row.controller_id, []).append(row.asset_id)
    parties = store.parties(connection, by_party)
    owners = [Owner(parties[key], tuple(sorted(assets))) for key, assets in by_party.items()]
    return Preview(
        basis=base,
        ground=ground,
        owners=tuple(sorted(owners, key=lambda owner: (-len(owner.assets), owner.party.code))),
        nobody=sum(1 for row in buildings if row.controller_id is None),
        elsewhere=sum(1 for row in rows if row.elsewhere),
        sample=any(row.sample for row in buildings),
    )
