"""Tables of the audit: append-only events and the sealed chain over them."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from infra_registry.db.schema import instant, key, metadata

# One row per statement that writes, and per sensitive read. Never personal data.
audit_event = Table(
    "audit_event",
    metadata,
    key(),
    instant("at"),
    Column("txid", BigInteger, nullable=False, server_default=text("pg_current_xact_id()::text::bigint")),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("action", Text, nullable=False, comment="insert, update, delete, read, deny, login …"),
    Column("object", Text, nullable=False, comment="table, or kind of thing read"),
    Column("ref", Text),
    Column("row_count", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("request", Text),
    Column("facts", JSONB),
    Index("ix_audit_event_txid", "txid", "id"),
    Index("ix_audit_event_object", "object", "id"),
    Index("ix_audit_event_at", "at"),
)

audit_seal = Table(
    "audit_seal",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column(
        "events", LargeBinary, nullable=False, comment="SHA-256 over the ordered hashes of the batch's events"
    ),
    Column(
        "content",
        LargeBinary,
        nullable=False,
        comment="the same without place in the order: tells a reordering from an edit",
    ),
    Column("from_txid", BigInteger, nullable=False, comment="events of transactions from this one …"),
    Column("below_txid", BigInteger, nullable=False, comment="… to below this one, all of which had ended"),
    Column("row_count", Integer, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    instant("sealed_at"),
)
