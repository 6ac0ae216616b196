"""Accounts may be bound to a subject of the city's identity provider; a session tells whether it began there."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """No account is bound yet."""
    for name, comment in (
        ("openid_issuer", "of the identity provider the account is bound to"),
        ("openid_subject", "who its owner is there"),
    ):
        op.add_column("user_account", sa.Column(name, sa.Text(), comment=comment))
    op.create_check_constraint(
        op.f("ck_user_account_openid"), "user_account", "(openid_issuer IS NULL) = (openid_subject IS NULL)"
    )
    op.create_unique_constraint(
        op.f("uq_user_account_openid_issuer_openid_subject"),
        "user_account",
        ["openid_issuer", "openid_subject"],
    )
    op.add_column(
        "login_session",
        sa.Column(
            "by_provider",
            sa.Boolean(),
            nullable=False,
            server_default="false",
            comment="no password was used",
        ),
    )


def downgrade() -> None:
    """Bindings are lost; passwords stay."""
    op.drop_column("login_session", "by_provider")
    op.drop_column("user_account", "openid_subject")
    op.drop_column("user_account", "openid_issuer")
