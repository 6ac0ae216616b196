"""Attempts that are counted: who tried what, as a digest, and when."""

from sqlalchemy import Boolean, Column, Index, LargeBinary, Table, Text

from infra_registry.db.schema import instant, key, metadata

attempt = Table(
    "attempt",
    metadata,
    key(),
    Column("label", Text, nullable=False, comment="what was tried"),
    Column("digest", LargeBinary, nullable=False),
    Column("succeeded", Boolean, nullable=False, server_default="false"),
    instant("at"),
    Index("ix_attempt_digest", "digest", "label", "at"),
    Index("ix_attempt_label", "label", "at"),
)
