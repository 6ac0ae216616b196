"""The kinds of asset, their statuses and what each offers: pure data, the source of tables, forms and schemas."""

from dataclasses import dataclass
from enum import StrEnum

from infra_registry.assets import kind_fields
from infra_registry.assets.fields import Field
from infra_registry.assets.kind_fields import CELL_FIELDS as CELL_FIELDS
from infra_registry.assets.kind_fields import FUNDING as FUNDING
from infra_registry.assets.kind_fields import VENUES as VENUES


class Kind(StrEnum):
    """A kind of registered thing with a place."""

    TOWER = "tower"
    BASE_STATION = "base_station"
    DUCT = "duct"
    CHAMBER = "chamber"
    CABLE = "cable"
    POLE = "pole"
    ROOM = "room"
    WIFI_ZONE = "wifi_zone"
    PUBLIC_BUILDING = "public_building"
    PREMISES = "premises"


class Shape(StrEnum):
    """The geometry family a kind may have."""

    POINT = "point"
    LINE = "line"
    POINT_OR_AREA = "point_or_area"


class Status(StrEnum):
    """Where an asset stands in its life; the legal moves are in ``TRANSITIONS``."""

    PLANNED = "planned"
    BUILDING = "building"
    ACCEPTED = "accepted"
    IN_USE = "in_use"
    IDLE = "idle"
    RETIRED = "retired"


# planned -> building -> accepted -> in_use <-> idle -> retired; a plan or works may be given up.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.PLANNED: frozenset({Status.BUILDING, Status.RETIRED}),
    Status.BUILDING: frozenset({Status.ACCEPTED, Status.IN_USE, Status.RETIRED}),
    Status.ACCEPTED: frozenset({Status.IN_USE, Status.IDLE, Status.RETIRED}),
    Status.IN_USE: frozenset({Status.IDLE, Status.RETIRED}),
    Status.IDLE: frozenset({Status.IN_USE, Status.RETIRED}),
    Status.RETIRED: frozenset(),
}

# Fields that name other rows of the register or are counted from them. Where that row stands exactly on the map, to
# name it is to tell a place: they are shown, filtered by and counted only of an asset that is itself shown exactly.
REFERENCES = frozenset(
    {"host", "ends", "controller", "batch", "operators", "operators_count", "capacity", "presence"}
)

UnitKind = StrEnum(
    "UnitKind",
    {"BORE": "bore", "SLOT": "slot", "PLATFORM": "platform", "RACK": "rack", "ROOF_AREA": "roof_area"},
)


@dataclass(frozen=True, slots=True)
class KindSpec:
    """One kind: geometry family, capacity unit it offers, whether it can host others."""

    kind: Kind
    shape: Shape
    fields: tuple[Field, ...]
    unit: str | None = None
    host: bool = False


_SPECS = (
    KindSpec(Kind.TOWER, Shape.POINT, kind_fields.TOWER, unit="platform", host=True),
    KindSpec(Kind.BASE_STATION, Shape.POINT, kind_fields.BASE_STATION),
    KindSpec(Kind.DUCT, Shape.LINE, kind_fields.DUCT, unit="bore", host=True),
    KindSpec(Kind.CHAMBER, Shape.POINT, kind_fields.CHAMBER, host=True),
    KindSpec(Kind.CABLE, Shape.LINE, kind_fields.CABLE),
    KindSpec(Kind.POLE, Shape.POINT, kind_fields.POLE, unit="slot", host=True),
    KindSpec(Kind.ROOM, Shape.POINT, kind_fields.ROOM, unit="rack", host=True),
    KindSpec(Kind.WIFI_ZONE, Shape.POINT_OR_AREA, kind_fields.WIFI_ZONE),
    KindSpec(
        Kind.PUBLIC_BUILDING,
        Shape.POINT_OR_AREA,
        kind_fields.PUBLIC_BUILDING,
        unit="roof_area",
        host=True,
    ),
    KindSpec(Kind.PREMISES, Shape.POINT_OR_AREA, kind_fields.PREMISES, host=True),
)

KINDS: dict[Kind, KindSpec] = {spec.kind: spec for spec in _SPECS}


def field(kind: Kind, name: str) -> Field:
    """The named field of a kind; KeyError when the kind has none of that name."""
    for candidate in KINDS[kind].fields:
        if candidate.name == name:
            return candidate
    raise KeyError(f"{kind} has no field {name}")
