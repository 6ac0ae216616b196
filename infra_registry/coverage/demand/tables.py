"""Population as zones with counts, roads, and rasters kept whole: what a gap is weighed by.

Points with counts stand in ``inhabited``. The ground itself (terrain) is a raster like population is.
"""

from geoalchemy2 import Geometry
from sqlalchemy import Boolean, CheckConstraint, Column, Date, Double, Index, Table, Text

from infra_registry.db.schema import instant, key, metadata, one_of, refers

# A polygon with a count: a census zone, or a whole commune whose total is spread over it.
population_zone = Table(
    "population_zone",
    metadata,
    key(),
    refers("area_id", "area.id", delete="CASCADE"),
    Column("ref", Text),
    Column("people", Double, nullable=False),
    Column("counted_on", Date),
    Column("basis", Text, nullable=False, comment="how the count came to the polygon, in words"),
    refers("source_id", "source.id", null=True, index=False),
    Column("sample", Boolean, nullable=False, server_default="false"),
    Column("geom", Geometry("MULTIPOLYGON", 4326, spatial_index=False), nullable=False),
    instant("recorded_at"),
    CheckConstraint("people BETWEEN 0 AND 1e10", name="people"),
    CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="geom"),
    Index("ix_population_zone_geom", "geom", postgresql_using="gist"),
)

road = Table(
    "road",
    metadata,
    key(),
    refers("area_id", "area.id", delete="CASCADE"),
    Column("ref", Text),
    Column("name", Text),
    Column("road_class", Text),
    refers("source_id", "source.id", null=True, index=False),
    Column("sample", Boolean, nullable=False, server_default="false"),
    Column("geom", Geometry("MULTILINESTRING", 4326, spatial_index=False), nullable=False),
    instant("recorded_at"),
    CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="geom"),
    Index("ix_road_geom", "geom", postgresql_using="gist"),
)

# A raster in the file store, whole and as it was sent; read in windows when a run needs it.
raster_source = Table(
    "raster_source",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    refers("area_id", "area.id", delete="CASCADE"),
    Column("digest", Text, nullable=False),
    Column("crs", Text, nullable=False),
    Column("resolution_m", Double, nullable=False),
    Column("people", Double, comment="sum of a population raster without nodata"),
    Column("vintage", Text),
    refers("source_id", "source.id", null=True, index=False),
    Column("covers", Geometry("POLYGON", 4326, spatial_index=False), nullable=False),
    instant("recorded_at"),
    one_of("role", ("population", "terrain")),
    CheckConstraint("people IS NULL OR people BETWEEN 0 AND 1e10", name="people"),
    CheckConstraint("resolution_m BETWEEN 0.01 AND 1e5", name="resolution_m"),
    Index("ix_raster_source_covers", "covers", postgresql_using="gist"),
)
