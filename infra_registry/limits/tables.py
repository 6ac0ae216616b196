"""Attempts that are counted, and the day's key of the marks they are counted under.

Both are unlogged: their rows stand in no write-ahead log, no copy by ``pg_basebackup`` and no replica, and a server
that was killed begins with none.
"""

from sqlalchemy import Boolean, Column, Date, Index, LargeBinary, Table, Text, Uuid, text

from infra_registry.db.schema import instant, metadata

attempt = Table(
    "attempt",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()"), comment="tells no order"),
    Column("label", Text, nullable=False, comment="what was tried"),
    Column("digest", LargeBinary, nullable=False, comment="mark of who tried, under the day's key"),
    Column("succeeded", Boolean, nullable=False, server_default="false"),
    instant("at", now=False),
    Index("ix_attempt_digest", "digest", "label", "at"),
    Index("ix_attempt_label", "label", "at"),
    prefixes=["UNLOGGED"],
)

day_key = Table(
    "day_key",
    metadata,
    Column("day", Date, primary_key=True, comment="in the time zone of the register"),
    Column("key", LargeBinary, nullable=False, comment="random; gone when the day is over"),
    prefixes=["UNLOGGED"],
)
