"""What a row of an import may be about, and the typed fields each target has. Pure."""

from infra_registry.assets.fields import Field, choice, day, integer, text
from infra_registry.assets.kinds import CELL_FIELDS, KINDS, Kind, Status


def _by_name(*fields: Field) -> dict[str, Field]:
    return {field.name: field for field in fields}


# Fields of every asset, beside those of its kind.
OWN = _by_name(
    text("name"),
    text("name_en"),
    text("address", max_length=500),
    choice("status", *Status),
    text("owner"),
    text("operator"),
    text("owner_stated"),
    text("operator_stated"),
    day("valid_from"),
)
# Targets that are no kind of asset.
OTHER = {
    "cell": _by_name(*CELL_FIELDS),
    "area": _by_name(
        choice("scheme", "gb2260", "zone", "foreign", required=True),
        text("code", max_length=60, required=True),
        text("name", required=True),
        text("name_en"),
        choice("level", "country", "province", "city", "district", "subdistrict", "zone", required=True),
        text("parent", max_length=80),
        integer("population", 0, 2_000_000_000),
        text("time_zone", max_length=60),
    ),
    "inhabited": _by_name(
        text("area", max_length=80, required=True),
        text("ref", max_length=80),
        integer("people", 0, 100_000_000, required=True),
        text("basis", max_length=60),
    ),
}


def fields_of(target: str) -> dict[str, Field]:
    """The fields of a target by name; empty for an unknown target."""
    if target in Kind.__members__.values():
        return OWN | _by_name(*KINDS[Kind(target)].fields)
    return OTHER.get(target, {})
