"""Capacity, presence, agreements and works: who holds what, who serves whom, on which terms."""

from collections.abc import Iterable

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint

from infra_registry.assets.kinds import FUNDING, Kind, UnitKind
from infra_registry.db.schema import instant, key, metadata, one_of, refers

ALLOCATION_STATES = ("reserved", "used", "blocked", "future_need", "released")
DEAL_TYPES = (
    "access",
    "exclusive_access",
    "exclusive_revenue",
    "exclusive_marketing",
    "sale_leaseback",
    "lease",
    "bulk_billing",
    "other",
    "not_stated",
)
SERVICES = ("mobile", "broadband", "wifi", "television", "other")
# Acts of works, in the order of a project's life; rulebooks ask for them by these names.
ACTS = (
    "designated",
    "plan_conforms",
    "reviewed",
    "filed",
    "consulted",
    "consented",
    "agreed",
    "continuity_secured",
    "permitted",
    "started",
    "reserved_room",
    "reserved_power",
    "reserved_duct",
    "reserved_roof",
    "reserved_passage",
    "tested",
    "accepted",
    "acceptance_filed",
    "security_recorded",
    "security_filed",
    "ended",
)
SETTINGS = (
    "new_district",
    "new_compound",
    "industrial_park",
    "urban_road",
    "old_district",
    "old_compound",
    "building",
    "other",
)


def _quoted(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'::text" for value in values)


capacity_unit = Table(
    "capacity_unit",
    metadata,
    key(),
    refers("asset_id", "asset.id", delete="CASCADE"),
    Column("unit_kind", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("quantity_m2", Double, comment="for roof area: how much there is"),
    UniqueConstraint("asset_id", "unit_kind", "ordinal"),
    one_of("unit_kind", tuple(UnitKind)),
    CheckConstraint("(unit_kind = 'roof_area') = (quantity_m2 IS NOT NULL)", name="quantity"),
    CheckConstraint("quantity_m2 BETWEEN 0 AND 1000000", name="quantity_m2"),
)

allocation = Table(
    "allocation",
    metadata,
    key(),
    refers("unit_id", "capacity_unit.id", delete="CASCADE"),
    refers("holder_id", "party.id", null=True),
    Column(
        "holder_stated", Text, comment="the holder as the source words it; null with no holder_id: not stated"
    ),
    Column("state", Text, nullable=False),
    Column("quantity_m2", Double),
    Column("period", DATERANGE, nullable=False),
    refers("agreement_id", "agreement.id", null=True),
    refers("tenant_asset_id", "asset.id", null=True),
    Column("countable", Boolean, nullable=False, server_default="true", comment="false for roof area"),
    Column("note", Text),
    instant("recorded_at"),
    refers("recorded_by", "user_account.id", null=True, index=False),
    one_of("state", ALLOCATION_STATES),
    CheckConstraint("NOT isempty(period)", name="period"),
    CheckConstraint("countable = (quantity_m2 IS NULL)", name="countable"),
    CheckConstraint("quantity_m2 > 0 AND quantity_m2 <= 1000000", name="quantity_m2"),
    # Two live allocations of one countable unit cannot overlap, whoever writes.
    ExcludeConstraint(
        ("unit_id", "="),
        ("period", "&&"),
        name="ex_allocation_overlap",
        using="gist",
        where="countable AND state <> 'released'",
    ),
)

presence = Table(
    "presence",
    metadata,
    key(),
    refers("asset_id", "asset.id", delete="CASCADE"),
    refers("party_id", "party.id"),
    Column("service", Text, nullable=False),
    Column("seen_on", Date, nullable=False),
    Column("ended_on", Date),
    Column("basis", Text, nullable=False, comment="where this is known from"),
    instant("recorded_at"),
    refers("recorded_by", "user_account.id", null=True, index=False),
    UniqueConstraint("asset_id", "party_id", "service", "seen_on"),
    one_of("service", SERVICES),
    CheckConstraint("ended_on IS NULL OR ended_on >= seen_on", name="period"),
)

agreement = Table(
    "agreement",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    refers("asset_id", "asset.id"),
    refers("grantor_id", "party.id", null=True),
    refers("grantee_id", "party.id", null=True),
    Column("deal_type", Text, nullable=False),
    Column("exclusive", Boolean, comment="null: not stated"),
    Column("signed_on", Date),
    Column("period", DATERANGE),
    Column("basis", Text, nullable=False, comment="where this is known from"),
    Column("note", Text),
    Column("sample", Boolean, nullable=False, server_default="false"),
    instant("recorded_at"),
    refers("recorded_by", "user_account.id", null=True, index=False),
    one_of("deal_type", DEAL_TYPES),
)

project = Table(
    "project",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text),
    refers("builder_id", "party.id", null=True),
    refers("city_id", "area.id", null=True),
    Column("work_kind", Text, nullable=False),
    Column("funding", Text, nullable=False, server_default="not_stated"),
    Column("designated", Boolean, comment="the plan designates a base station here; null: not stated"),
    Column("setting", Text, comment="where the works stand; null: not stated"),
    Column(
        "builds", ARRAY(Text), comment="kinds of infrastructure the works make or change; null: not stated"
    ),
    Column("in_town", Boolean, comment="inside a city or town; null: not stated"),
    Column("starts_on", Date),
    Column("ends_on", Date),
    Column("geom", Geometry("GEOMETRY", 4326, spatial_index=False), nullable=False),
    Column("sample", Boolean, nullable=False, server_default="false"),
    Column("version", Integer, nullable=False, server_default="1"),
    instant("recorded_at"),
    refers("recorded_by", "user_account.id", null=True, index=False),
    one_of("work_kind", ("new", "alteration", "extension", "road_works", "removal")),
    one_of("funding", FUNDING),
    one_of("setting", SETTINGS),
    CheckConstraint(f"builds <@ ARRAY[{_quoted(Kind)}]", name="builds"),
    CheckConstraint("ends_on IS NULL OR starts_on IS NULL OR ends_on >= starts_on", name="period"),
    CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="geom"),
    Index("ix_project_geom", "geom", postgresql_using="gist"),
)

project_act = Table(
    "project_act",
    metadata,
    key(),
    refers("project_id", "project.id", delete="CASCADE"),
    Column("act", Text, nullable=False),
    Column("done_on", Date, nullable=False),
    Column("by_whom", Text),
    Column("basis", Text, nullable=False),
    refers("takes_back_id", "project_act.id", null=True, delete="CASCADE", index=False),
    Column("shut_gates", ARRAY(Text), comment="gates not shown to be open when it was recorded: book/clause"),
    instant("recorded_at"),
    refers("recorded_by", "user_account.id", null=True, index=False),
    one_of("act", ACTS),
    # An act is never changed: a row that takes it back stands beside it, and neither counts any more.
    Index(
        "uq_project_act_takes_back",
        "takes_back_id",
        unique=True,
        postgresql_where="takes_back_id IS NOT NULL",
    ),
)
