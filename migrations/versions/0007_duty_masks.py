"""What each stored duty and opening rests on, and the standing a reader needs to be told of it.

Rows start hidden from all but keepers; every subject is marked, so that the next minutes compute what they rest on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

TABLES = ("duty_current", "opening_current")
FUNCTIONS = (
    "refresh_needs(bigint[])",
    "opening_rests(bigint[], text[])",
    "standing_needed(text, bigint, text[])",
    "standing_of(bigint, text[])",
)


def upgrade() -> None:
    """Add the columns and mark what has rows."""
    for table in TABLES:
        op.add_column(
            table,
            sa.Column(
                "fields",
                sa.ARRAY(sa.Text()),
                server_default="{*}",
                nullable=False,
                comment="published ones it rests on",
            ),
        )
        op.add_column(
            table,
            sa.Column(
                "needs",
                sa.SmallInteger(),
                server_default="4",
                nullable=False,
                comment="standing to be shown them all",
            ),
        )
    op.execute(
        "INSERT INTO duty_stale (asset_id, project_id, agreement_id, key_area_id) "
        "SELECT DISTINCT asset_id, project_id, agreement_id, key_area_id FROM duty_current "
        "UNION SELECT asset_id, NULL, NULL, NULL FROM opening_current"
    )


def downgrade() -> None:
    """Take the columns away, and what the SQL tree made that reads or follows them."""
    op.execute("DROP VIEW IF EXISTS opening_seen, remedy_seen")
    op.execute("DROP FUNCTION IF EXISTS needs_follow() CASCADE")  # with its triggers
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION IF EXISTS {function}")
    for table in TABLES:
        op.drop_column(table, "needs")
        op.drop_column(table, "fields")
