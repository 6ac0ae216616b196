"""A case remembers by which rule its erasure is due and who proposed it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

RULE = "rule of data/cases/retention.toml by which erasure is due"


def upgrade() -> None:
    """Add both columns; no case is due before the worker has looked."""
    op.add_column("case_file", sa.Column("erasure_rule", sa.Text(), comment=RULE))
    op.add_column("case_file", sa.Column("erasure_by", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_case_file_erasure_by"),
        "case_file",
        "user_account",
        ["erasure_by"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_check_constraint(
        op.f("ck_case_file_erasure"), "case_file", "erasure_by IS NULL OR erasure_rule IS NOT NULL"
    )


def downgrade() -> None:
    """Proposals are forgotten."""
    op.drop_column("case_file", "erasure_by")
    op.drop_column("case_file", "erasure_rule")
