"""Free WiFi of a city: key public areas, security of zones, measured quality in venues, the law in force."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry.access import SERVICE
from infra_registry.coverage.wifi import law_lookup, zone_store
from infra_registry.coverage.wifi.defaults import Basis
from infra_registry.coverage.wifi.defaults import wifi as defaults
from infra_registry.coverage.wifi.zone_store import FACTS, ZoneFilter
from infra_registry.db.connection import acting_as
from infra_registry.duties.inforce.law import Law
from infra_registry.duties.judging import asking
from infra_registry.duties.judging.area_law import Cited, Speaking, area_codes, speaking, stating
from infra_registry.duties.key_lists import key_area_store
from infra_registry.rules.engine import Duty, Kept
from infra_registry.rules.masking import ZONE, fields_of
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
class SecurityFact:
    """A fact about the security of zones, the clauses that ask for it, national rules that no rulebook holds."""

    fact: str
    cited: tuple[Cited, ...]
    national: tuple[Basis, ...]


@dataclass(frozen=True, slots=True)
class WifiLaw:
    """The law of a city on free WiFi: duties, clauses on the security of zones, other statements on the matter."""

    duties: Speaking
    security: tuple[Cited, ...]
    otherwise: tuple[Cited, ...]

    @property
    def provides(self) -> tuple[Cited, ...]:
        """Clauses that ask for free WiFi."""
        return self.duties.of(Effect.WIFI_PROVIDE)


def law_of(connection: Connection, law: Law, city_id: int, on: date) -> WifiLaw:
    """The law of a city on free WiFi, the security of zones and coverage on a day."""
    areas = area_codes(connection, city_id)
    duties = speaking(law, areas, law_lookup.EFFECTS, on)
    stated = stating(law, areas, defaults().statements, on)
    security = speaking(law, areas, (Effect.WIFI_SECURITY,), on).clauses
    shown = {*map(_key, duties.clauses), *map(_key, security)}
    return WifiLaw(duties, security, tuple(cited for cited in stated.clauses if _key(cited) not in shown))


def key_areas(connection: Connection, law: Law, city_id: int, on: date) -> list[AreaState]:
    """Areas of the list that holds, those without a free zone first, as far as this reader may know of them."""
    rows = key_area_store.areas(connection, city_id, on)
    ids = [row.id for row in rows]
    shown = key_area_store.shown(connection, ids, fields_of("free_wifi", ZONE))
    with acting_as(connection, SERVICE):
        judged = {
            answer.item.id: answer for answer in asking.many(connection, law, SubjectKind.AREA, ids, on)
        }
    order = ("without", "not_shown", "has")
    states = [_state(row, judged.get(row.id), shown=row.id in shown) for row in rows]
    return sorted(states, key=lambda item: order.index(item.state))


def _state(row: Any, judged: asking.SubjectAnswer | None, *, shown: bool) -> AreaState:
    free = judged.item.subject.facts.get("free_wifi") if judged and shown else None
    duties = judged.answer.duties if judged else ()
    duty = next((duty for duty in duties if duty.clause.effect is Effect.WIFI_PROVIDE), None)
    if duty and not shown:
        duty = replace(duty, kept=Kept.UNTESTED, missing=())
    return AreaState(row, {True: "has", False: "without", None: "not_shown"}[free], duty)


def security_facts(wifi_law: WifiLaw) -> tuple[SecurityFact, ...]:
    """The facts shown about the security of zones, in the order of ``zone_store.FACTS``."""
    facts = []
    for fact in FACTS:
        cited = tuple(cited for cited in wifi_law.security if fact in _asks(cited.clause))
        national = tuple(basis for basis in defaults().asked if basis.fact == fact)
        if cited or national:
            facts.append(SecurityFact(fact, cited, national))
    return tuple(facts)


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


def log_days(wifi_law: WifiLaw) -> tuple[int, int]:
    """From how many days on logs are kept long enough, and below how many they are not, by the clauses in force.

    Between the two the number of days decides nothing. Zeros where no clause states a number.
    """
    kept, broken = [0], [0]
    for cited in wifi_law.security:
        kept += _days(cited.clause.kept_when)
        broken += _days(cited.clause.broken_when) or _days(cited.clause.kept_when)
    return max(kept), max(broken)


def _days(check: Check | None) -> list[int]:
    return [
        int(str(part.values[0]))
        for part in _checks(check)
        if part.fact == "log_days" and part.op == "at_least"
    ]


def zone_filter(city_id: int, wifi_law: WifiLaw, **more: Any) -> ZoneFilter:
    """A filter of the zones of a city by the facts shown about their security."""
    return ZoneFilter(
        city_id, log_days(wifi_law), tuple(item.fact for item in security_facts(wifi_law)), **more
    )


def quality(connection: Connection, wifi_law: WifiLaw, city_id: int, by: str) -> Sequence[Any]:
    """Measured quality in the venues the law lists, or the register's own list."""
    return zone_store.quality(connection, city_id, law_lookup.listed_families(wifi_law.duties), by)


def _key(cited: Cited) -> tuple[str, str]:
    return cited.book.key, cited.clause.key
