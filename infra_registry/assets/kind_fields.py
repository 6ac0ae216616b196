"""The typed fields of each kind: pure data that columns, forms, schemas and import targets are made from.

Field lists follow the best published registers: supports, stations and antennas of the
French antenna register, ducts and poles of GraceTHD, hotspots of New York, sites of Tokyo.
"""

from infra_registry.assets.fields import Field, choice, day, flag, integer, number, text

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


TOWER = (
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
)

BASE_STATION = (
    text("licence_number", max_length=60),
    day("licence_until"),
    day("permitted_on"),
    day("modified_on"),
    day("in_service_on"),
)

DUCT = (
    integer("bore_count", 1, 200),
    number("inner_diameter_mm", 1, 2000),
    number("outer_diameter_mm", 1, 2500),
    choice("material", "pvc", "pe", "steel", "concrete", "cement", "other"),
    number("cover_depth_m", 0, 50),
    choice("position_class", "a", "b", "c"),
    day("mandrel_tested_on"),
    day("built_on"),
)

CHAMBER = (
    choice("chamber_type", "manhole", "handhole", "vault", "cabinet"),
    number("length_m", 0, 50),
    number("width_m", 0, 50),
    number("depth_m", 0, 50),
    text("lock", max_length=60),
)

CABLE = (
    choice("laying", "overhead", "in_duct", "buried"),
    choice("medium", "fibre", "copper", "coax"),
    integer("fibre_count", 1, 10000),
    integer("fibres_free", 0, 10000),
    day("built_on"),
)

POLE = (
    choice("use", "street_light", "traffic_signal", "cctv", "power", "telecom", "sign", "smart", "other"),
    number("height_m", 0, 100),
    choice("material", "steel", "concrete", "wood", "composite", "aluminium", "other"),
    integer("slot_count", 0, 50),
    number("remaining_load_dan", 0, 100000),
    day("load_studied_on"),
    flag("power_available"),
    text("site_name"),
)

ROOM = (
    number("floor_area_m2", 0, 100000),
    integer("rack_count", 0, 10000),
    number("power_kva", 0, 100000),
    flag("backup_power"),
    text("access_hours"),
    day("built_on"),
)

WIFI_ZONE = (
    text("ssid", max_length=64),
    flag("free"),
    choice("setting", "indoor", "outdoor", "mixed"),
    choice("login_manner", "none", "phone_code", "real_name", "account", "portal"),
    integer("login_limit_min", 0, 1440),
    number("reach_m", 1, 2000),
    flag("security_measures"),
    text("security_filing", max_length=100),
    integer("log_days", 0, 3650),
    text("responsible", max_length=120),
    number("measured_down_mbps", 0, 100000),
    number("measured_up_mbps", 0, 100000),
    number("measured_latency_ms", 0, 100000),
    day("measured_on"),
)

PUBLIC_BUILDING = (
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
)

PREMISES = (
    choice("premises_type", "residential", "commercial", "industrial_park", "mixed"),
    integer("household_count", 0, 1000000),
    integer("floor_count", 0, 300),
    integer("building_count", 0, 10000),
    choice("network_owner", "developer", "owners", "carrier", "property_manager", "other", "not_stated"),
    day("network_accepted_on"),
    day("built_on"),
)

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
