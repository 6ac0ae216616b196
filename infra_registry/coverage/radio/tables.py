"""Results of a radio run: layers, published classes, gaps, remedies and chosen sets, per edition.

``internal`` is for regulators of the area; ``public`` is computed from places as everybody sees them and is read by
others once the run was made public. Levels (dBm) and best cells exist only in rasters of the internal edition.
"""

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from infra_registry.coverage.runs.published import PUBLIC_ZOOM
from infra_registry.db.schema import key, metadata, one_of, refers

EDITIONS = ("internal", "public")
COMPARED = ("new", "grown", "same", "shrunk", "closed")
CANDIDATE_KINDS = ("host", "project", "new_site")

# One operator and technology, or `any` of them, over the whole area.
radio_layer = Table(
    "radio_layer",
    metadata,
    key(),
    refers("run_id", "coverage_run.id", delete="CASCADE"),
    Column("edition", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("operator", Text, nullable=False, comment="party code, stated:<as worded>, not_stated or any"),
    refers("operator_id", "party.id", null=True),
    Column("technology", Text, nullable=False, comment="a technology of cells, or any"),
    Column("stations", Integer, nullable=False),
    Column("cells", Integer, nullable=False),
    Column("cells_defaulted", Integer, nullable=False, comment="cells with at least one documented default"),
    Column("raster_digest", Text, comment="level, best cell and class as GeoTIFF; internal only"),
    Column("stats", JSONB, nullable=False, comment="square metres and people by class, by district"),
    UniqueConstraint("run_id", "edition", "operator", "technology"),
    one_of("edition", EDITIONS),
    CheckConstraint("edition = 'internal' OR raster_digest IS NULL", name="raster"),
)

# Published classes, and nothing finer: quad cells of PUBLIC_ZOOM.
radio_class = Table(
    "radio_class",
    metadata,
    refers("layer_id", "radio_layer.id", primary=True, delete="CASCADE"),
    Column("x", Integer, primary_key=True),
    Column("y", Integer, primary_key=True),
    Column("signal_class", SmallInteger, nullable=False, comment="0 none … 5 best"),
    CheckConstraint("signal_class BETWEEN 0 AND 5", name="signal_class"),
    CheckConstraint(f"x >= 0 AND x < {1 << PUBLIC_ZOOM} AND y >= 0 AND y < {1 << PUBLIC_ZOOM}", name="cell"),
)

radio_gap = Table(
    "radio_gap",
    metadata,
    key(),
    refers("layer_id", "radio_layer.id", delete="CASCADE"),
    Column("ordinal", Integer, nullable=False, comment="rank within the edition of the run, 1 first"),
    refers("district_id", "area.id", null=True, index=False),
    Column("area_m2", Double, nullable=False),
    Column("people", Double, comment="null: fewer than five, or no population is known"),
    Column("venues", Integer, nullable=False),
    Column("road_m", Double, comment="null: no roads are known"),
    Column("compared", Text, comment="with the earlier run; null without one"),
    Column("earlier_people", Double),
    Column("earlier_area_m2", Double),
    Column("geom", Geometry("MULTIPOLYGON", 4326, spatial_index=False), nullable=False),
    UniqueConstraint("layer_id", "ordinal"),
    one_of("compared", COMPARED),
    CheckConstraint("area_m2 BETWEEN 0 AND 1e14", name="area_m2"),
    CheckConstraint("people BETWEEN 0 AND 1e10", name="people"),
    CheckConstraint("road_m BETWEEN 0 AND 1e10", name="road_m"),
    CheckConstraint(
        "earlier_people BETWEEN 0 AND 1e10 AND earlier_area_m2 BETWEEN 0 AND 1e14", name="earlier"
    ),
    CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="geom"),
    Index("ix_radio_gap_geom", "geom", postgresql_using="gist"),
)

