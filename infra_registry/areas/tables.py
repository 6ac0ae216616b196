"""Areas of several schemes, their dated boundaries, and the published sources things came from."""

from geoalchemy2 import Geometry
from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, Table, Text, UniqueConstraint

from infra_registry.config import DEFAULT_ZONE
from infra_registry.db.schema import instant, key, metadata, one_of, refers

LEVELS = ("country", "province", "city", "district", "subdistrict", "zone")

source = Table(
    "source",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("licence", Text),
    Column("published_on", Date),
    Column("note", Text),
    Column("map_approval", Text, comment="map approval number; without one a map of it is schematic"),
    Column("sample", Boolean, nullable=False, server_default="false"),
    instant("recorded_at"),
)

area = Table(
    "area",
    metadata,
    key(),
    Column("scheme", Text, nullable=False, comment="gb2260, zone or foreign"),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_en", Text),
    Column("level", Text, nullable=False),
    refers("parent_id", "area.id", null=True),
    refers("source_id", "source.id", null=True, index=False),
    Column("time_zone", Text, nullable=False, server_default=DEFAULT_ZONE),
    Column("population", Integer),
    Column("valid_from", Date),
    Column("valid_until", Date),
    UniqueConstraint("scheme", "code"),
    one_of("scheme", ("gb2260", "zone", "foreign")),
    one_of("level", LEVELS),
    CheckConstraint(
        "valid_until IS NULL OR valid_from IS NULL OR valid_until >= valid_from", name="validity"
    ),
    CheckConstraint("population IS NULL OR population >= 0", name="population"),
)

area_boundary = Table(
    "area_boundary",
    metadata,
    key(),
    refers("area_id", "area.id", delete="CASCADE"),
    Column("valid_from", Date, nullable=False, server_default="1900-01-01"),
    Column("valid_until", Date),
    Column("geom", Geometry("MULTIPOLYGON", 4326, spatial_index=False), nullable=False),
    refers("source_id", "source.id", null=True, index=False),
    CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="geom"),
    CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="validity"),
    Index("ix_area_boundary_geom", "geom", postgresql_using="gist"),
)

# Where people live: points or small areas with a count, the demand side of every gap.
inhabited = Table(
    "inhabited",
    metadata,
    key(),
    refers("area_id", "area.id", delete="CASCADE"),
    Column("ref", Text),
    Column("people", Integer, nullable=False),
    Column("geom", Geometry("POINT", 4326, spatial_index=False), nullable=False),
    refers("source_id", "source.id", null=True, index=False),
    Column("basis", Text, nullable=False, server_default="census"),
    instant("recorded_at"),
    CheckConstraint("people >= 0", name="people"),
    Index("ix_inhabited_geom", "geom", postgresql_using="gist"),
)
