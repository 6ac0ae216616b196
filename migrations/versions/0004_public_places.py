"""An index of the exact places that are open to all: tiles of the public pass by those they may not show unread."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Index what the policy ``shown`` lets through, in its own words, so that the planner knows it to be enough."""
    op.execute(
        "CREATE INDEX ix_asset_place_exact_public ON asset_place_exact USING gist (geom) "
        "WHERE access_class = 'P1' OR level = 'cell'"  # no exact row is one of a cell
    )


def downgrade() -> None:
    """Take it away."""
    op.execute("DROP INDEX ix_asset_place_exact_public")
