"""What the law in force says of WiFi in an area: the one place coverage asks."""

from datetime import date

from sqlalchemy import Connection

from infra_registry.coverage.wifi.defaults import wifi as defaults
from infra_registry.duties.inforce.law import Law, law
from infra_registry.duties.judging.area_law import Speaking, area_codes, listed_values, speaking
from infra_registry.rules.model import Effect

EFFECTS = (Effect.WIFI_PROVIDE, Effect.VENUE_COVERAGE)


def of_wifi(connection: Connection, area_id: int, on: date) -> Speaking:
    """What holds on free WiFi and on coverage of venues in an area on a day."""
    return said(law(connection), area_codes(connection, area_id), on)


def said(in_force: Law, areas: frozenset[str], on: date) -> Speaking:
    """The same of areas by the names the rulebooks know them by."""
    return speaking(in_force, areas, EFFECTS, on)


def families(connection: Connection, area_id: int, on: date) -> tuple[str, ...]:
    """The venue families the law of the area lists, or the register's own where it lists none."""
    return of_said(of_wifi(connection, area_id, on))


def of_said(found: Speaking) -> tuple[str, ...]:
    """The venue families these clauses list, each once, or the register's own."""
    listed = [
        family for cited in found.of(Effect.VENUE_COVERAGE) for family in listed_values(cited.clause, "venue")
    ]
    return tuple(dict.fromkeys(listed)) or defaults().families
