"""What waits for the consent of the parties it names: the draft itself, for it is no asset before they agree."""

from sqlalchemy import ARRAY, BigInteger, Column, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from infra_registry.db.schema import instant, key, metadata, one_of, refers

STATES = ("waiting", "agreed", "refused", "withdrawn")

consent = Table(
    "consent",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    Column("parties", ARRAY(BigInteger), nullable=False, comment="whose consent is asked"),
    Column("missing", ARRAY(BigInteger), nullable=False, comment="those of them who have not agreed yet"),
    Column("name", Text, nullable=False, comment="of the asset, or of the file"),
    Column("kind", Text, comment="of the asset; none for rows of a file"),
    refers("asset_id", "asset.id", null=True, delete="CASCADE", index=False),
    refers("batch_id", "import_batch.id", null=True, delete="CASCADE"),
    Column("row_count", Integer, nullable=False, server_default="1"),
    Column(
        "draft", JSONB, nullable=False, comment="what is written once all agree; rows of a file stay staged"
    ),
    refers("city_id", "area.id", null=True, index=False),
    refers("asked_by", "user_account.id", index=False),
    refers("asked_party", "party.id"),
    instant("asked_at"),
    Column("state", Text, nullable=False, server_default="waiting"),
    refers("decided_by", "user_account.id", null=True, index=False),
    instant("decided_at", null=True, now=False),
    Column("reason", Text),
    one_of("state", STATES),
    # One change of hands at a time.
    Index("uq_consent_asset", "asset_id", unique=True, postgresql_where="state = 'waiting'"),
    Index("ix_consent_parties", "parties", postgresql_using="gin"),
)
