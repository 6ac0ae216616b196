"""Imports: the batch, its files, its staged rows and every finding about them."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from infra_registry.db.schema import instant, key, metadata, one_of, refers

import_batch = Table(
    "import_batch",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    refers("user_id", "user_account.id", null=True),
    refers("party_id", "party.id", null=True),
    refers("source_id", "source.id", null=True),
    refers("job_id", "job.id", null=True),
    Column("file_name", Text, nullable=False),
    Column("file_hash", Text, nullable=False),
    Column("byte_count", BigInteger, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("mapping_digest", Text),
    Column("declared_crs", Text),
    Column("mode", Text, nullable=False, server_default="delta"),
    Column("dry_run", Boolean, nullable=False, server_default="false"),
    Column("state", Text, nullable=False, server_default="received"),
    Column("rows_read", Integer, nullable=False, server_default="0"),
    Column("rows_staged", Integer, nullable=False, server_default="0"),
    Column("rows_faulty", Integer, nullable=False, server_default="0"),
    Column("rows_written", Integer, nullable=False, server_default="0"),
    instant("received_at"),
    instant("decided_at", null=True, now=False),
    refers("decided_by", "user_account.id", null=True, index=False),
    one_of("state", ("received", "checking", "staged", "accepted", "refused", "failed", "undone")),
    one_of("mode", ("delta", "snapshot")),
)

staged_row = Table(
    "staged_row",
    metadata,
    key(),
    refers("batch_id", "import_batch.id", delete="CASCADE", index=False),
    Column("part", Text, nullable=False, comment="sheet or layer of the file"),
    Column("row_number", Integer, nullable=False, comment="as the sender counts it, the header being row 1"),
    Column("target", Text, nullable=False, comment="kind of asset, cell, area or party"),
    Column("key", Text, nullable=False),
    Column("parent_key", Text),
    Column("weak", Boolean, nullable=False, server_default="false"),
    Column("values", JSONB, nullable=False),
    Column("geom_wkb", Text, comment="hex WKB in EPSG:4326"),
    Column("sent", Text),
    Column("faulty", Boolean, nullable=False, server_default="false"),
    Column("outcome", Text, comment="new, changed, unchanged, repeated"),
    Column("asset_id", BigInteger, comment="the asset written; no foreign key, for it may be undone"),
    Column("version", Integer, comment="of the asset after this batch wrote it"),
    Column("before", JSONB, comment="what the batch replaced, for its undoing"),
    refers("consent_id", "consent.id", null=True, delete="SET NULL"),
    UniqueConstraint("batch_id", "part", "row_number", "target"),
    Index("ix_staged_row_key", "batch_id", "target", "key"),
)

finding = Table(
    "finding",
    metadata,
    key(),
    refers("batch_id", "import_batch.id", delete="CASCADE"),
    Column("severity", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("row_number", Integer),
    Column("field", Text),
    Column("value", Text),
    Column("expected", Text),
    Column("params", JSONB),
    one_of("severity", ("error", "warning", "note")),
)
