"""Without an owner, stated or registered, and without a published source, a reference names nothing by itself.

Two lists that count their things 1, 2, 3 may stand beside each other; within an owner or a source it stays unique.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

LIVING = "owner_ref IS NOT NULL AND status <> 'retired'"
OWNER = ["owner_id", "owner_stated", "kind", "owner_ref"]


def upgrade() -> None:
    """Looser than before, so that what is registered keeps to it."""
    op.drop_index("uq_asset_reference", table_name="asset")
    _unique("uq_asset_reference", OWNER, f"{LIVING} AND owner_id IS NOT NULL")
    stated = f"{LIVING} AND owner_id IS NULL AND (owner_stated IS NOT NULL OR source_id IS NOT NULL)"
    _unique("uq_asset_reference_in_source", ["owner_stated", "source_id", "kind", "owner_ref"], stated)


def downgrade() -> None:
    """Fails while two things without an owner have one reference."""
    op.drop_index("uq_asset_reference_in_source", table_name="asset")
    op.drop_index("uq_asset_reference", table_name="asset")
    _unique("uq_asset_reference", OWNER, LIVING)


def _unique(name: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, "asset", columns, unique=True, postgresql_nulls_not_distinct=True, postgresql_where=where
    )