# A candidate that would serve part of a gap. Places of other owners' hosts are read from the register at the
# reader's level; only sites that are in no register carry a place here.
remedy = Table(
    "remedy",
    metadata,
    key(),
    refers("run_id", "coverage_run.id", delete="CASCADE"),
    Column("edition", Text, nullable=False),
    Column(
        "ordinal", Integer, nullable=False, comment="1 first: share before works before new, then by people"
    ),
    Column("candidate_kind", Text, nullable=False),
    refers("asset_id", "asset.id", null=True, delete="CASCADE"),
    refers("project_id", "project.id", null=True, delete="CASCADE"),
    Column("technology", Text, nullable=False),
    Column("people_gained", Double),
    Column("area_gained_m2", Double, nullable=False),
    Column("free_units", Integer, comment="free slots or platforms; null: not registered"),
    Column("opening_state", Text),
    Column(
        "duty",
        JSONB(none_as_null=True),
        comment="rulebook, clause, standing and whether kept; null: no duty is known",
    ),
    Column(
        "obstacles",
        JSONB,
        nullable=False,
        server_default="[]",
        comment="[{key, params}]: what stands in its way",
    ),
    Column(
        "assumed",
        JSONB,
        nullable=False,
        server_default="{}",
        comment="height, EIRP and band that were assumed",
    ),
    Column("geom", Geometry("POINT", 4326, spatial_index=False), comment="of a new site only"),
    UniqueConstraint("run_id", "edition", "ordinal"),
    one_of("edition", EDITIONS),
    one_of("candidate_kind", CANDIDATE_KINDS),
    CheckConstraint("people_gained BETWEEN 0 AND 1e10", name="people_gained"),
    CheckConstraint("area_gained_m2 BETWEEN 0 AND 1e14", name="area_gained_m2"),
    CheckConstraint("(candidate_kind = 'host') = (asset_id IS NOT NULL)", name="host"),
    CheckConstraint("(candidate_kind = 'project') = (project_id IS NOT NULL)", name="project"),
    CheckConstraint("(candidate_kind = 'new_site') = (geom IS NOT NULL)", name="new_site"),
)

# What a remedy would give to a gap.
remedy_gap = Table(
    "remedy_gap",
    metadata,
    refers("remedy_id", "remedy.id", primary=True, delete="CASCADE"),
    refers("gap_id", "radio_gap.id", primary=True, delete="CASCADE"),
    Column("people_gained", Double),
    Column("area_gained_m2", Double, nullable=False),
    CheckConstraint("people_gained BETWEEN 0 AND 1e10", name="people_gained"),
    CheckConstraint("area_gained_m2 BETWEEN 0 AND 1e14", name="area_gained_m2"),
    Index("ix_remedy_gap_gap", "gap_id"),
)

# A chosen set with its proven bound.
remedy_set = Table(
    "remedy_set",
    metadata,
    key(),
    refers("run_id", "coverage_run.id", delete="CASCADE"),
    Column("edition", Text, nullable=False),
    Column("aim", Text, nullable=False),
    Column(
        "wanted",
        Double,
        nullable=False,
        comment="budget: how many sites; target: share of the people in gaps",
    ),
    Column("people", Double, nullable=False, comment="whom the set serves, weighted as the run weighs them"),
    Column(
        "bound",
        Double,
        nullable=False,
        comment="budget: nobody serves more; target: nobody needs fewer sites",
    ),
    Column("method", Text, nullable=False, comment="what proved the bound"),
    Column("chosen", ARRAY(Integer), nullable=False, comment="ordinals of remedies, in order of choice"),
    Column("reasons", JSONB, nullable=False, comment="one {key, params} per chosen"),
    Column(
        "lifted",
        Boolean,
        nullable=False,
        server_default="false",
        comment="as if refusals and exclusive agreements did not stand in the way",
    ),
    UniqueConstraint("run_id", "edition", "aim", "wanted", "lifted"),
    one_of("edition", EDITIONS),
    one_of("aim", ("target", "budget")),
    CheckConstraint(
        "wanted BETWEEN 0 AND 1e10 AND people BETWEEN 0 AND 1e10 AND bound BETWEEN 0 AND 1e10", name="figures"
    ),
)
