"""The law in force on WiFi in an area, for all of coverage."""

from datetime import date

from sqlalchemy import Connection

from infra_registry.coverage.wifi.defaults import wifi as defaults
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging.area_law import Speaking, area_codes, listed_values, speaking
from infra_registry.rules.model import Effect

EFFECTS = (Effect.WIFI_PROVIDE, Effect.VENUE_COVERAGE)


def of_wifi(connection: Connection, area_id: int, on: date) -> Speaking:
    """Clauses on free WiFi and on coverage of venues for an area on a day."""
    return speaking(law(connection), area_codes(connection, area_id), EFFECTS, on)


def families(connection: Connection, area_id: int, on: date) -> tuple[str, ...]:
    """The venue families the law of the area lists, or the register's own where it lists none."""
    return listed_families(of_wifi(connection, area_id, on))


def listed_families(clauses: Speaking) -> tuple[str, ...]:
    """The venue families these clauses list, each once, or the register's own."""
    listed = [
        family
        for cited in clauses.of(Effect.VENUE_COVERAGE)
        for family in listed_values(cited.clause, "venue")
    ]
    return tuple(dict.fromkeys(listed)) or defaults().families
