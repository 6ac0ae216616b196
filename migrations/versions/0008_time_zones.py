"""Areas whose time zone the database does not know take their parent's, else the zone of the register.

Earlier releases stored the name without a check, and one unknown name fails every statement that asks for a legal day.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

UNKNOWN = "NOT IN (SELECT name FROM pg_timezone_names)"


def upgrade() -> None:
    """Give each unknown zone the nearest known one above; each turn reaches one level further down."""
    below_a_known_zone = sa.text(
        "UPDATE area AS a SET time_zone = p.time_zone FROM area p "
        f"WHERE p.id = a.parent_id AND a.time_zone {UNKNOWN} AND NOT p.time_zone {UNKNOWN}"
    )
    while op.get_bind().execute(below_a_known_zone).rowcount:
        pass
    op.execute(f"UPDATE area SET time_zone = 'Asia/Shanghai' WHERE time_zone {UNKNOWN}")


def downgrade() -> None:
    """Nothing to take back: an unknown name is of no use to any release."""
