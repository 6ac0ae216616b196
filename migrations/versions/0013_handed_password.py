"""A handed-over password ends by itself: the day it ends takes the place of the mark that it must be changed."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

ENDS = "end of a handed-over password, which must be changed before; none where the owner chose it"


def upgrade() -> None:
    """Give passwords that still wait to be changed three days from now."""
    op.add_column("user_account", sa.Column("handed_until", sa.DateTime(timezone=True), comment=ENDS))
    op.execute("UPDATE user_account SET handed_until = now() + interval '3 days' WHERE must_change")
    op.drop_column("user_account", "must_change")


def downgrade() -> None:
    """Only the mark is left."""
    op.add_column(
        "user_account", sa.Column("must_change", sa.Boolean(), server_default="false", nullable=False)
    )
    op.execute("UPDATE user_account SET must_change = true WHERE handed_until IS NOT NULL")
    op.drop_column("user_account", "handed_until")
