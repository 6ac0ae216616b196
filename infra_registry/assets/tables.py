"""Assets: one row each, one detail table per kind made from its declared fields, and their places."""

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
)

from infra_registry.assets.fields import Field, FieldType
from infra_registry.assets.kinds import CELL_FIELDS, KINDS, Kind, Status
from infra_registry.db.schema import instant, key, metadata, one_of, refers

ACCESS_CLASSES = ("P0", "P1", "P2", "P3", "P4")

publication = Table(
    "publication",
    metadata,
    key(),
    refers("area_id", "area.id", null=True, index=False),
    Column("kind", Text, nullable=False),
    Column("access_class", Text, nullable=False),
    Column("digest", Text, nullable=False, comment="of the data file it was loaded from"),
    Column("basis", Text),
    Column(
        "min_hosts",
        SmallInteger,
        nullable=False,
        server_default="1",
        comment="in the cell of a blurred asset",
    ),
    CheckConstraint("min_hosts BETWEEN 1 AND 100", name="min_hosts"),
    Index("uq_publication_area_kind", "area_id", "kind", unique=True, postgresql_nulls_not_distinct=True),
    one_of("kind", tuple(Kind)),
    one_of("access_class", ACCESS_CLASSES),
)

publication_field = Table(
    "publication_field",
    metadata,
    refers("publication_id", "publication.id", primary=True, delete="CASCADE"),
    Column("field", Text, primary_key=True),
    Column("access_class", Text, nullable=False),
    one_of("access_class", ACCESS_CLASSES),
)

