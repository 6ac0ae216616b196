"""Attempts and the key of their marks leave no trace; points of reports can be sealed, times are to the minute.

Attempts of before are forgotten: their marks could be turned back. Points are sealed by the worker, which has the
operator's key; until then they stand in ``geom``. Events of the audit keep their times, for it is append-only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

TO_THE_MINUTE = (("case_file", "received_at"), ("case_event", "at"), ("clock", "recorded_at"))
SEALED_POINT = "longitude, latitude or none, under the case's own key"
OPEN_POINT = "of releases before 0.3, until the worker has sealed it; else NULL"


def upgrade() -> None:
    """Make both tables unlogged and empty, make room for sealed points, cut times."""
    op.drop_table("attempt")
    op.create_table(
        "attempt",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), comment="tells no order"),
        sa.Column("label", sa.Text(), nullable=False, comment="what was tried"),
        sa.Column(
            "digest", sa.LargeBinary(), nullable=False, comment="mark of who tried, under the day's key"
        ),
        sa.Column("succeeded", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        prefixes=["UNLOGGED"],
    )
    _index_attempts()
    op.create_table(
        "day_key",
        sa.Column("day", sa.Date(), nullable=False, comment="in the time zone of the register"),
        sa.Column("key", sa.LargeBinary(), nullable=False, comment="random; gone when the day is over"),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_day_key")),
        prefixes=["UNLOGGED"],
    )
    op.add_column("case_file", sa.Column("sealed_point", sa.LargeBinary(), comment=SEALED_POINT))
    op.execute(f"COMMENT ON COLUMN case_file.geom IS '{OPEN_POINT}'")
    op.drop_index("ix_case_file_geom", table_name="case_file")
    for table, column in TO_THE_MINUTE:
        cut = f"date_trunc('minute', {column})"
        op.execute(f"ALTER TABLE {table} ALTER {column} SET DEFAULT date_trunc('minute', now())")
        op.execute(f"UPDATE {table} SET {column} = {cut} WHERE {column} <> {cut}")


def downgrade() -> None:
    """Logged attempts again, none of them; sealed points cannot be opened here and are lost."""
    for table, column in TO_THE_MINUTE:
        op.execute(f"ALTER TABLE {table} ALTER {column} SET DEFAULT now()")
    op.create_index("ix_case_file_geom", "case_file", ["geom"], unique=False, postgresql_using="gist")
    op.execute("COMMENT ON COLUMN case_file.geom IS NULL")
    op.drop_column("case_file", "sealed_point")
    op.drop_table("day_key")
    op.drop_table("attempt")
    op.create_table(
        "attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("label", sa.Text(), nullable=False, comment="what was tried"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    _index_attempts()


def _index_attempts() -> None:
    op.create_index("ix_attempt_digest", "attempt", ["digest", "label", "at"], unique=False)
    op.create_index("ix_attempt_label", "attempt", ["label", "at"], unique=False)
