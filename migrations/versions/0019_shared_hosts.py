"""Duties of hosts of withheld assets are judged anew: who is on them no longer counts what is withheld."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Mark the hosts; the next catching up judges them."""
    op.execute(
        """INSERT INTO duty_stale (asset_id) SELECT DISTINCT host_id FROM asset
           WHERE host_id IS NOT NULL AND access_class IN ('P0', 'P4')"""
    )


def downgrade() -> None:
    """Nothing was added."""
