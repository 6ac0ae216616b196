"""How free WiFi stands in a city: key public areas, security of zones, quality in venues, what the law says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry.coverage import speaking, zone_store
from infra_registry.coverage.defaults import Logs, WifiDefaults
from infra_registry.coverage.defaults import wifi as defaults
from infra_registry.coverage.zone_store import FACTS, ZoneFilter
from infra_registry.duties import asking, key_area_store
from infra_registry.duties.area_law import Cited, Speaking, area_codes, stating
from infra_registry.duties.law import Law
from infra_registry.rules.engine import Duty
from infra_registry.rules.model import Effect, SubjectKind


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
    """A fact about the security of zones, the clauses that ask for it, and whether national rules do."""

    fact: str
    cited: tuple[Cited, ...]
    national: tuple[Logs, ...]


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
    duties = speaking.said(law, areas, on)
    stated = stating(law, areas, defaults().statements, on)
    security = tuple(cited for cited in stated.clauses if cited.clause.effect is Effect.WIFI_SECURITY)
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
    """Facts asked about the security of zones, in the order they are shown."""
    rules = defaults()
    named = {fact for cited in said.security for fact in cited.clause.evidence}
    return tuple(
        Asked(
            fact,
            tuple(cited for cited in said.security if fact in cited.clause.evidence),
            rules.logs if fact == "log_days" else (),
        )
        for fact in FACTS
        if fact in named or fact in rules.security
    )


def zone_filter(city_id: int, facts: Sequence[Asked], **more: Any) -> ZoneFilter:
    """A filter of the zones of a city by what is asked about them."""
    return ZoneFilter(city_id, defaults().log_days, tuple(item.fact for item in facts), **more)


def quality(connection: Connection, said: Said, city_id: int, by: str) -> Sequence[Any]:
    """Measured quality in the venues the law lists, or the register's own list."""
    return zone_store.quality(connection, city_id, speaking.of_said(said.duties), by)


def numbers() -> WifiDefaults:
    """The register's own numbers on WiFi, with their basis."""
    return defaults()


def _key(cited: Cited) -> tuple[str, str]:
    return cited.book.key, cited.clause.key
