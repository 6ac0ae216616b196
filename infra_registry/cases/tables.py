"""Cases: reports of exclusive agreements, their events, and the identity only handlers may read.

No column holds a sentence somebody wrote: the story, the place in words, names that are not registered
and what the reporter is told are sealed with the case's own key.
"""

from geoalchemy2 import Geometry
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from infra_registry.cases.codes import CAPACITIES, NAMINGS, PARTS, REASONS
from infra_registry.cases.moves import STATES
from infra_registry.db.schema import instant, key, metadata, minute, one_of, refers

case_file = Table(
    "case_file",
    metadata,
    key(),
    Column("number", Text, nullable=False, unique=True, comment="random; the public case number"),
    Column("secret_hash", Text, nullable=False, comment="argon2id of the receipt's secret"),
    Column(
        "form_digest", LargeBinary, nullable=False, unique=True, comment="of the form sent: once, one case"
    ),
    Column("case_kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    refers("city_id", "area.id", null=True),
    refers("district_id", "area.id", null=True),
    refers("asset_id", "asset.id", null=True),
    Column("reason", Text, nullable=False),
    Column(
        "geom",
        Geometry("POINT", 4326, spatial_index=False),
        comment="of releases before 0.3, until the worker has sealed it; else NULL",
    ),
    Column("named", Text, nullable=False, comment="anonymous, confidential or named"),
    Column("capacity", Text, comment="the reporter's standing: resident, tenant …"),
    Column("locale", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False, comment="what was written, under the case's own key"),
    Column("sealed_point", LargeBinary, comment="longitude, latitude or none, under the case's own key"),
    Column("wrapped_key", LargeBinary, comment="the case's key, wrapped; destroyed on erasure"),
    Column("own_keys_since", Date, comment="since when story and identity have keys of their own; else NULL"),
    Column(
        "identity_erased_on", Date, comment="when a rule erased the reporter's identity and kept the story"
    ),
    Column("reported_elsewhere", Boolean, nullable=False),
    refers("assigned_to", "user_account.id", null=True, index=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("happened_on", Date, comment="first day of the month the reporter names"),
    Column("erasure_rule", Text, comment="rule of data/cases/retention.toml by which erasure is due"),
    refers("erasure_by", "user_account.id", null=True, index=False),
    minute("received_at"),
    instant("erased_at", null=True, now=False),
    one_of("case_kind", ("report",)),
    one_of("named", NAMINGS),
    one_of("reason", REASONS),
    one_of("capacity", CAPACITIES),
    one_of("locale", ("zh-Hans", "en")),
    one_of("state", STATES),
    CheckConstraint("geom IS NULL OR (ST_IsValid(geom) AND NOT ST_IsEmpty(geom))", name="geom"),
    CheckConstraint("(wrapped_key IS NULL) = (erased_at IS NOT NULL)", name="erased"),
    CheckConstraint("erasure_by IS NULL OR erasure_rule IS NOT NULL", name="erasure"),
    Index("ix_case_file_received", "received_at"),
)

# P5: the complainant. Sealed with a key of its own; row security lets case handlers only.
case_identity = Table(
    "case_identity",
    metadata,
    refers("case_id", "case_file.id", primary=True, delete="CASCADE"),
    Column("sealed", LargeBinary, nullable=False),
    Column("wrapped_key", LargeBinary, comment="its own key, wrapped; NULL: sealed under the case's key"),
)

case_event = Table(
    "case_event",
    metadata,
    key(),
    refers("case_id", "case_file.id", delete="CASCADE"),
    Column("move", Text, nullable=False),
    Column("old_state", Text),
    Column("new_state", Text, nullable=False),
    Column("reason", Text, comment="code of the reason where the move asks for one"),
    Column("said", LargeBinary, comment="what the complainant is told, under the case's own key"),
    Column("actor_kind", Text, nullable=False),
    refers("actor_id", "user_account.id", null=True, index=False),
    minute("at"),
    one_of("new_state", STATES),
    one_of("actor_kind", ("reporter", "handler", "system")),
)

accused = Table(
    "accused",
    metadata,
    key(),
    refers("case_id", "case_file.id", delete="CASCADE"),
    Column(
        "ord", SmallInteger, nullable=False, comment="place in the list; a name in words is sealed under it"
    ),
    refers("party_id", "party.id", null=True),
    Column("part", Text, nullable=False),
    one_of("part", PARTS),
    UniqueConstraint("case_id", "ord"),
)
