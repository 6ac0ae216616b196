"""The kinds of asset and their typed fields: pure data, the source of columns, forms and schemas.

Field lists follow the best published registers: supports, stations and antennas of the
French antenna register, ducts and poles of GraceTHD, hotspots of New York, sites of Tokyo.
"""

from dataclasses import dataclass
from enum import StrEnum

from infra_registry.assets.fields import Field, choice, day, flag, integer, number, text


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

UnitKind = StrEnum(
    "UnitKind",
    {"BORE": "bore", "SLOT": "slot", "PLATFORM": "platform", "RACK": "rack", "ROOF_AREA": "roof_area"},
)

# Venue families of public places; "other" because the lists of the law are open.
VENUES = (
    "public_transport",
    "admin_office",
    "tourist_site",
    "hospital",
    "university",
    "commercial_finance",
    "school",
    "sports_venue",
    "culture",
    "station",
    "park",
    "social_housing",
    "other",
)
FUNDING = ("government", "government_majority", "mixed", "private", "not_stated")


@dataclass(frozen=True, slots=True)
class KindSpec:
    """One kind: code letter, geometry family, capacity unit it offers, whether it can host others."""

    kind: Kind
    letter: str
    shape: Shape
    fields: tuple[Field, ...]
    unit: str | None = None
    host: bool = False


_SPECS = (
    KindSpec(
        Kind.TOWER,
        "T",
        Shape.POINT,
        (
            choice(
                "structure_type",
                "lattice",
                "monopole",
                "guyed",
                "rooftop",
                "water_tower",
                "building",
                "silo",
                "church",
                "pylon_power",
                "mast_light",
                "other",
            ),
            number("height_m", 0, 1000),
            number("ground_elevation_m", -500, 9000),
            integer("platform_count", 0, 50),
            number("remaining_load_kn", 0, 10000),
            day("built_on"),
            text("power_supply"),
            text("land_owner"),
        ),
        unit="platform",
        host=True,
    ),
    KindSpec(
        Kind.BASE_STATION,
        "B",
        Shape.POINT,
        (
            text("licence_number", max_length=60),
            day("licence_until"),
            day("permitted_on"),
            day("modified_on"),
            day("in_service_on"),
        ),
    ),
    KindSpec(
        Kind.DUCT,
        "D",
        Shape.LINE,
        (
            integer("bore_count", 1, 200),
            number("inner_diameter_mm", 1, 2000),
            number("outer_diameter_mm", 1, 2500),
            choice("material", "pvc", "pe", "steel", "concrete", "cement", "other"),
            number("cover_depth_m", 0, 50),
            choice("position_class", "a", "b", "c"),
            day("mandrel_tested_on"),
            day("built_on"),
        ),
        unit="bore",
        host=True,
    ),
    KindSpec(
        Kind.CHAMBER,
        "C",
        Shape.POINT,
        (
            choice("chamber_type", "manhole", "handhole", "vault", "cabinet"),
            number("length_m", 0, 50),
            number("width_m", 0, 50),
            number("depth_m", 0, 50),
            text("lock", max_length=60),
        ),
        host=True,
    ),
    KindSpec(
        Kind.CABLE,
        "L",
        Shape.LINE,
        (
            choice("laying", "overhead", "in_duct", "buried"),
            choice("medium", "fibre", "copper", "coax"),
            integer("fibre_count", 1, 10000),
            integer("fibres_free", 0, 10000),
            day("built_on"),
        ),
    ),
    KindSpec(
        Kind.POLE,
        "P",
        Shape.POINT,
        (
            choice(
                "use", "street_light", "traffic_signal", "cctv", "power", "telecom", "sign", "smart", "other"
            ),
            number("height_m", 0, 100),
            choice("material", "steel", "concrete", "wood", "composite", "aluminium", "other"),
            integer("slot_count", 0, 50),
            number("remaining_load_dan", 0, 100000),
            day("load_studied_on"),
            flag("power_available"),
            text("site_name"),
        ),
        unit="slot",
        host=True,
    ),
    KindSpec(
        Kind.ROOM,
        "R",
        Shape.POINT,
        (
            number("floor_area_m2", 0, 100000),
            integer("rack_count", 0, 10000),
            number("power_kva", 0, 100000),
            flag("backup_power"),
            text("access_hours"),
            day("built_on"),
        ),
        unit="rack",
        host=True,
    ),
    KindSpec(
        Kind.WIFI_ZONE,
        "W",
        Shape.POINT_OR_AREA,
        (
            text("ssid", max_length=64),
            flag("free"),
            choice("setting", "indoor", "outdoor", "mixed"),
            choice("login_manner", "none", "phone_code", "real_name", "account", "portal"),
            integer("login_limit_min", 0, 1440),
            number("reach_m", 1, 2000),
            flag("security_measures"),
            text("security_filing", max_length=100),
            integer("log_days", 0, 3650),
            number("measured_down_mbps", 0, 100000),
            number("measured_up_mbps", 0, 100000),
            number("measured_latency_ms", 0, 100000),
            day("measured_on"),
        ),
    ),
    KindSpec(
        Kind.PUBLIC_BUILDING,
        "G",
        Shape.POINT_OR_AREA,
        (
            choice("form", "building", "facility", "land", "road"),
            choice("venue", *VENUES),
            choice(
                "controller_type",
                "public_institution",
                "state_organ",
                "state_company",
                "private",
                "not_stated",
            ),
            choice("funding", *FUNDING),
            number("height_m", 0, 1000),
            number("roof_area_m2", 0, 1000000),
            choice("roof_type", "flat", "pitched", "other"),
            number("roof_load_kn_m2", 0, 1000),
            number("power_kva", 0, 100000),
            flag("fibre_entry"),
            text("access_hours"),
            flag("protected"),
            text("security_ground"),
            day("surveyed_on"),
        ),
        unit="roof_area",
        host=True,
    ),
    KindSpec(
        Kind.PREMISES,
        "E",
        Shape.POINT_OR_AREA,
        (
            choice("premises_type", "residential", "commercial", "industrial_park", "mixed"),
            integer("household_count", 0, 1000000),
            integer("floor_count", 0, 300),
            integer("building_count", 0, 10000),
            choice(
                "network_owner", "developer", "owners", "carrier", "property_manager", "other", "not_stated"
            ),
            day("network_accepted_on"),
            day("built_on"),
        ),
        host=True,
    ),
)

KINDS: dict[Kind, KindSpec] = {spec.kind: spec for spec in _SPECS}

# A cell is a row of a base station, not an asset: it has no place of its own.
CELL_FIELDS: tuple[Field, ...] = (
    text("cell_ref", max_length=80),
    text("antenna_ref", max_length=80),
    choice(
        "technology",
        "2g",
        "3g",
        "4g",
        "5g",
        "nb_iot",
        "microwave",
        "broadcast",
        "pmr",
        "other",
        required=True,
    ),
    text("system_name", max_length=60),
    number("band_low_mhz", 0, 300000),
    number("band_high_mhz", 0, 300000),
    number("azimuth_deg", 0, 360),
    number("antenna_height_m", 0, 1000),
    number("tilt_deg", -90, 90),
    number("eirp_dbm", -50, 120),
    choice("directivity", "directional", "omni"),
    text("antenna_type", max_length=80),
    number("antenna_size_m", 0, 100),
)


def field(kind: Kind, name: str) -> Field:
    """The named field of a kind; KeyError when the kind has none of that name."""
    for candidate in KINDS[kind].fields:
        if candidate.name == name:
            return candidate
    raise KeyError(f"{kind} has no field {name}")
