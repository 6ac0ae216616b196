"""A session tells whether the city's identity provider vouched for a second factor."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """It vouched for no session yet."""
    column = sa.Column(
        "vouched",
        sa.Boolean(),
        nullable=False,
        server_default="false",
        comment="the provider asked for two factors",
    )
    op.add_column("login_session", column)


def downgrade() -> None:
    """Sessions that it vouched for must not become ones of a password."""
    op.execute("DELETE FROM login_session WHERE vouched")
    op.drop_column("login_session", "vouched")
