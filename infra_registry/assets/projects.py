"""Works: area, period, builder, funding, plan designation, and the acts done so far."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from geoalchemy2.shape import from_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from infra_registry import codes
from infra_registry.assets import ledger_store, store


@dataclass(frozen=True, slots=True)
class Act:
    """Something done about works on a day, by whom, known from where."""

    act: str
    done_on: date
    basis: str
    by_whom: str | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """Works to be registered; geometry in EPSG:4326; what is None is not stated.

    ``designated``: the plan designates a site here. ``setting``: where the works stand. ``builds``: kinds of
    infrastructure they make or change. ``in_town``: inside a city or town.
    """

    name: str
    work_kind: str
    geometry: BaseGeometry
    name_en: str | None = None
    builder_id: int | None = None
    funding: str = "not_stated"
    designated: bool | None = None
    setting: str | None = None
    builds: Sequence[str] | None = None
    in_town: bool | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    sample: bool = False
    code: str | None = None


def add(connection: Connection, works: Project, acts: Sequence[Act] = ()) -> int:
    """Register works with their acts; the id. The city follows from the place."""
    values = asdict(works)
    values.pop("geometry")
    values["geom"] = from_shape(works.geometry, 4326)
    values["code"] = works.code or codes.new("works")
    values["city_id"] = store.cities_of(connection, [works.geometry])[0]
    return ledger_store.add_project(connection, values, [asdict(act) for act in acts])
