"""How free WiFi stands in a city: key public areas, security of zones, quality in venues, what the law says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry.coverage.wifi import law_lookup as said_on_wifi
from infra_registry.coverage.wifi import zone_store
from infra_registry.coverage.wifi.defaults import Basis
from infra_registry.coverage.wifi.defaults import wifi as defaults
from infra_registry.coverage.wifi.zone_store import FACTS, ZoneFilter
from infra_registry.duties.inforce.law import Law
from infra_registry.duties.judging import asking
from infra_registry.duties.judging.area_law import Cited, Speaking, area_codes, speaking, stating
from infra_registry.duties.key_lists import key_area_store
from infra_registry.rules.engine import Duty
from infra_registry.rules.model import Check, Clause, Effect, SubjectKind


@dataclass(frozen=True, slots=True)
class AreaState:
    """A listed area: ``state`` has, without, or not_shown (the register has no zones of the city, or unclear ones).

    ``duty`` is what the law asks there, if it does.
    """

    row: Any
    state: str
    duty: Duty | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A fact about the security of zones, the clauses that ask for it, national rules that no rulebook holds."""

    fact: str
    cited: tuple[Cited, ...]
    national: tuple[Basis, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What the law says of a city: duties on WiFi, and whatever else it states on the matter."""

    duties: Speaking
    security: tuple[Cited, ...]
    otherwise: tuple[Cited, ...]

    @property
    def provides(self) -> tuple[Cited, ...]:
        """Clauses that ask for free WiFi."""
        return self.duties.of(Effect.WIFI_PROVIDE)


def said_of(connection: Connection, law: Law, city_id: int, on: date) -> Said:
    """What the law of a city says of free WiFi, the security of zones and coverage on a day."""
    areas = area_codes(connection, city_id)
    duties = said_on_wifi.said(law, areas, on)
    stated = stating(law, areas, defaults().statements, on)
    security = speaking(law, areas, (Effect.WIFI_SECURITY,), on).clauses
    shown = {*map(_key, duties.clauses), *map(_key, security)}
    return Said(duties, security, tuple(cited for cited in stated.clauses if _key(cited) not in shown))


def key_areas(connection: Connection, law: Law, city_id: int, on: date) -> list[AreaState]:
    """Areas of the list that holds, those without a free zone first. On the product's own connection."""
    rows = key_area_store.areas(connection, city_id, on)
    asked = {
        item.known.id: item
        for item in asking.many(connection, law, SubjectKind.AREA, [row.id for row in rows], on)
    }
    order = ("without", "not_shown", "has")
    found = [_state(row, asked.get(row.id)) for row in rows]
    return sorted(found, key=lambda item: order.index(item.state))


def _state(row: Any, asked: asking.Asked | None) -> AreaState:
    free = asked.known.subject.facts.get("free_wifi") if asked else None
    duties = asked.answer.duties if asked else ()
    duty = next((duty for duty in duties if duty.clause.effect is Effect.WIFI_PROVIDE), None)
    return AreaState(
        row, {True: "has", False: "without"}.get(free, "not_shown") if free is not None else "not_shown", duty
    )


def asked_facts(said: Said) -> tuple[Asked, ...]:
    """What is looked at about the security of zones, in the order it is shown."""
    return tuple(
        Asked(
            fact,
            tuple(cited for cited in said.security if fact in _asks(cited.clause)),
            tuple(basis for basis in defaults().asked if basis.fact == fact),
        )
        for fact in FACTS
        if any(basis.fact == fact for basis in defaults().asked)
        or any(fact in _asks(cited.clause) for cited in said.security)
    )


def _asks(clause: Clause) -> frozenset[str]:
    """Facts a clause wants shown or tests."""
    return frozenset(clause.evidence) | {check.fact for check in _checks(clause.kept_when)}


def _checks(check: Check | None) -> Iterator[Check]:
    if check is None:
        return
    if check.fact:
        yield check
    for part in check.parts:
        yield from _checks(part)


def log_days(said: Said) -> tuple[int, int]:
    """From how many days on logs are kept long enough, and below how many they are not, by the clauses in force.

    Between the two the number of days does not tell. Zeros: no clause says.
    """
    kept, broken = [0], [0]
    for cited in said.security:
        kept += _days(cited.clause.kept_when)
        broken += _days(cited.clause.broken_when) or _days(cited.clause.kept_when)
    return max(kept), max(broken)


def _days(check: Check | None) -> list[int]:
    return [
        int(str(one.values[0])) for one in _checks(check) if one.fact == "log_days" and one.op == "at_least"
    ]


def zone_filter(city_id: int, said: Said, **more: Any) -> ZoneFilter:
    """A filter of the zones of a city by what is looked at about them."""
    return ZoneFilter(city_id, log_days(said), tuple(item.fact for item in asked_facts(said)), **more)


def quality(connection: Connection, said: Said, city_id: int, by: str) -> Sequence[Any]:
    """Measured quality in the venues the law lists, or the register's own list."""
    return zone_store.quality(connection, city_id, said_on_wifi.of_said(said.duties), by)


def _key(cited: Cited) -> tuple[str, str]:
    return cited.book.key, cited.clause.key
