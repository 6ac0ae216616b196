"""Runs of every method, and the gaps of free WiFi. Runs are internal; what is public is said per run."""

from geoalchemy2 import Geometry
from sqlalchemy import Boolean, CheckConstraint, Column, Date, Double, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from infra_registry.db.schema import instant, key, metadata, one_of, refers

coverage_run = Table(
    "coverage_run",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    Column("method", Text, nullable=False),
    refers("area_id", "area.id"),
    Column("parameters", JSONB, nullable=False),
    Column("inputs_digest", Text),
    Column("model", Text, nullable=False),
    Column("public", Boolean, nullable=False, server_default="false"),
    Column("as_of", Date, nullable=False),
    Column("summary", JSONB),
    refers("job_id", "job.id", null=True, index=False),
    refers("user_id", "user_account.id", null=True, index=False),
    refers("same_as_id", "coverage_run.id", null=True, delete="SET NULL"),
    refers("compared_with_id", "coverage_run.id", null=True, delete="SET NULL"),
    instant("asked_at"),
    instant("ended_at", null=True, now=False),
    one_of("method", ("wifi_reach", "radio")),
    CheckConstraint("same_as_id IS NULL OR NOT public", name="same_as"),
    Index("ix_coverage_run_digest", "inputs_digest"),
)

coverage_gap = Table(
    "coverage_gap",
    metadata,
    key(),
    refers("run_id", "coverage_run.id", delete="CASCADE"),
    Column("gap_kind", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    refers("district_id", "area.id", null=True, index=False),
    refers("asset_id", "asset.id", null=True),
    Column("venue", Text),
    Column("people", Integer),
    Column("nearest_m", Double, comment="to the nearest free zone; null when there is none in the area"),
    refers("key_area_id", "key_area.id", null=True, delete="CASCADE"),
    Column("zones_in_reach", Integer, comment="free zones that reach a key area, though not all of it"),
    Column("share", Double, comment="of the surface of a key area within reach; null when it is a point"),
    Column("geom", Geometry("GEOMETRY", 4326, spatial_index=False), nullable=False),
    one_of("gap_kind", ("venue", "inhabited", "key_area")),
    CheckConstraint("(gap_kind = 'key_area') = (key_area_id IS NOT NULL)", name="key_area"),
    CheckConstraint("share IS NULL OR share BETWEEN 0 AND 1", name="share"),
    CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="geom"),
    Index("ix_coverage_gap_geom", "geom", postgresql_using="gist"),
)