asset = Table(
    "asset",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_en", Text),
    Column("address", Text),
    Column("status", Text, nullable=False),
    refers("owner_id", "party.id", null=True),
    refers("operator_id", "party.id", null=True),
    refers("controller_id", "party.id", null=True),
    refers("host_id", "asset.id", null=True),
    refers("project_id", "project.id", null=True),
    refers("city_id", "area.id", null=True),
    refers("publication_id", "publication.id"),
    refers("source_id", "source.id", null=True),
    refers("batch_id", "import_batch.id", null=True),
    Column("access_class", Text, nullable=False),
    Column("withheld_reason", Text),
    Column("withheld_review_on", Date),
    Column("owner_stated", Text, comment="the owner as the source words it, where no party is registered"),
    Column("operator_stated", Text, comment="the operator as the source words it"),
    Column("owner_ref", Text, comment="the owner's own reference: the import key with kind and owner"),
    Column("weak_key", Text, comment="rounded place and occurrence where there is no reference"),
    Column("sample", Boolean, nullable=False, server_default="false"),
    Column("valid_from", Date, nullable=False, server_default="2000-01-01"),
    Column("version", Integer, nullable=False, server_default="1"),
    instant("recorded_at"),
    instant("changed_at"),
    refers("recorded_by", "user_account.id", null=True, index=False),
    one_of("kind", tuple(Kind)),
    one_of("status", tuple(Status)),
    one_of("access_class", ACCESS_CLASSES),
    CheckConstraint(
        "access_class <> 'P4' OR (withheld_reason IS NOT NULL AND withheld_review_on IS NOT NULL)",
        name="withheld",
    ),
    CheckConstraint("host_id IS NULL OR host_id <> id", name="host"),
    CheckConstraint("length(name) BETWEEN 1 AND 200", name="name"),
    Index(
        "uq_asset_reference",
        "owner_id",
        "owner_stated",
        "kind",
        "owner_ref",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where="owner_ref IS NOT NULL AND status <> 'retired' AND owner_id IS NOT NULL",
    ),
    # Without a registered owner a reference means one thing within a published source or a stated owner.
    Index(
        "uq_asset_reference_in_source",
        "owner_stated",
        "source_id",
        "kind",
        "owner_ref",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where="owner_ref IS NOT NULL AND status <> 'retired' AND owner_id IS NULL "
        "AND (owner_stated IS NOT NULL OR source_id IS NOT NULL)",
    ),
    Index(
        "uq_asset_weak_key",
        "owner_id",
        "owner_stated",
        "kind",
        "source_id",
        "weak_key",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where="weak_key IS NOT NULL AND status <> 'retired'",
    ),
    Index("ix_asset_name_trgm", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
    Index(
        "ix_asset_address_trgm", "address", postgresql_using="gin", postgresql_ops={"address": "gin_trgm_ops"}
    ),
    Index("ix_asset_kind_status", "kind", "status"),
)

# One row per asset and level some reader may get; the only readable home of geometry of assets.
asset_place = Table(
    "asset_place",
    metadata,
    refers("asset_id", "asset.id", primary=True, delete="CASCADE"),
    Column("level", Text, nullable=False, primary_key=True),
    Column("geom", Geometry("GEOMETRY", 4326, spatial_index=False), nullable=False),
    Column(
        "cell",
        BigInteger,
        nullable=False,
        comment="smallest quad cell (zoom ≤ 14) holding the shown geometry",
    ),
    Column("precision_m", Integer, nullable=False, server_default="0"),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("owner_id", BigInteger),
    Column("operator_id", BigInteger),
    Column("city_id", BigInteger),
    Column("publication_id", BigInteger, nullable=False),
    Column("access_class", Text, nullable=False),
    CheckConstraint("level IN ('exact','hundred','cell')", name="level"),
    CheckConstraint(
        "ST_IsValid(geom) AND NOT ST_IsEmpty(geom) AND ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 "
        "AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90 AND ST_NPoints(geom) <= 100000",
        name="geom",
    ),
    Index("ix_asset_place_geom", "geom", postgresql_using="gist"),
    Index("ix_asset_place_cell", "cell"),
    postgresql_partition_by="LIST (level)",
)

# What the sender sent, beside what was made of it; as confidential as the exact place.
asset_sent_place = Table(
    "asset_sent_place",
    metadata,
    refers("asset_id", "asset.id", primary=True, delete="CASCADE"),
    Column("sent", Text, nullable=False, comment="the sender's own coordinates as text"),
    Column("declared_crs", Text, nullable=False),
    Column("detected_crs", Text),
    Column("method", Text),
    Column("error_m", Double),
)

asset_area = Table(
    "asset_area",
    metadata,
    refers("asset_id", "asset.id", primary=True, delete="CASCADE"),
    Column("level", Text, primary_key=True, comment="the level whose shown geometry lies in the area"),
    refers("area_id", "area.id", primary=True, delete="CASCADE"),
    Index("ix_asset_area_area", "area_id", "level", "asset_id"),
)

place_grant_asset = Table(
    "place_grant_asset",
    metadata,
    refers("grant_id", "place_grant.id", primary=True, delete="CASCADE"),
    refers("asset_id", "asset.id", primary=True, delete="CASCADE"),
    Index("ix_place_grant_asset_asset", "asset_id"),
)

# Declared in kinds.TRANSITIONS; loaded by the migration so that no writer can pass it by.
status_transition = Table(
    "status_transition",
    metadata,
    Column("old_status", Text, primary_key=True),
    Column("new_status", Text, primary_key=True),
)

status_event = Table(
    "status_event",
    metadata,
    key(),
    refers("asset_id", "asset.id", delete="CASCADE"),
    Column("old_status", Text),
    Column("new_status", Text, nullable=False),
    Column("valid_on", Date, nullable=False),
    Column("reason", Text),
    Column(
        "shut_gates",
        ARRAY(Text),
        comment="gates not shown to be open when the fact was recorded: book/clause",
    ),
    instant("recorded_at"),
    refers("recorded_by", "user_account.id", null=True, index=False),
    one_of("new_status", tuple(Status)),
    Index("ix_status_event_shut", "asset_id", postgresql_where="shut_gates IS NOT NULL"),
)


def _column(declared: Field) -> Column[Any]:
    types: dict[FieldType, Any] = {
        FieldType.TEXT: Text(),
        FieldType.CHOICE: Text(),
        FieldType.INTEGER: Integer(),
        FieldType.NUMBER: Double(),
        FieldType.BOOLEAN: Boolean(),
        FieldType.DATE: Date(),
    }
    return Column(declared.name, types[declared.type], nullable=not declared.required)


def _check(declared: Field) -> CheckConstraint | None:
    name = declared.name
    if declared.choices:
        return one_of(name, declared.choices)
    if declared.low is not None and declared.high is not None:
        # NaN sorts above every number in PostgreSQL, so the upper bound refuses it.
        return CheckConstraint(f"{name} BETWEEN {declared.low:g} AND {declared.high:g}", name=name)
    if declared.type is FieldType.TEXT:
        return CheckConstraint(f"length({name}) <= {declared.max_length}", name=name)
    return None


def _typed(fields: tuple[Field, ...]) -> list[Any]:
    checks = [check for check in map(_check, fields) if check is not None]
    return [*map(_column, fields), *checks]


DETAILS: dict[Kind, Table] = {
    kind: Table(
        f"asset_{kind.value}",
        metadata,
        refers("asset_id", "asset.id", primary=True, delete="CASCADE"),
        *_typed(spec.fields),
    )
    for kind, spec in KINDS.items()
}

# One cell of a base station: technology, band and antenna; it stands where its station stands.
cell = Table("cell", metadata, key(), refers("asset_id", "asset.id", delete="CASCADE"), *_typed(CELL_FIELDS))

# A duct runs between two chambers; either end may not be registered yet.
duct_end = Table(
    "duct_end",
    metadata,
    refers("asset_id", "asset.id", primary=True, delete="CASCADE"),
    refers("from_chamber_id", "asset.id", null=True),
    refers("to_chamber_id", "asset.id", null=True),
)
