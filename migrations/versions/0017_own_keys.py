"""Story and identity of a case each get a key of their own; a decided case is archived without its identity.

The keys themselves are renewed after the migration, by ``db migrate`` and ``keys renew``: that needs the operator's key.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

SINCE = "since when story and identity have keys of their own; else NULL"
ERASED = "when a rule erased the reporter's identity and kept the story"
WRAPPED = "its own key, wrapped; NULL: sealed under the case's key"


def upgrade() -> None:
    """Add the columns; every case waits to be renewed."""
    op.add_column("case_file", sa.Column("own_keys_since", sa.Date(), comment=SINCE))
    op.add_column("case_file", sa.Column("identity_erased_on", sa.Date(), comment=ERASED))
    op.add_column("case_identity", sa.Column("wrapped_key", sa.LargeBinary(), comment=WRAPPED))


def downgrade() -> None:
    """Identities under keys of their own cannot be opened after; stories neither, by the release of before."""
    op.execute("DROP FUNCTION IF EXISTS archive_cases(text[], integer)")
    op.drop_column("case_identity", "wrapped_key")
    op.drop_column("case_file", "identity_erased_on")
    op.drop_column("case_file", "own_keys_since")
