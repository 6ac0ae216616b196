"""Progress of long work: one row per job, read by bars in the browser and on the command line."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from infra_registry.db.schema import instant, key, metadata, one_of, refers

job = Table(
    "job",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    Column("task", Text, nullable=False),
    refers("user_id", "user_account.id", null=True),
    Column("city_id", BigInteger),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("step", Text, comment="message key of what is being done"),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("total", Integer),
    Column("cancel_asked", Boolean, nullable=False, server_default="false"),
    Column("problem", Text, comment="message key when it failed"),
    Column("problem_params", JSONB),
    Column("result", JSONB, comment="codes and counts, never personal data"),
    instant("asked_at"),
    instant("started_at", null=True, now=False),
    instant("ended_at", null=True, now=False),
    one_of("state", ("waiting", "running", "done", "failed", "cancelled")),
)
