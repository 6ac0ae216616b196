"""A role that another one excludes is held by exception: with a reason, an end, and a second person's approval."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the columns; roles held already are no exceptions and stay."""
    op.add_column(
        "user_role", sa.Column("reason", sa.Text(), comment="of an exception; none for an ordinary role")
    )
    op.add_column("user_role", sa.Column("ends_at", sa.DateTime(timezone=True), comment="of an exception"))
    op.add_column("user_role", sa.Column("approved_by", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_user_role_approved_by"),
        "user_role",
        "user_account",
        ["approved_by"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_check_constraint(
        op.f("ck_user_role_exception"), "user_role", "(reason IS NULL) = (ends_at IS NULL)"
    )
    op.create_check_constraint(
        op.f("ck_user_role_second_person"),
        "user_role",
        "approved_by IS NULL OR (reason IS NOT NULL AND approved_by <> user_id AND approved_by <> granted_by)",
    )


def downgrade() -> None:
    """Exceptions end; ordinary roles stay."""
    op.execute("DELETE FROM user_role WHERE reason IS NOT NULL")
    op.drop_column("user_role", "approved_by")
    op.drop_column("user_role", "ends_at")
    op.drop_column("user_role", "reason")
