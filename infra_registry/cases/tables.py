"""Cases: reports of exclusive agreements, their events, and the identity only handlers may read."""

from geoalchemy2 import Geometry
from sqlalchemy import Column, Date, Index, Integer, LargeBinary, Table, Text

from infra_registry.db.schema import instant, key, metadata, one_of, refers

case_file = Table(
    "case_file",
    metadata,
    key(),
    Column("number", Text, nullable=False, unique=True, comment="random; the public case number"),
    Column("secret_hash", Text, nullable=False, comment="argon2id of the receipt's secret"),
    Column("case_kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    refers("city_id", "area.id", null=True),
    refers("asset_id", "asset.id", null=True),
    Column("reason", Text, nullable=False),
    Column("place_text", Text, nullable=False),
    Column("geom", Geometry("POINT", 4326, spatial_index=False)),
    Column("named", Text, nullable=False, comment="anonymous, confidential or named"),
    Column("capacity", Text, comment="the reporter's standing: resident, tenant …"),
    Column("locale", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False, comment="the story, encrypted with the case's own key"),
    Column("wrapped_key", LargeBinary, comment="the case's key, wrapped; destroyed on erasure"),
    Column("reported_elsewhere", Text),
    refers("assigned_to", "user_account.id", null=True, index=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("happened_on", Date),
    instant("received_at"),
    one_of("case_kind", ("report",)),
    one_of("named", ("anonymous", "confidential", "named")),
    one_of("locale", ("zh-Hans", "en")),
    one_of("state", ("received", "checking", "accepted", "not_accepted")),
    Index("ix_case_file_geom", "geom", postgresql_using="gist"),
)

# P5: the complainant. Sealed with the case's key; row security lets case handlers only.
case_identity = Table(
    "case_identity",
    metadata,
    refers("case_id", "case_file.id", primary=True, delete="CASCADE"),
    Column("sealed", LargeBinary, nullable=False),
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
    Column("said", Text, comment="what the complainant is told"),
    Column("actor_kind", Text, nullable=False),
    refers("actor_id", "user_account.id", null=True, index=False),
    instant("at"),
    one_of("actor_kind", ("reporter", "handler", "system")),
)

accused = Table(
    "accused",
    metadata,
    key(),
    refers("case_id", "case_file.id", delete="CASCADE"),
    refers("party_id", "party.id", null=True),
    Column("stated", Text, nullable=False),
    Column("part", Text, nullable=False),
    one_of("part", ("carrier", "property_manager", "developer", "owners_committee", "other")),
)
