"""Cells widened until they hold enough public hosts, where a publication table asks for it."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """No table asks for more than one host yet, so nothing is widened."""
    op.add_column(
        "publication",
        sa.Column(
            "min_hosts",
            sa.SmallInteger(),
            nullable=False,
            server_default="1",
            comment="in the cell of a blurred asset",
        ),
    )
    op.create_check_constraint(op.f("ck_publication_min_hosts"), "publication", "min_hosts BETWEEN 1 AND 100")
    op.create_table(
        "host_pool",
        sa.Column("city_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text(), primary_key=True, comment="of the assets that are shown in it"),
        sa.Column("zoom", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("x", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("y", sa.Integer(), primary_key=True, autoincrement=False),
    )


def downgrade() -> None:
    """Drop what the upgrade added."""
    op.execute("DROP TRIGGER IF EXISTS pools_drawn ON publication")
    op.drop_table("host_pool")
    op.drop_constraint(op.f("ck_publication_min_hosts"), "publication")
    op.drop_column("publication", "min_hosts")
