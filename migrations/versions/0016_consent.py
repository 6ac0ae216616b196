"""Drafts that wait for the consent of the parties they name, and the rows of imports that wait with them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0016"
down_revision = "0015"

STATES = "'waiting', 'agreed', 'refused', 'withdrawn'"


def _refers(name: str, target: str, *, null: bool = True, delete: str = "RESTRICT") -> sa.Column:
    reference = sa.ForeignKey(target, ondelete=delete, name=op.f(f"fk_consent_{name}"))
    return sa.Column(name, sa.BigInteger(), reference, nullable=null)


def upgrade() -> None:
    """Nothing waits yet: what was registered before stays registered."""
    op.create_table(
        "consent",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parties", ARRAY(sa.BigInteger()), nullable=False, comment="whose consent is asked"),
        sa.Column(
            "missing", ARRAY(sa.BigInteger()), nullable=False, comment="those of them who have not agreed yet"
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="of the asset, or of the file"),
        sa.Column("kind", sa.Text(), comment="of the asset; none for rows of a file"),
        _refers("asset_id", "asset.id", delete="CASCADE"),
        _refers("batch_id", "import_batch.id", delete="CASCADE"),
        sa.Column("row_count", sa.Integer(), nullable=False, server_default="1"),
        sa.Column(
            "draft",
            JSONB(),
            nullable=False,
            comment="what is written once all agree; rows of a file stay staged",
        ),
        _refers("city_id", "area.id"),
        _refers("asked_by", "user_account.id", null=False),
        _refers("asked_party", "party.id", null=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.Column("state", sa.Text(), nullable=False, server_default="waiting"),
        _refers("decided_by", "user_account.id"),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text()),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_consent_state")),
        sa.UniqueConstraint("code", name=op.f("uq_consent_code")),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index("uq_consent_asset", "consent", ["asset_id"], unique=True, postgresql_where=waiting)
    op.create_index("ix_consent_parties", "consent", ["parties"], postgresql_using="gin")
    op.create_index("ix_consent_batch_id", "consent", ["batch_id"])
    op.create_index("ix_consent_asked_party", "consent", ["asked_party"])
    op.add_column("staged_row", sa.Column("consent_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_staged_row_consent_id"),
        "staged_row",
        "consent",
        ["consent_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index("ix_staged_row_consent_id", "staged_row", ["consent_id"])


def downgrade() -> None:
    """What waits is given up; the trigger of the register needs no table and goes with its function."""
    op.execute("DROP FUNCTION IF EXISTS hold_foreign_names() CASCADE")
    op.drop_column("staged_row", "consent_id")
    op.drop_table("consent")
