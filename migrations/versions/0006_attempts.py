"""One table counts attempts of every sort; counts that are live go along."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Move reports, look-ups and log-ins into one table."""
    op.create_table(
        "attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("label", sa.Text(), nullable=False, comment="what was tried"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index("ix_attempt_digest", "attempt", ["digest", "label", "at"], unique=False)
    op.create_index("ix_attempt_label", "attempt", ["label", "at"], unique=False)
    op.execute(
        "INSERT INTO attempt (label, digest, at) "
        "SELECT CASE act WHEN 'file' THEN 'report' ELSE act END, address_digest, at FROM case_attempt"
    )
    op.execute("""
        INSERT INTO attempt (label, digest, succeeded, at)
        SELECT 'login_account', sha256(login_digest || address_digest), succeeded, at FROM login_attempt
        UNION ALL SELECT 'login_address', address_digest, succeeded, at FROM login_attempt""")
    op.drop_table("case_attempt")
    op.drop_table("login_attempt")


def downgrade() -> None:
    """Two tables again; who tried how often is forgotten."""
    op.drop_table("attempt")
    op.create_table(
        "case_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("address_digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("act IN ('file', 'track')", name=op.f("ck_case_attempt_act")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_attempt")),
    )
    op.create_index("ix_case_attempt_address", "case_attempt", ["address_digest", "act", "at"], unique=False)
    op.create_index("ix_case_attempt_at", "case_attempt", ["at"], unique=False)
    op.create_table(
        "login_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("login_digest", sa.LargeBinary(), nullable=False),
        sa.Column("address_digest", sa.LargeBinary(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
    )
    op.create_index("ix_login_attempt_address", "login_attempt", ["address_digest", "at"], unique=False)
    op.create_index("ix_login_attempt_login", "login_attempt", ["login_digest", "at"], unique=False)
