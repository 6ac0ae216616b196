"""A second factor for accounts, its codes, and who asked for and decided its end; sessions that still wait for it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column and the three tables; no account has a factor yet."""
    op.add_column(
        "login_session",
        sa.Column(
            "pending",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="the second factor is still to come; such a session opens nothing",
        ),
    )
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "sealed_secret",
            sa.LargeBinary(),
            nullable=True,
            comment="of an app, under the server's key; none for a sheet of codes",
        ),
        sa.Column(
            "last_step",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="newest time step of 30 s whose code was accepted",
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_second_factor_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "factor_code",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["second_factor.user_id"], name=op.f("fk_factor_code_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "number", name=op.f("pk_factor_code")),
    )
    op.create_table(
        "factor_reset",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.CheckConstraint("outcome IN ('remove', 'sheet')", name=op.f("ck_factor_reset_outcome")),
        sa.CheckConstraint("length(btrim(reason)) >= 4", name=op.f("ck_factor_reset_reason")),
        sa.CheckConstraint(
            "asked_by <> user_id AND decided_by <> user_id", name=op.f("ck_factor_reset_not_himself")
        ),
        sa.CheckConstraint(
            "NOT approved OR decided_by <> asked_by", name=op.f("ck_factor_reset_second_person")
        ),
        sa.CheckConstraint("(decided_at IS NULL) = (approved IS NULL)", name=op.f("ck_factor_reset_decided")),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["user_account.id"], name=op.f("fk_factor_reset_asked_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_factor_reset_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_factor_reset_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor_reset")),
    )
    op.create_index(op.f("ix_factor_reset_user_id"), "factor_reset", ["user_id"], unique=False)
    op.create_index(
        "uq_factor_reset_open",
        "factor_reset",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("decided_at IS NULL"),
    )


def downgrade() -> None:
    """Take the factors away: passwords alone open accounts again."""
    op.drop_table("factor_reset")
    op.drop_table("factor_code")
    op.drop_table("second_factor")
    op.execute("DELETE FROM login_session WHERE pending")
    op.drop_column("login_session", "pending")
